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

/** Kills the server and waits until another process answers; gives the milliseconds that took. */
export async function pullThePlug(limitMs = 60_000): Promise<number> {
  const pid = async () => (await api.get<DemoView>("/v1/demo")).plug?.pid;
  const killed = await pid();
  await api.post("/v1/demo/plug");
  const start = performance.now();
  while (performance.now() - start < limitMs) {
    // The old process answers for a moment before it dies.
    const answers = await pid().catch(() => undefined);
    if (answers !== undefined && answers !== killed) return performance.now() - start;
    await new Promise((resolve) => setTimeout(resolve, 200));
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
