import { Button } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { Link, useLocation, useSearchParams } from "wouter";
import { api, query } from "../../shared/api/client";
import { loopQuery } from "../../shared/api/queries";
import type { AppealState, Case, LoopSpec, Page, Status } from "../../shared/api/types";
import { answerInWords } from "../../shared/case-view/answer-view";
import { appealStates } from "../../shared/case-view/appeal-view";
import { byWhom, StatusBadge, standing, statusNames } from "../../shared/case-view/status";
import { humanise, shortId } from "../../shared/format/format";
import { useCommand } from "../../shared/hotkeys/use-command";
import { Ago, Badge, Card, Empty, Failure, PageBody, PageHead, Skeleton, Table } from "../../shared/ui/kit";
import { LoopTabs } from "../../shared/ui/loop-tabs";
import css from "./cases.module.css";

/** What came in, and what became of it? Every filter is in the address. */
export function CasesPage({ loop }: { loop: string }) {
  const [search, setSearch] = useSearchParams();
  const filters = {
    status: search.get("status"),
    queue: search.get("queue"),
    tag: search.get("tag"),
    appeal: search.get("appeal"),
  };
  const view = useQuery(loopQuery(loop));
  const cases = useInfiniteQuery({
    queryKey: ["cases", loop, filters],
    queryFn: ({ signal, pageParam }) =>
      api.get<Page<Case>>(`/v1/loops/${encodeURIComponent(loop)}/cases${query({ ...filters, cursor: pageParam })}`, {
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
  });
  const set = (name: string, value: string) =>
    setSearch((before) => {
      const next = new URLSearchParams(before);
      if (value) next.set(name, value);
      else next.delete(name);
      return next;
    });
  const rows = cases.data?.pages.flatMap((page) => page.items) ?? [];
  const first = useRef<HTMLSelectElement>(null);
  useCommand("list.filter", () => first.current?.focus());
  useRowKeys(rows.map((row) => row.id));
  return (
    <PageBody>
      <PageHead title={view.data?.title ?? humanise(loop)} lead="Every case of the loop, newest first." />
      <LoopTabs loop={loop} current="cases" />
      <form className={css.filters} aria-label="Filter" onSubmit={(event) => event.preventDefault()}>
        <label>
          Status
          <select ref={first} value={filters.status ?? ""} onChange={(event) => set("status", event.target.value)}>
            <option value="">any</option>
            {(Object.keys(statusNames) as Status[]).map((status) => (
              <option key={status} value={status}>
                {statusNames[status]}
              </option>
            ))}
          </select>
        </label>
        <TextFilter label="Queue" value={filters.queue ?? ""} onSet={(value) => set("queue", value)} />
        <TextFilter label="Tag" value={filters.tag ?? ""} onSet={(value) => set("tag", value)} />
        <label>
          Appeal
          <select value={filters.appeal ?? ""} onChange={(event) => set("appeal", event.target.value)}>
            <option value="">any or none</option>
            {(Object.keys(appealStates) as AppealState[]).map((state) => (
              <option key={state} value={state}>
                {appealStates[state]}
              </option>
            ))}
          </select>
        </label>
      </form>
      {cases.isError && (
        <Failure
          what="The cases could not be read"
          error={cases.error}
          action={<Button onClick={() => cases.refetch()}>Try again</Button>}
        />
      )}
      {cases.isPending && <Skeleton height={240} />}
      {cases.data && (
        <Card label="Cases" flush>
          {rows.length ? (
            <Rows rows={rows} spec={view.data?.spec} />
          ) : (
            <Empty title="No case fits">
              <p>Take a filter away, or submit a case to this loop.</p>
            </Empty>
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
    </PageBody>
  );
}

/** J and K walk through the links of the table; Enter opens, as it does for every link. */
function useRowKeys(ids: readonly string[]): void {
  const [at, setAt] = useState(-1);
  const move = (step: number) => {
    const next = Math.max(0, Math.min(ids.length - 1, at + step));
    setAt(next);
    document.querySelector<HTMLElement>(`[data-case-row="${ids[next]}"]`)?.focus();
  };
  useCommand("list.next", () => move(1));
  useCommand("list.previous", () => move(-1));
}

function TextFilter({ label, value, onSet }: { label: string; value: string; onSet: (value: string) => void }) {
  const field = useRef<HTMLInputElement>(null);
  // What the address says is shown in the same field, so that who presses Enter stays in it.
  useEffect(() => {
    if (field.current) field.current.value = value;
  }, [value]);
  return (
    <label>
      {label}
      <input
        ref={field}
        defaultValue={value}
        placeholder="any"
        onBlur={(event) => event.target.value !== value && onSet(event.target.value.trim())}
        onKeyDown={(event) => {
          if (event.key === "Enter") onSet(event.currentTarget.value.trim());
        }}
      />
    </label>
  );
}

function Rows({ rows, spec }: { rows: Case[]; spec: LoopSpec | undefined }) {
  const [, navigate] = useLocation();
  return (
    <Table
      label="Cases"
      rows={rows}
      rowKey={(row) => row.id}
      columns={[
        {
          title: "Case",
          cell: (row) => (
            <Link href={`/cases/${row.id}`} data-case-row={row.id} onDoubleClick={() => navigate(`/cases/${row.id}`)}>
              {row.key ?? shortId(row.id)}
            </Link>
          ),
        },
        {
          title: "Status",
          cell: (row) => (
            <span className={css.badges}>
              <StatusBadge status={row.status} />
              {row.overdue && (
                <Badge tone="bad" icon="clock">
                  overdue
                </Badge>
              )}
            </span>
          ),
        },
        { title: "Proposed", cell: (row) => answerInWords(row.proposal?.output, spec) },
        { title: "Decided", cell: (row) => decided(row, spec) },
        { title: "Queue", cell: (row) => (row.route?.to === "review" ? (row.route.queue ?? "–") : "–") },
        { title: "Tags", cell: (row) => row.tags?.join(", ") || "–" },
        { title: "Came in", cell: (row) => <Ago at={row.created_at} /> },
      ]}
    />
  );
}

function decided(row: Case, spec: LoopSpec | undefined): string {
  const decision = standing(row);
  if (!decision) return "–";
  const what = decision.output ? answerInWords(decision.output, spec) : decision.outcome;
  return `${what}, by ${byWhom(decision)}`;
}
