import { Button } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { api, query } from "../../shared/api/client";
import { loopQuery, queuesQuery } from "../../shared/api/queries";
import { holds } from "../../shared/api/rights";
import type { Case, LoopSpec, Page, QueueRow, Session } from "../../shared/api/types";
import { answerInWords } from "../../shared/case-view/answer-view";
import { StatusBadge } from "../../shared/case-view/status";
import { count, shortId } from "../../shared/format/format";
import { useCommand } from "../../shared/hotkeys/use-command";
import { Ago, Badge, Card, Empty, Failure, Kbd, Note, PageBody, PageHead, Skeleton } from "../../shared/ui/kit";
import kit from "../../shared/ui/ui.module.css";
import { BulkBar } from "./bulk-bar";
import { PauseDialog } from "./pause-dialog";
import { emptyIn, givesWay, load, range } from "./queue-words";
import css from "./queues.module.css";

const WAITING = "queued,claimed,reopened";

/** What waits here, and where should it go? */
export function QueuePage({ loop, queue, session }: { loop: string; queue: string; session: Session }) {
  const name = decodeURIComponent(queue);
  const view = useQuery(loopQuery(loop));
  const queues = useQuery({ ...queuesQuery, refetchInterval: 5_000 });
  const row = queues.data?.find((known) => known.loop === loop && known.queue === name);
  const cases = useInfiniteQuery({
    queryKey: ["cases", loop, "waiting", name],
    queryFn: ({ signal, pageParam }) =>
      api.get<Page<Case>>(
        `/v1/loops/${encodeURIComponent(loop)}/cases${query({ status: WAITING, queue: name, cursor: pageParam })}`,
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
    refetchInterval: 10_000,
  });
  const rows = cases.data?.pages.flatMap((page) => page.items) ?? [];
  const selection = useSelection(rows.map((known) => known.id));
  const [changing, setChanging] = useState<QueueRow | null>(null);
  const owns = holds(session, loop, "orchestrator");
  const lead = row ? `${count(row.waiting)} waiting, ${count(row.claimed)} claimed; ${emptyIn(row)}.` : undefined;
  return (
    <PageBody>
      <PageHead
        title={`${name} of ${view.data?.title ?? loop}`}
        lead={lead}
        actions={
          owns && row ? (
            <Button onClick={() => setChanging(row)}>{row.paused ? "Resume…" : "Pause…"}</Button>
          ) : undefined
        }
      />
      <p>
        <Link href="/queues">All queues</Link>
      </p>
      {row?.paused && (
        <Note tone="warn" title="This queue is paused">
          By {row.paused.by_name ?? "a machine"}, <Ago at={row.paused.since} />: {row.paused.reason}.
          {row.paused.clock === "stops" && " The time does not count towards deadlines."}
        </Note>
      )}
      {row?.capacity?.overloaded_at && (
        <Note tone="warn" title="More waits here than people can look at">
          Since <Ago at={row.capacity.overloaded_at} />: {load(row.capacity)} expected. {givesWay(row.capacity)}
        </Note>
      )}
      {cases.isPending && <Skeleton height={240} />}
      {cases.isError && (
        <Failure
          what="The cases could not be read"
          error={cases.error}
          action={<Button onClick={() => cases.refetch()}>Try again</Button>}
        />
      )}
      {owns && (
        <BulkBar
          loop={loop}
          queue={name}
          queues={["default", ...Object.keys(view.data?.spec?.queues ?? {})]}
          selected={[...selection.selected]}
          shown={rows.length > 0}
          onDone={() => {
            selection.clear();
            void cases.refetch();
            void queues.refetch();
          }}
        />
      )}
      {cases.data && (
        <Card label="Waiting cases" flush>
          {rows.length === 0 ? (
            <Empty title="Nothing waits here" />
          ) : (
            <Rows rows={rows} spec={view.data?.spec} selection={selection} selectable={owns} />
          )}
          {cases.hasNextPage && (
            <div className={css.more}>
              <Button onClick={() => cases.fetchNextPage()} loading={cases.isFetchingNextPage}>
                Show more
              </Button>
            </div>
          )}
        </Card>
      )}
      {owns && rows.length > 0 && (
        <p className={css.muted}>
          <Kbd name="j" /> <Kbd name="k" /> move, <Kbd name="x" /> selects, <Kbd name="shift+x" /> selects up to here.
        </p>
      )}
      <PauseDialog row={changing} onClose={() => setChanging(null)} />
    </PageBody>
  );
}

type Selection = ReturnType<typeof useSelection>;

/** Which rows are selected, by mouse (Shift for a range) and by keys. */
function useSelection(ids: readonly string[]) {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [anchor, setAnchor] = useState<string | null>(null);
  const [at, setAt] = useState(-1);
  const toggle = (id: string, upTo: boolean) => {
    const on = upTo || !selected.has(id);
    const next = new Set(selected);
    for (const one of upTo ? range(ids, anchor, id) : [id]) {
      if (on) next.add(one);
      else next.delete(one);
    }
    setSelected(next);
    setAnchor(id);
  };
  const move = (step: number) => {
    const next = Math.max(0, Math.min(ids.length - 1, at + step));
    setAt(next);
    document.querySelector<HTMLElement>(`[data-waiting-row="${ids[next]}"]`)?.focus();
  };
  const current = () => {
    const focused = document.activeElement?.closest("tr")?.querySelector("[data-waiting-row]");
    return focused?.getAttribute("data-waiting-row") ?? ids[at];
  };
  const select = (upTo: boolean) => {
    const id = current();
    if (id) toggle(id, upTo);
  };
  useCommand("list.next", () => move(1));
  useCommand("list.previous", () => move(-1));
  useCommand("list.select", () => select(false));
  useCommand("list.selectTo", () => select(true));
  // What was decided meanwhile is no longer selected.
  const still = new Set([...selected].filter((id) => ids.includes(id)));
  return {
    selected: still,
    toggle,
    all: () => setSelected(still.size === ids.length ? new Set() : new Set(ids)),
    clear: () => setSelected(new Set()),
  };
}

type RowsProps = { rows: Case[]; spec: LoopSpec | undefined; selection: Selection; selectable: boolean };

function Rows({ rows, spec, selection, selectable }: RowsProps) {
  const all = selection.selected.size === rows.length;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
    <section className={kit.tableWrap} aria-label="Waiting cases" tabIndex={0}>
      <table className={kit.table}>
        <thead>
          <tr>
            {selectable && (
              <th scope="col">
                <input type="checkbox" aria-label="Select all" checked={all} onChange={selection.all} />
              </th>
            )}
            {["Case", "Status", "Priority", "Proposed", "Tags", "Due", "Came in"].map((title) => (
              <th key={title} scope="col" data-number={title === "Priority" || undefined}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id} data-selected={selection.selected.has(row.id) || undefined}>
              {selectable && (
                <td>
                  <input
                    type="checkbox"
                    aria-label={`Select ${row.key ?? shortId(row.id)}`}
                    checked={selection.selected.has(row.id)}
                    onChange={() => undefined}
                    onClick={(event) => selection.toggle(row.id, event.shiftKey)}
                  />
                </td>
              )}
              <td>
                <Link href={`/cases/${row.id}`} data-waiting-row={row.id}>
                  {row.key ?? shortId(row.id)}
                </Link>
              </td>
              <td>
                <span className={css.buttons}>
                  <StatusBadge status={row.status} />
                  {row.overdue && (
                    <Badge tone="bad" icon="clock">
                      overdue
                    </Badge>
                  )}
                </span>
              </td>
              <td data-number>{row.priority ?? 0}</td>
              <td>{answerInWords(row.proposal?.output, spec)}</td>
              <td>{row.tags?.join(", ") || "–"}</td>
              <td>{row.deadline ? <Ago at={row.deadline} /> : "–"}</td>
              <td>
                <Ago at={row.created_at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
