import { useEffect, useRef, useSyncExternalStore } from "react";
import type { LedgerEvent } from "../api/types";
import { SseReader } from "./sse";

/**
 * The server's events, once per browser: the tab that holds the lock reads the stream and passes
 * it on to the others, so that many tabs cost one connection. Events arrive batched per frame.
 */
export type StreamState = "connecting" | "open" | "lost";

const CHANNEL = "tandem.events";
/** The server's word that one was told something. */
const HINT = "notification";
const LOCK = "tandem.events";
const RETRY_MS = [500, 1000, 2000, 5000];

type Message =
  | { type: "events"; events: LedgerEvent[] }
  | { type: "state"; state: StreamState }
  | { type: "opened" }
  | { type: "ask" };

const listeners = new Set<(events: LedgerEvent[]) => void>();
const hinted = new Set<() => void>();
const stateListeners = new Set<() => void>();
const reopened = new Set<() => void>();
let state: StreamState = "connecting";
let lastId: string | null = null;
let pending: LedgerEvent[] = [];
let frame = 0;
let stop: (() => void) | null = null;

function setState(next: StreamState): void {
  if (next === state) return;
  state = next;
  for (const listener of stateListeners) listener();
}

/** The stream is read from now on. But for the first time, something may have happened in between. */
function opened(): void {
  const again = state !== "connecting";
  setState("open");
  if (again) for (const listener of reopened) listener();
}

function flush(): void {
  frame = 0;
  const events = pending;
  pending = [];
  for (const listener of listeners) listener(events);
}

function deliver(events: LedgerEvent[]): void {
  for (const event of events) {
    // A hint is about the person and in no ledger.
    if (event.kind === HINT) {
      for (const listener of hinted) listener();
      continue;
    }
    if (event.index !== null) lastId = String(event.index);
    pending.push(event);
  }
  // A hidden tab gets no frames; a timer keeps it current.
  if (!frame && pending.length) {
    frame = 1;
    if (document.hidden) setTimeout(flush, 250);
    else requestAnimationFrame(flush);
  }
}

async function read(channel: BroadcastChannel, signal: AbortSignal): Promise<void> {
  const headers: Record<string, string> = { accept: "text/event-stream" };
  if (lastId) headers["last-event-id"] = lastId;
  const response = await fetch(`/v1/events?notifications=true${lastId ? "" : "&from=latest"}`, {
    headers,
    signal,
    cache: "no-store",
  });
  if (!response.ok || !response.body) throw new Error(`events: ${response.status}`);
  opened();
  channel.postMessage({ type: "opened" } satisfies Message);
  const reader = new SseReader();
  const decoder = new TextDecoder();
  const stream = response.body.getReader();
  for (;;) {
    const { done, value } = await stream.read();
    if (done) return;
    const events: LedgerEvent[] = [];
    for (const { id, kind, data } of reader.feed(decoder.decode(value, { stream: true }))) {
      const event = parse(id, kind, data);
      if (event) events.push(event);
    }
    if (events.length) {
      deliver(events);
      channel.postMessage({ type: "events", events } satisfies Message);
    }
  }
}

function parse(id: string | null, kind: string, data: string): LedgerEvent | null {
  try {
    const event = JSON.parse(data) as LedgerEvent;
    return { ...event, kind: event.kind ?? kind, index: event.index ?? (id ? Number(id) : null) };
  } catch {
    return null;
  }
}

async function lead(channel: BroadcastChannel, signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      await read(channel, signal);
      failures = 0;
    } catch {
      if (signal.aborted) return;
    }
    setState("lost");
    channel.postMessage({ type: "state", state: "lost" } satisfies Message);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]));
  }
}

/** Starts listening for a signed-in person; calling the result ends it. */
export function startEvents(): () => void {
  stop?.();
  const abort = new AbortController();
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data.type === "events") {
      setState("open");
      deliver(data.events);
    } else if (data.type === "opened") opened();
    else if (data.type === "state") setState(data.state);
    else if (data.type === "ask" && leader) channel.postMessage({ type: "state", state } satisfies Message);
  };
  let leader = false;
  const run = async () => {
    leader = true;
    await lead(channel, abort.signal);
  };
  if (navigator.locks) {
    navigator.locks.request(LOCK, { signal: abort.signal }, run).catch(() => undefined);
    channel.postMessage({ type: "ask" } satisfies Message);
  } else void run();
  stop = () => {
    abort.abort();
    channel.close();
    stop = null;
    lastId = null;
    setState("connecting");
  };
  return stop;
}

export function useStreamState(): StreamState {
  return useSyncExternalStore(
    (listener) => {
      stateListeners.add(listener);
      return () => stateListeners.delete(listener);
    },
    () => state,
  );
}

/** Calls back with the events of each frame. */
export function useEvents(callback: (events: LedgerEvent[]) => void): void {
  const latest = useRef(callback);
  latest.current = callback;
  useEffect(() => {
    const listener = (events: LedgerEvent[]) => latest.current(events);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }, []);
}

/**
 * Calls back when the stream is open again. What happened meanwhile may never come as an event: a stream
 * that brought none before starts anew at the latest one, and hints are not repeated.
 */
export function useReopened(callback: () => void): void {
  useListener(reopened, callback);
}

/** Calls back when one was told something, or read it elsewhere. */
export function useNotificationHint(callback: () => void): void {
  useListener(hinted, callback);
}

function useListener(listeners: Set<() => void>, callback: () => void): void {
  const latest = useRef(callback);
  latest.current = callback;
  useEffect(() => {
    const listener = () => latest.current();
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }, [listeners]);
}
