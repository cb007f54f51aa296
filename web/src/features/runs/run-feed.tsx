import { Button } from "@mantine/core";
import { Link } from "wouter";
import type { LedgerEvent, RunView } from "../../shared/api/types";
import { actorInWords, eventInWords } from "../../shared/case-view/event-words";
import { useEventRows } from "../../shared/events/use-event-rows";
import { count, shortId } from "../../shared/format/format";
import { useCommand, useKey } from "../../shared/hotkeys/use-command";
import { Icon } from "../../shared/ui/icons";
import { Ago, Card, Empty, Kbd } from "../../shared/ui/kit";
import { ALERTS, ORDERS, runOf } from "./run-words";
import css from "./runs.module.css";

/** So many events of the ledger are looked through for what happened before the page was opened. */
const EARLIER = 200;

type Props = { selected: RunView | undefined; loop: string | null; nameOf: (run: string) => string };

/** What happens to the selected run, or to all; pausing keeps what comes in for later. */
export function RunFeed({ selected, loop, nameOf }: Props) {
  const key = useKey("runs.feed");
  const feed = useEventRows(
    `runs ${selected?.id ?? "all"}`,
    (event) => {
      const run = runOf(event);
      if (selected) return run === selected.id;
      return (run !== null || event.kind.startsWith("halt.")) && (!loop || !event.loop || event.loop === loop);
    },
    EARLIER,
  );
  useCommand("runs.feed", feed.toggle);
  const { shown, paused, missed, toggle } = feed;
  return (
    <Card
      title={selected ? "Events of this run" : "Events of all runs"}
      flush
      actions={
        <Button
          size="xs"
          onClick={toggle}
          leftSection={<Icon name={paused ? "play" : "pause"} size={14} />}
          rightSection={key && <Kbd name={key} />}
        >
          {paused ? `Go on${missed ? ` (${count(missed)} new)` : ""}` : "Pause the feed"}
        </Button>
      }
    >
      {shown.length === 0 ? (
        <Empty title="Nothing happened lately">
          <p>Steps, orders and alerts show here as they happen.</p>
        </Empty>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
        <section className={css.feed} aria-label="Events of runs, newest first" tabIndex={0}>
          <ul>
            {shown.map((event) => (
              <FeedRow key={event.index ?? event.id} event={event} nameOf={nameOf} linked={!selected} />
            ))}
          </ul>
        </section>
      )}
    </Card>
  );
}

function FeedRow({ event, nameOf, linked }: { event: LedgerEvent; nameOf: (run: string) => string; linked: boolean }) {
  const run = runOf(event);
  return (
    <li>
      <span className={css.index}>{event.index === null ? "unsealed" : `#${event.index}`}</span>
      <span className={css.said}>
        {run && linked && <Link href={`/runs/${run}`}>{nameOf(run) || shortId(run)}</Link>} {words(event)}
      </span>
      <span className={css.who}>{actorInWords(event.actor)}</span>
      <span className={css.when}>
        <Ago at={event.at} />
      </span>
    </li>
  );
}

/** The event in words, with what its details add. */
function words(event: LedgerEvent): string {
  const { data, kind } = event;
  const text = eventInWords(kind);
  if (kind === "run.control" && typeof data?.control === "string") {
    const order = ORDERS[data.control as keyof typeof ORDERS] ?? data.control;
    return `${text}: ${order.toLowerCase()}, order ${String(data.epoch)}`;
  }
  if (kind === "run.step" && data?.n !== undefined) {
    const what = String(data.kind ?? "step").replaceAll("_", " ");
    return `did step ${String(data.n)}, ${what}${data.failed === true ? ", which failed" : ""}`;
  }
  if (kind === "run.acknowledged" && data?.epoch !== undefined) return `${text} order ${String(data.epoch)}`;
  if ((kind === "run.alert" || kind === "run.alert_cleared") && typeof data?.alert === "string") {
    return `${text}: ${ALERTS[data.alert as keyof typeof ALERTS] ?? data.alert}`;
  }
  return text;
}
