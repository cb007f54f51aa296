import { queryOptions } from "@tanstack/react-query";
import { api } from "../../shared/api/client";
import type { Halt, Page, QueueAlert, Seats } from "../../shared/api/types";

export const alertsQuery = queryOptions({
  queryKey: ["alerts"],
  queryFn: ({ signal }) => api.get<Page<QueueAlert>>("/v1/alerts", { signal }),
  select: (page) => page.items,
  refetchInterval: 10_000,
});

export const seatsQuery = queryOptions({
  queryKey: ["seats"],
  queryFn: ({ signal }) => api.get<Page<Seats>>("/v1/queues/seats", { signal }),
  select: (page) => page.items,
  refetchInterval: 5_000,
});

export const haltsQuery = queryOptions({
  queryKey: ["halts"],
  queryFn: ({ signal }) => api.get<Page<Halt>>("/v1/halt", { signal }),
  select: (page) => page.items.filter((halt) => halt.halted),
  refetchInterval: 10_000,
});
