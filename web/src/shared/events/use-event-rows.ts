import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { api, query } from "../api/client";
import type { Checkpoint, LedgerEntry, LedgerEvent, Page } from "../api/types";
import { useEvents } from "./event-stream";

/** So many rows are shown, whatever comes in. */
export const MOST_ROWS = 200;

/**
 * Events that fit, newest first: those of the stream, after the newest `earlier` ones of the ledger.
 * While it is paused, what comes in is kept for later.
 */
export function useEventRows(name: string, fits: (event: LedgerEvent) => boolean, earlier: number) {
  const [rows, setRows] = useState<LedgerEvent[]>([]);
  const [missed, setMissed] = useState(0);
  const [paused, setPaused] = useState(false);
  const held = useRef<LedgerEvent[]>([]);
  const before = useQuery({
    queryKey: ["events", "earlier", name],
    queryFn: async ({ signal }) => {
      const { size } = await api.get<Checkpoint>("/v1/ledger/checkpoint", { signal });
      const range = query({ from: Math.max(0, size - earlier), to: size });
      const { items } = await api.get<Page<LedgerEntry>>(`/v1/ledger/entries${range}`, { signal });
      return items.map(({ index, event }): LedgerEvent => ({ ...event, index }));
    },
    // What the stream brings afterwards is not in it: whoever looks again reads again.
    staleTime: 0,
    refetchOnWindowFocus: false,
    retry: false,
  });
  useEvents((events) => {
    const fresh = events.filter(fits).toReversed();
    if (fresh.length === 0) return;
    if (paused) {
      held.current = [...fresh, ...held.current].slice(0, MOST_ROWS);
      setMissed((n) => n + fresh.length);
    } else setRows((shown) => [...fresh, ...shown].slice(0, MOST_ROWS));
  });
  const toggle = () => {
    if (paused) {
      const waiting = held.current;
      held.current = [];
      setRows((shown) => [...waiting, ...shown].slice(0, MOST_ROWS));
      setMissed(0);
    }
    setPaused(!paused);
  };
  const known = new Set(rows.map((row) => row.index));
  const older = (before.data ?? []).filter((row) => fits(row) && !known.has(row.index)).toReversed();
  return { shown: [...rows, ...older].slice(0, MOST_ROWS), missed, paused, toggle };
}
