import { queryOptions } from "@tanstack/react-query";
import { api } from "../../shared/api/client";
import { ApiError } from "../../shared/api/error";
import type { DemoView, VerifyReport } from "../../shared/api/types";

export type Forged = { report: VerifyReport & Record<string, unknown>; what: string };
export type Fooled = {
  planted: number;
  seen: number;
  caught: number;
  rate: number | null;
  interval: { lower: number; upper: number } | [number, number] | null;
};

/** The demonstration's state; null where the server is not one, or the person may not. */
export const demoQuery = queryOptions({
  queryKey: ["demo"],
  queryFn: async ({ signal }): Promise<DemoView | null> => {
    try {
      return await api.get<DemoView>("/v1/demo", { signal });
    } catch (error) {
      if (error instanceof ApiError && (error.status === 404 || error.status === 403)) return null;
      throw error;
    }
  },
  retry: false,
});

export const fooledQuery = queryOptions({
  queryKey: ["demo", "fool"],
  queryFn: ({ signal }) => api.get<Fooled>("/v1/demo/fool", { signal }),
  refetchInterval: 3000,
});

/** Waits until the server answers again; gives the milliseconds it was away. */
export async function untilBack(limitMs = 60_000): Promise<number> {
  const start = performance.now();
  // The old process answers for a moment before it dies.
  await new Promise((resolve) => setTimeout(resolve, 400));
  while (performance.now() - start < limitMs) {
    try {
      await api.get("/healthz");
      return performance.now() - start;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  throw new Error("The server did not come back within a minute.");
}

/** What came of turning the images. */
export interface Shifted {
  loop: string;
  earned: { reviews: number };
  turned: { cases: number; passed: number; wrong: number; looked_at: number };
  demotion: { case: string; threshold: number; audits: number; errors: number } | null;
}
