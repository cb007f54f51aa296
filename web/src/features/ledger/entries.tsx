import { useQueries } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import { Link, useSearchParams } from "wouter";
import { api, query } from "../../shared/api/client";
import type { LedgerEntry, Page } from "../../shared/api/types";
import { actorInWords, eventInWords } from "../../shared/case-view/event-words";
import { count, shortId } from "../../shared/format/format";
import { useCommand } from "../../shared/hotkeys/use-command";
import { Ago, Card, Code, Empty } from "../../shared/ui/kit";
import css from "./ledger.module.css";
import { pagesOf } from "./paging";

const ROW = 36;
const PAGE = 200;

/** Every sealed event, newest first; only the rows in sight are in the document. */
export function Entries({ size }: { size: number }) {
  const [search, setSearch] = useSearchParams();
  const at = Number(search.get("at") ?? Number.NaN);
  const [open, setOpen] = useState<number | null>(Number.isInteger(at) ? at : null);
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: size,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 8,
  });
  const visible = rows.getVirtualItems();
  const first = size - 1 - (visible.at(-1)?.index ?? 0);
  const last = size - 1 - (visible[0]?.index ?? 0);
  const pages = useQueries({
    queries: pagesOf(first, last, size, PAGE).map(({ from, to }) => ({
      queryKey: ["entries", from, to],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        api.get<Page<LedgerEntry>>(`/v1/ledger/entries${query({ from, to })}`, { signal }),
      // Sealed events never change.
      staleTime: Number.POSITIVE_INFINITY,
    })),
  });
  const known = new Map(pages.flatMap((page) => page.data?.items ?? []).map((entry) => [entry.index, entry]));
  const jump = (index: number) => {
    setOpen(index);
    rows.scrollToIndex(size - 1 - index, { align: "center" });
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: only the place asked for in the address scrolls
  useEffect(() => {
    if (Number.isInteger(at) && at < size) jump(at);
  }, [at]);
  const move = (step: number) => {
    const next = Math.max(0, Math.min(size - 1, (open ?? size) + step));
    jump(next);
  };
  useCommand("list.next", () => move(-1));
  useCommand("list.previous", () => move(1));
  if (size === 0) {
    return (
      <Card>
        <Empty title="Nothing is sealed yet" />
      </Card>
    );
  }
  const shown = open === null ? undefined : known.get(open);
  return (
    <Card
      title={`${count(size)} events`}
      flush
      actions={<Jump size={size} onJump={(index) => setSearch({ at: String(index) })} />}
    >
      <div className={css.split} data-open={shown !== undefined || undefined}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard */}
        <section ref={box} className={css.box} aria-label="Events, newest first" tabIndex={0}>
          <div className={css.rows} style={{ height: rows.getTotalSize() }}>
            {visible.map((row) => {
              const index = size - 1 - row.index;
              const event = known.get(index)?.event;
              return (
                <button
                  key={index}
                  type="button"
                  className={css.row}
                  aria-pressed={open === index}
                  style={{ height: ROW, transform: `translateY(${row.start}px)` }}
                  onClick={() => setOpen(open === index ? null : index)}
                >
                  <span className={css.index}>#{index}</span>
                  <span>{event ? eventInWords(event.kind) : "…"}</span>
                  <span className={css.muted}>{event?.case ? shortId(event.case) : (event?.loop ?? "")}</span>
                  <span className={css.muted}>{event ? actorInWords(event.actor) : ""}</span>
                  <span className={css.muted}>{event && <Ago at={event.at} />}</span>
                </button>
              );
            })}
          </div>
        </section>
        {shown && (
          <aside className={css.detail} aria-label={`Event ${shown.index}`}>
            <h2>Event #{shown.index}</h2>
            {shown.event.case && <Link href={`/cases/${shown.event.case}`}>Open its case</Link>}
            <p className={css.hash}>Leaf {shown.leaf}</p>
            <Code label="Event">{JSON.stringify(shown.event, null, 2)}</Code>
          </aside>
        )}
      </div>
    </Card>
  );
}

function Jump({ size, onJump }: { size: number; onJump: (index: number) => void }) {
  const field = useRef<HTMLInputElement>(null);
  useCommand("list.filter", () => field.current?.focus());
  return (
    <form
      className={css.jump}
      onSubmit={(event) => {
        event.preventDefault();
        const index = field.current?.valueAsNumber;
        if (index !== undefined && Number.isInteger(index) && index >= 0 && index < size) onJump(index);
      }}
    >
      <label>
        Go to event
        <input ref={field} type="number" min={0} max={size - 1} placeholder="#" />
      </label>
    </form>
  );
}
