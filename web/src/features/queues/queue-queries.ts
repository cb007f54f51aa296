import { queryOptions } from "@tanstack/react-query";
import { api } from "../../shared/api/client";
import type { Halt, Page, QueueAlert } from "../../shared/api/types";

export const alertsQuery = queryOptions({
  queryKey: ["alerts"],
  queryFn: ({ signal }) => api.get<Page<QueueAlert>>("/v1/alerts", { signal }),
  select: (page) => page.items,
  refetchInterval: 10_000,
});

export const haltsQuery = queryOptions({
  queryKey: ["halts"],
  queryFn: ({ signal }) => api.get<Page<Halt>>("/v1/halt", { signal }),
  select: (page) => page.items.filter((halt) => halt.halted),
  refetchInterval: 10_000,
});
