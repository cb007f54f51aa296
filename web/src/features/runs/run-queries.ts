import { type InfiniteData, infiniteQueryOptions, type QueryClient, queryOptions } from "@tanstack/react-query";
import { useRef } from "react";
import { api, query } from "../../shared/api/client";
import type { Case, Fleet, LedgerEvent, Page, RunOrder, RunStep, RunView } from "../../shared/api/types";
import { useEvents } from "../../shared/events/event-stream";
import type { Lens } from "./run-words";
import { runOf } from "./run-words";

const PAGE = 100;
const STEPS = 50;
/** Events are hints: what they are about is read again at most so often. */
const AT_MOST_EVERY_MS = 400;
/** More runs than this are read as pages, not one by one. */
const ONE_BY_ONE = 12;

export type Filter = { lens: Lens; loop: string | null; agent: string | null };

export const fleetQuery = (loop: string | null) =>
  queryOptions({
    queryKey: ["runs", "fleet", loop],
    queryFn: ({ signal }) => api.get<Fleet>(`/v1/runs/fleet${query({ loop })}`, { signal }),
    refetchInterval: 10_000,
    placeholderData: (before) => before,
  });

export const runsQuery = ({ lens, loop, agent }: Filter) =>
  infiniteQueryOptions({
    queryKey: ["runs", "list", lens.name, loop, agent],
    queryFn: ({ signal, pageParam }) =>
      api.get<Page<RunView>>(
        `/v1/runs${query({ state: lens.states?.join(","), alert: lens.alert, loop, agent, limit: PAGE, cursor: pageParam })}`,
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
    refetchInterval: 15_000,
  });

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ["runs", "one", id],
    queryFn: ({ signal }) => api.get<RunView>(`/v1/runs/${encodeURIComponent(id)}`, { signal }),
    refetchInterval: 10_000,
  });

export const stepsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["runs", "steps", id],
    queryFn: ({ signal, pageParam }) =>
      api.get<Page<RunStep>>(`/v1/runs/${encodeURIComponent(id)}/steps${query({ limit: STEPS, cursor: pageParam })}`, {
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
  });

export const ordersQuery = (id: string) =>
  queryOptions({
    queryKey: ["runs", "orders", id],
    queryFn: ({ signal }) => api.get<Page<RunOrder>>(`/v1/runs/${encodeURIComponent(id)}/controls`, { signal }),
    select: (page) => page.items,
  });

export const gatesQuery = (id: string) =>
  queryOptions({
    queryKey: ["runs", "gates", id],
    queryFn: ({ signal }) => api.get<Page<Case>>(`/v1/runs/${encodeURIComponent(id)}/gates`, { signal }),
    select: (page) => page.items,
  });

/** Puts a run as it is now into every list that has it; false where none has. */
export function put(client: QueryClient, run: RunView): boolean {
  let known = false;
  client.setQueryData(runQuery(run.id).queryKey, run);
  client.setQueriesData<InfiniteData<Page<RunView>>>({ queryKey: ["runs", "list"] }, (data) => {
    if (!data) return data;
    const replace = (page: Page<RunView>) => {
      if (!page.items.some((item) => item.id === run.id)) return page;
      known = true;
      return { ...page, items: page.items.map((item) => (item.id === run.id ? run : item)) };
    };
    return { ...data, pages: data.pages.map(replace) };
  });
  return known;
}

type Hints = { runs: Set<string>; lists: boolean; gates: boolean };

/** Keeps what the page shows current: events say what to read again. `fits`: whether a run belongs on the page. */
export function useFreshness(client: QueryClient, selected: string | null, fits: (run: RunView) => boolean): void {
  const hints = useRef<Hints>({ runs: new Set(), lists: false, gates: false });
  const planned = useRef(false);
  const now = useRef(selected);
  now.current = selected;
  const asked = useRef(new Map<string, number>());
  const belongs = useRef(fits);
  belongs.current = fits;
  const refresh = () => {
    planned.current = false;
    const { runs, lists, gates } = hints.current;
    hints.current = { runs: new Set(), lists: false, gates: false };
    void client.invalidateQueries({ queryKey: ["runs", "fleet"] });
    if (lists || runs.size > ONE_BY_ONE) void client.invalidateQueries({ queryKey: ["runs", "list"] });
    const one = now.current;
    if (one && runs.has(one)) {
      void client.invalidateQueries({ queryKey: ["runs", "steps", one] });
      void client.invalidateQueries({ queryKey: ["runs", "orders", one] });
    }
    if (one && (gates || runs.has(one))) void client.invalidateQueries({ queryKey: ["runs", "gates", one] });
    const few = runs.size > ONE_BY_ONE ? [...runs].filter((id) => id === one) : [...runs];
    for (const id of gates && one ? new Set([...few, one]) : few) {
      const n = (asked.current.get(id) ?? 0) + 1;
      asked.current.set(id, n);
      // One that may not be seen any more leaves with the next reading of the list.
      api.get<RunView>(`/v1/runs/${encodeURIComponent(id)}`).then(
        (run) => {
          // Of two answers the one that was asked for last is the newer.
          if (asked.current.get(id) !== n) return;
          if (!put(client, run) && belongs.current(run)) void client.invalidateQueries({ queryKey: ["runs", "list"] });
        },
        () => undefined,
      );
    }
  };
  useEvents((events: LedgerEvent[]) => {
    let news = false;
    for (const event of events) {
      const run = runOf(event);
      const halt = event.kind.startsWith("halt.");
      if (run) hints.current.runs.add(run);
      else if (event.case) hints.current.gates = true;
      if (event.kind === "run.started" || halt) hints.current.lists = true;
      news ||= run !== null || halt || Boolean(event.case);
    }
    if (!news || planned.current) return;
    planned.current = true;
    setTimeout(refresh, AT_MOST_EVERY_MS);
  });
}
