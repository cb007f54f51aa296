import { useEffect, useState, useSyncExternalStore } from "react";
import { api } from "../../shared/api/client";
import type { Claim, LedgerEvent } from "../../shared/api/types";
import { useEvents } from "../../shared/events/event-stream";
import { toast } from "../../shared/ui/toasts";
import { sweepDrafts } from "./drafts";
import { type InboxState, InboxStore } from "./inbox-store";

const KEPT = "tandem.claims";
const HEARTBEAT_MS = 5000;
const ACTIVE_MS = 90_000;
const POLL_MS = 15_000;
const WAKES =
  /^(case\.(submitted|proposed|reopened|escalated)|claim\.(released|expired)|judgment\.|audit\.|loop\.|model\.)/;

const stores = new Map<string, InboxStore>();

/** One store per filter for as long as the page lives, so that leaving and coming back is free. */
function storeFor(member: string, loop: string | null): InboxStore {
  const key = `${member} ${loop ?? ""}`;
  let store = stores.get(key);
  if (!store) {
    store = new InboxStore(
      { post: api.post, now: () => performance.now(), notify: toast },
      loop ? { loops: [loop] } : {},
    );
    stores.set(key, store);
    keep(key, store);
    void store.restore(kept(key)).then(store.refill);
  } else void store.refill();
  return store;
}

/** Forgets every claim this tab held: another person may sign in next. */
export function forgetClaims(): void {
  stores.clear();
  sessionStorage.removeItem(KEPT);
}

function kept(key: string): Claim[] {
  try {
    const stored = JSON.parse(sessionStorage.getItem(KEPT) ?? "null") as { key: string; claims: Claim[] } | null;
    return stored?.key === key ? stored.claims : [];
  } catch {
    return [];
  }
}

/** Remembers the claims over a reload, written when the browser has nothing better to do. */
function keep(key: string, store: InboxStore): void {
  let last: InboxState["items"] | null = null;
  let planned = false;
  store.subscribe(() => {
    const { items } = store.snapshot();
    if (items === last || planned) return;
    planned = true;
    setTimeout(() => {
      planned = false;
      last = store.snapshot().items;
      try {
        sessionStorage.setItem(KEPT, JSON.stringify({ key, claims: last.map((item) => item.claim) }));
      } catch {
        // Without it a reload claims anew; the leases of the old claims run out by themselves.
      }
    }, 400);
  });
}

export function useInbox(member: string, loop: string | null): [InboxStore, InboxState] {
  const [store, setStore] = useState(() => storeFor(member, loop));
  useEffect(() => setStore(storeFor(member, loop)), [member, loop]);
  useEffect(() => sweepDrafts(), []);
  useHeartbeat(store);
  const state = useSyncExternalStore(store.subscribe, store.snapshot);
  return [store, state];
}

/** Keeps leases alive while the person is active, and asks again when something may be waiting. */
function useHeartbeat(store: InboxStore): void {
  useEffect(() => {
    let active = performance.now();
    const touch = () => {
      active = performance.now();
    };
    const beat = setInterval(() => {
      if (performance.now() - active < ACTIVE_MS) void store.renew(false);
    }, HEARTBEAT_MS);
    const poll = setInterval(() => {
      if (store.snapshot().items.length === 0) store.wake();
    }, POLL_MS);
    for (const name of ["keydown", "pointerdown", "pointermove"])
      window.addEventListener(name, touch, { passive: true });
    return () => {
      clearInterval(beat);
      clearInterval(poll);
      for (const name of ["keydown", "pointerdown", "pointermove"]) window.removeEventListener(name, touch);
    };
  }, [store]);
  const [throttle] = useState({ planned: false });
  useEvents((events: LedgerEvent[]) => {
    const { exhausted, problem } = store.snapshot();
    if (throttle.planned || !(exhausted || problem) || !events.some((event) => WAKES.test(event.kind))) return;
    throttle.planned = true;
    setTimeout(() => {
      throttle.planned = false;
      store.wake();
    }, 400);
  });
}
