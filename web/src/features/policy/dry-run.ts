import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { api } from "../../shared/api/client";
import { ApiError } from "../../shared/api/error";
import type { DryRun } from "../../shared/api/types";
import type { Costs } from "./policy-text";

/** People move a slider faster than thousands of cases are routed again. */
const PAUSE_MS = 250;

export type Trial = { source: string; format: string; limit: number; costs: Costs };

const dryRunQuery = (loop: string, trial: Trial) =>
  queryOptions({
    queryKey: ["dry-run", loop, trial],
    queryFn: ({ signal }) => api.post<DryRun>(`/v1/loops/${encodeURIComponent(loop)}/dry-run`, trial, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    gcTime: 120_000,
    retry: (failures, error) => failures < 2 && error instanceof ApiError && error.transient,
  });

/** Recorded cases under a draft; the figures before stay while new ones are on their way. */
export function useDryRun(loop: string, trial: Trial) {
  const key = JSON.stringify(trial);
  const [settled] = useDebouncedValue(key, PAUSE_MS);
  const run = useQuery(dryRunQuery(loop, JSON.parse(settled) as Trial));
  return { ...run, settling: settled !== key || run.isFetching };
}
