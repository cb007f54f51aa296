import { queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import type { Case, LoopSummary, LoopView, Page, QueueRow } from "./types";

export const loopsQuery = queryOptions({
  queryKey: ["loops"],
  queryFn: ({ signal }) => api.get<Page<LoopSummary>>("/v1/loops?limit=500", { signal }),
  select: (page) => page.items,
});

/** A published version never changes, so it is kept for as long as the page lives. */
export const loopQuery = (name: string, version?: number) =>
  queryOptions({
    queryKey: version ? ["loop", name, version] : ["loop", name],
    queryFn: ({ signal }) =>
      api.get<LoopView>(`/v1/loops/${encodeURIComponent(name)}${version ? `?version=${version}` : ""}`, { signal }),
    staleTime: version ? Number.POSITIVE_INFINITY : 5000,
  });

export const caseQuery = (id: string) =>
  queryOptions({
    queryKey: ["case", id],
    queryFn: ({ signal }) => api.get<Case>(`/v1/cases/${encodeURIComponent(id)}`, { signal }),
  });

export const queuesQuery = queryOptions({
  queryKey: ["queues"],
  queryFn: ({ signal }) => api.get<Page<QueueRow>>("/v1/queues", { signal }),
  select: (page) => page.items,
});
