import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Link } from "wouter";
import { api, query } from "../../shared/api/client";
import type { Checkpoint, LedgerEntry, LedgerEvent, Page } from "../../shared/api/types";
import { actorInWords, eventInWords } from "../../shared/case-view/event-words";
import { useEvents } from "../../shared/events/event-stream";
import { count, shortId } from "../../shared/format/format";
import { useCommand, useKey } from "../../shared/hotkeys/use-command";
import { Icon } from "../../shared/ui/icons";
import { Ago, Card, Empty, Kbd } from "../../shared/ui/kit";
import css from "./live.module.css";

const MOST_ROWS = 200;
const EARLIER = 30;

/** What happens as it happens, newest first; pausing keeps what comes in for later. */
export function EventFeed({ loop }: { loop: string }) {
  const [rows, setRows] = useState<LedgerEvent[]>([]);
  const [missed, setMissed] = useState(0);
  const [paused, setPaused] = useState(false);
  const held = useRef<LedgerEvent[]>([]);
  const key = useKey("live.pause");
  const earlier = useQuery({
    queryKey: ["events", "earlier", loop],
    queryFn: async ({ signal }) => {
      const { size } = await api.get<Checkpoint>("/v1/ledger/checkpoint", { signal });
      const range = query({ from: Math.max(0, size - EARLIER), to: size });
      const { items } = await api.get<Page<LedgerEntry>>(`/v1/ledger/entries${range}`, { signal });
      return items.map(({ index, event }): LedgerEvent => ({ ...event, index }));
    },
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  useEvents((events) => {
    const fresh = events.filter((event) => !event.loop || event.loop === loop).toReversed();
    if (fresh.length === 0) return;
    if (paused) {
      held.current = [...fresh, ...held.current].slice(0, MOST_ROWS);
      setMissed((n) => n + fresh.length);
    } else setRows((shown) => [...fresh, ...shown].slice(0, MOST_ROWS));
  });
  const toggle = () => {
    if (paused) {
      setRows((shown) => [...held.current, ...shown].slice(0, MOST_ROWS));
      held.current = [];
      setMissed(0);
    }
    setPaused(!paused);
  };
  useCommand("live.pause", toggle);
  const known = new Set(rows.map((row) => row.index));
  const older = (earlier.data ?? [])
    .filter((row) => (!row.loop || row.loop === loop) && !known.has(row.index))
    .toReversed();
  const shown = [...rows, ...older].slice(0, MOST_ROWS);
  return (
    <Card
      title="Events"
      flush
      actions={
        <Button
          size="xs"
          onClick={toggle}
          leftSection={<Icon name={paused ? "play" : "pause"} size={14} />}
          rightSection={key && <Kbd name={key} />}
        >
          {paused ? `Go on${missed ? ` (${count(missed)} new)` : ""}` : "Pause"}
        </Button>
      }
    >
      {shown.length === 0 ? (
        <Empty title="Nothing has happened yet">
          <p>Submit a case or judge one, and it shows here at once.</p>
        </Empty>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
        <section className={css.feed} aria-label="Events, newest first" tabIndex={0}>
          <ul>
            {shown.map((event) => (
              <li key={`${event.index ?? event.id}`}>
                <span className={css.index}>{event.index === null ? "unsealed" : `#${event.index}`}</span>
                <span className={css.what}>
                  {event.case && <Link href={`/cases/${event.case}`}>{shortId(event.case)}</Link>}{" "}
                  {eventInWords(event.kind)}
                </span>
                <span className={css.who}>{actorInWords(event.actor)}</span>
                <span className={css.when}>
                  <Ago at={event.at} />
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </Card>
  );
}
