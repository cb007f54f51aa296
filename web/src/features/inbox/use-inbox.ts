import { useEffect, useState, useSyncExternalStore } from "react";
import { api, persistently, query } from "../../shared/api/client";
import { signOff } from "../../shared/api/passkeys";
import type { Claim, LedgerEvent } from "../../shared/api/types";
import { useEvents, useReopened } from "../../shared/events/event-stream";
import { toast } from "../../shared/ui/toasts";
import type { ClaimOrder } from "./claim-order";
import { sweepDrafts } from "./drafts";
import { type InboxState, InboxStore } from "./inbox-store";

const HEARTBEAT_MS = 5000;
const ACTIVE_MS = 90_000;
const POLL_MS = 15_000;
/** How long the page before a reload may take to go. */
const RELOAD_MS = 3000;
const LOCK = "tandem.inbox";
const ORDER = "tandem.inbox.order";
const WAKES =
  /^(case\.(submitted|proposed|reopened|escalated)|claim\.(released|expired)|judgment\.|audit\.|loop\.|model\.)/;

let current: { key: string; order: ClaimOrder; store: InboxStore; started: Promise<void> } | null = null;

/** One store per filter, kept while the page lives, so that leaving and coming back is free. */
function storeFor(member: string, loop: string | null, order: ClaimOrder): InboxStore {
  const key = `${member} ${loop ?? ""}`;
  const same = current?.key === key;
  if (current && same && current.order === order) {
    void current.started.then(current.store.refill);
    return current.store;
  }
  const held = current?.store.drain() ?? null;
  // In another order other cases come next; the one that is being looked at stays.
  const before = same && held ? held.slice(0, 1) : held;
  for (const claim of held?.slice(before?.length ?? 0) ?? []) void release(claim);
  const store = new InboxStore(
    { post: api.post, sign: signOff, now: () => performance.now(), notify: toast },
    loop ? { loops: [loop], order } : { order },
  );
  current = { key, order, store, started: start(store, loop, before) };
  store.subscribe(() => rememberOrder(store.snapshot()));
  return store;
}

async function start(store: InboxStore, loop: string | null, before: readonly Claim[] | null): Promise<void> {
  const order = readOrder();
  const held = before ?? inOrder(await heldClaims(), order);
  const mine = held.filter((claim) => !loop || claim.case.loop === loop);
  // What the new filter leaves out goes back to the queue, for others.
  for (const claim of held) if (!mine.includes(claim)) void release(claim);
  await store.restore(mine);
  await store.refill();
}

/** What lay on the desk, first to last, so that a reload shows the same case again. */
function rememberOrder({ items }: InboxState): void {
  if (items.length) sessionStorage.setItem(ORDER, items.map((item) => item.claim.case.id).join(" "));
}

function readOrder(): string[] {
  return sessionStorage.getItem(ORDER)?.split(" ") ?? [];
}

function inOrder(claims: Claim[], order: string[]): Claim[] {
  const place = (claim: Claim) => {
    const at = order.indexOf(claim.case.id);
    return at < 0 ? order.length : at;
  };
  return [...claims].sort((a, b) => place(a) - place(b));
}

async function release(claim: Claim): Promise<void> {
  try {
    await api.remove(`/v1/claims/${claim.id}${query({ token: claim.token })}`);
  } catch {
    // The lease runs out by itself.
  }
}

/** What this person holds already, after a reload or a restart; another tab keeps what it shows. */
async function heldClaims(): Promise<Claim[]> {
  if (!(await isOnlyTab())) return [];
  try {
    return (await persistently(() => api.get<{ claims: Claim[] }>("/v1/claims"))).claims;
  } catch {
    return [];
  }
}

/**
 * Whether no other tab of this browser shows an inbox; from then on this one does. A page that is
 * being left by a reload may hold the lock for a while: a tab that showed cases before waits for it.
 */
async function isOnlyTab(): Promise<boolean> {
  if (!navigator.locks) return true;
  const options = readOrder().length ? { signal: AbortSignal.timeout(RELOAD_MS) } : { ifAvailable: true };
  return new Promise((resolve) => {
    const hold = (lock: Lock | null) => {
      resolve(lock !== null);
      return lock ? new Promise<void>(() => undefined) : undefined;
    };
    navigator.locks.request(LOCK, options, hold).catch(() => resolve(false));
  });
}

/** Forgets every claim this tab shows: another person may sign in next. */
export function forgetClaims(): void {
  for (const claim of current?.store.drain() ?? []) void release(claim);
  current = null;
}

export function useInbox(member: string, loop: string | null, order: ClaimOrder): [InboxStore, InboxState] {
  const [store, setStore] = useState(() => storeFor(member, loop, order));
  useEffect(() => setStore(storeFor(member, loop, order)), [member, loop, order]);
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
  useReopened(store.wake);
  const [throttle] = useState({ planned: false });
  useEvents((events: LedgerEvent[]) => {
    if (throttle.planned || !store.hopes() || !events.some((event) => WAKES.test(event.kind))) return;
    throttle.planned = true;
    setTimeout(() => {
      throttle.planned = false;
      store.wake();
    }, 400);
  });
}
