import { queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import { ApiError } from "./error";
import type { Autonomy, Case, LoopSummary, LoopView, Member, Page, QueueRow } from "./types";

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

/** The three claims of earned autonomy; refused where the loop's policy has none. */
export const autonomyQuery = (loop: string) =>
  queryOptions({
    queryKey: ["autonomy", loop],
    queryFn: ({ signal }) => api.get<Autonomy>(`/v1/loops/${encodeURIComponent(loop)}/stats/autonomy`, { signal }),
    refetchInterval: 15_000,
  });

/** Names of members by id; none for those who may not read them. */
export const memberNamesQuery = queryOptions({
  queryKey: ["members", "names"],
  queryFn: async ({ signal }): Promise<Record<string, string>> => {
    try {
      const { items } = await api.get<Page<Member>>("/v1/members?limit=500", { signal });
      return Object.fromEntries(items.map((member) => [member.id, member.name]));
    } catch (error) {
      if (error instanceof ApiError && error.status === 403) return {};
      throw error;
    }
  },
  staleTime: 60_000,
});
