import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { queuesQuery } from "../../shared/api/queries";
import { holds } from "../../shared/api/rights";
import type { QueueRow, Session } from "../../shared/api/types";
import { count, percent } from "../../shared/format/format";
import { useCommand } from "../../shared/hotkeys/use-command";
import { Ago, Badge, Card, Empty, Failure, PageBody, PageHead, Skeleton, Table } from "../../shared/ui/kit";
import { Alerts } from "./alerts";
import { Halts } from "./halts";
import { PauseDialog } from "./pause-dialog";
import { emptyIn, givesWay, load, purposes } from "./queue-words";
import css from "./queues.module.css";
import { WhoHolds } from "./who-holds";

/** Does what waits for people keep up? */
export function QueuesPage({ session }: { session: Session }) {
  const queues = useQuery({ ...queuesQuery, refetchInterval: 5_000 });
  const [changing, setChanging] = useState<QueueRow | null>(null);
  useRowKeys(queues.data?.length ?? 0);
  return (
    <PageBody>
      <PageHead title="Queues" lead="What waits for people, and does it keep up?" />
      <Halts session={session} />
      {queues.isPending && <Skeleton height={200} />}
      {queues.isError && (
        <Failure
          what="The queues could not be read"
          error={queues.error}
          action={<Button onClick={() => queues.refetch()}>Try again</Button>}
        />
      )}
      {queues.data && (
        <Card label="Queues" flush={queues.data.length > 0}>
          {queues.data.length === 0 ? (
            <Empty title="There are no queues yet">
              <p>
                Publish a loop, for example with <code>tandem loop apply</code>.
              </p>
            </Empty>
          ) : (
            <Rows rows={queues.data} session={session} onChange={setChanging} />
          )}
        </Card>
      )}
      <Alerts />
      <WhoHolds session={session} />
      <PauseDialog row={changing} onClose={() => setChanging(null)} />
    </PageBody>
  );
}

type RowsProps = { rows: QueueRow[]; session: Session; onChange: (row: QueueRow) => void };

function Rows({ rows, session, onChange }: RowsProps) {
  return (
    <Table
      label="Queues"
      rows={rows}
      rowKey={(row) => `${row.loop}/${row.queue}`}
      columns={[
        {
          title: "Queue",
          cell: (row) => (
            <span className={css.name}>
              <Link href={`/queues/${row.loop}/${encodeURIComponent(row.queue)}`} data-queue-row="">
                {row.queue}
              </Link>
              <span className={css.muted}>{row.loop}</span>
            </span>
          ),
        },
        {
          title: "Waiting",
          number: true,
          cell: (row) => <span title={purposes(row) || undefined}>{count(row.waiting)}</span>,
        },
        { title: "Claimed", number: true, cell: (row) => count(row.claimed) },
        { title: "Oldest", cell: (row) => (row.oldest_at ? <Ago at={row.oldest_at} /> : "–") },
        { title: "In time", number: true, cell: (row) => <InTime row={row} /> },
        { title: "Working now", number: true, cell: (row) => count(row.working) },
        {
          title: "Per hour",
          number: true,
          cell: (row) => (row.per_hour == null ? "–" : count(Math.round(row.per_hour))),
        },
        { title: "Empty in", cell: (row) => emptyIn(row) },
        { title: "Load", cell: (row) => <Load row={row} /> },
        {
          title: "State",
          cell: (row) => (
            <span className={css.buttons}>
              <State row={row} />
              {holds(session, row.loop, "orchestrator") && (
                <Button
                  size="xs"
                  onClick={() => onChange(row)}
                  aria-label={`${row.paused ? "Resume" : "Pause"} ${row.queue} of ${row.loop}`}
                >
                  {row.paused ? "Resume…" : "Pause…"}
                </Button>
              )}
            </span>
          ),
        },
      ]}
    />
  );
}

function InTime({ row }: { row: QueueRow }) {
  if (row.within_deadline == null) return "–";
  const words = percent(row.within_deadline, 0);
  return <span title={`${count(row.overdue)} of ${count(row.with_deadline)} are overdue`}>{words}</span>;
}

function State({ row }: { row: QueueRow }) {
  if (!row.paused) return <Badge tone="good">open</Badge>;
  const { by_name, reason, clock } = row.paused;
  return (
    <Badge tone="warn" icon="pause" title={`${by_name ?? "A machine"}: ${reason}`}>
      {clock === "stops" ? "paused, clock stopped" : "paused"}
    </Badge>
  );
}

/** How long what waits may be expected to wait, against what the loop calls bearable. */
function Load({ row }: { row: QueueRow }) {
  const { capacity } = row;
  if (!capacity?.overloaded_at) return load(capacity);
  return (
    <span className={css.name}>
      <Badge tone="bad" icon="warn" title={givesWay(capacity)}>
        overloaded
      </Badge>
      <span className={css.muted}>{load(capacity)}</span>
    </span>
  );
}

/** J and K walk through the queues; Enter opens, as it does for every link. */
function useRowKeys(rows: number): void {
  const [at, setAt] = useState(-1);
  const move = (step: number) => {
    const next = Math.max(0, Math.min(rows - 1, at + step));
    setAt(next);
    document.querySelectorAll<HTMLElement>("[data-queue-row]")[next]?.focus();
  };
  useCommand("list.next", () => move(1));
  useCommand("list.previous", () => move(-1));
}
