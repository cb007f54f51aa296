import { persistently, type RequestOptions } from "../../shared/api/client";
import { ApiError, explain } from "../../shared/api/error";
import type { AuthorSpan, Claim, JsonObject, JudgeReply, Verdict } from "../../shared/api/types";
import type { ClaimOrder } from "./claim-order";
import { dropDraft, loadDraft, saveDraft } from "./drafts";

/** What the reviewer said, before it becomes a judgment. */
export type Said = {
  verdict: Verdict;
  answer?: JsonObject;
  reasons?: string[];
  failure_modes?: string[];
  checklist?: string[];
  comment?: string;
  /** Why, for the record. */
  rationale?: string;
  /** What the person affected is told. */
  notice?: string;
  /** Who wrote the texts of the answer, by field. */
  provenance?: Record<string, AuthorSpan[]>;
  /** In words, for the undo bar. */
  words: string;
};

export type Trouble = {
  /** lost: the claim is no longer ours; refused: the answer does not fit; failed: it did not arrive. */
  kind: "lost" | "refused" | "failed";
  message: string;
  path: string | null;
};

export type Item = {
  claim: Claim;
  leaseEndsAt: number;
  /** What was said before, when the item came back. */
  said: Said | null;
  trouble: Trouble | null;
  /** Settles once the claim's token is the newest. */
  ready: Promise<Claim> | null;
};

export type Past = {
  item: Item;
  said: Said;
  undoEndsAt: number;
  /** The judgment's id, or null when it did not arrive. */
  settled: Promise<string | null>;
};

export type InboxState = {
  items: readonly Item[];
  past: Past | null;
  loading: boolean;
  /** The server had nothing more to hand out when last asked. */
  exhausted: boolean;
  problem: unknown;
  judged: number;
  times: readonly number[];
};

export type Backend = {
  /** Has the reviewer's passkey sign, where the server asks for it. */
  sign?: (caseId: string, said: { verdict: Verdict; seen: string; answer?: JsonObject }) => Promise<unknown>;
  post: <T>(path: string, body: unknown, options?: RequestOptions) => Promise<T>;
  now: () => number;
  notify: (text: string, tone: "good" | "bad" | "neutral") => void;
};

/** Current case and two behind it: no decision waits for the network. */
export const AHEAD = 3;
const EMPTY: InboxState = {
  items: [],
  past: null,
  loading: false,
  exhausted: false,
  problem: null,
  judged: 0,
  times: [],
};

/**
 * The reviewer's claims. Judging removes the case at once and sends behind it; what does not
 * arrive comes back on top with what was said, so nothing a person did is ever lost silently.
 */
export class InboxStore {
  private state: InboxState = EMPTY;
  private readonly listeners = new Set<() => void>();
  private asked = 0;
  /** Something came up while the server was being asked: its answer may be older. */
  private woken = false;
  private shownAt: number;
  /** When the key of the last judgment went down; read by whoever measures. */
  pressedAt: number | null = null;

  constructor(
    private readonly backend: Backend,
    private readonly filter: { loops?: string[]; queues?: string[]; order?: ClaimOrder } = {},
  ) {
    this.shownAt = backend.now();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  snapshot = (): InboxState => this.state;

  /** Asks for cases until the current one and those behind it are here. */
  refill = async (): Promise<void> => {
    const missing = AHEAD - this.state.items.length - this.asked;
    if (missing <= 0 || this.state.loading) return;
    this.woken = false;
    this.set({ loading: true, problem: null });
    try {
      const body = { order: "policy", ...this.filter, limit: missing };
      const { claims } = await this.backend.post<{ claims: Claim[] }>("/v1/claims", body);
      this.add(claims);
      this.set({ loading: false, exhausted: claims.length < missing });
    } catch (problem) {
      this.set({ loading: false, problem });
    }
    this.settled();
  };

  /** Whether news of cases could change what is here: nothing was left, or is just being asked for. */
  hopes = (): boolean => {
    const { exhausted, problem, loading } = this.state;
    return exhausted || loading || this.asked > 0 || Boolean(problem);
  };

  /** Something may be waiting again. */
  wake = (): void => {
    this.woken = this.state.loading || this.asked > 0;
    this.set({ exhausted: false });
    void this.refill();
  };

  /** Asks again where something came up while an answer was on its way. */
  private settled(): void {
    if (this.woken && !this.state.loading && this.asked === 0) this.wake();
  }

  /** Gives up every claim that was not judged; what they were is left to the caller. */
  drain = (): readonly Claim[] => {
    const claims = this.state.items.map((item) => item.claim);
    this.woken = false;
    this.set({ ...EMPTY });
    return claims;
  };

  /** Takes up claims of an earlier page, as far as they are still ours. */
  restore = async (claims: readonly Claim[]): Promise<void> => {
    const renewed = await Promise.all(claims.map((claim) => this.renewed(claim).catch(() => null)));
    this.add(renewed.filter((claim) => claim !== null));
  };

  judge = (said: Said, pressedAt: number = this.backend.now()): void => {
    const [item, ...rest] = this.state.items;
    if (!item) return;
    const now = this.backend.now();
    const elapsed = Math.max(0, Math.round(now - this.shownAt));
    this.pressedAt = pressedAt;
    const past: Past = {
      item,
      said,
      undoEndsAt: now + (item.claim.undo_s ?? 0) * 1000,
      settled: Promise.resolve(null),
    };
    const counts = said.verdict !== "skip";
    this.shownAt = now;
    this.set({
      items: rest,
      past,
      judged: this.state.judged + (counts ? 1 : 0),
      times: counts ? [...this.state.times, elapsed] : this.state.times,
    });
    past.settled = this.send(item, said, elapsed, past);
  };

  private async send(item: Item, said: Said, elapsed: number, past: Past): Promise<string | null> {
    const fetchNext = this.state.items.length + this.asked < AHEAD && !this.state.exhausted;
    if (fetchNext) this.asked += 1;
    let reply: JudgeReply | null = null;
    try {
      const claim = item.ready ? await item.ready : item.claim;
      const { words: _, ...body } = said;
      const request = {
        ...body,
        claim: claim.id,
        token: claim.token,
        proposal: (claim.proposal ?? claim.case.proposal)?.id,
        seen: item.claim.action?.digest ?? undefined,
        elapsed_ms: elapsed,
        ...(fetchNext ? { claim_next: { order: "policy", ...this.filter } } : {}),
      };
      reply = await this.post(claim.case.id, request).catch(async (error) => {
        const seen = request.seen;
        const wanted = error instanceof ApiError && error.code === "sign_off_needed";
        if (!wanted || !this.backend.sign || !seen) throw error;
        const assertion = await this.backend.sign(claim.case.id, { verdict: said.verdict, seen, answer: said.answer });
        return this.post(claim.case.id, { ...request, assertion });
      });
    } catch (error) {
      if (fetchNext) this.asked -= 1;
      this.bringBack(item, said, error);
      this.settled();
      return null;
    }
    if (fetchNext) this.asked -= 1;
    dropDraft(item.claim.case.id);
    if (this.state.past === past) {
      const left = reply.judgment.undo_until ? Date.parse(reply.judgment.undo_until) - Date.now() : Number.NaN;
      const now = this.backend.now();
      this.set({
        past: Object.assign(past, { undoEndsAt: Number.isNaN(left) ? past.undoEndsAt : now + Math.min(left, 600_000) }),
      });
    }
    if (reply.next) this.add([reply.next]);
    else if (fetchNext) this.set({ exhausted: true });
    if (this.state.items.length === 0) void this.refill();
    this.settled();
    return reply.judgment.id;
  }

  private post(caseId: string, request: unknown): Promise<JudgeReply> {
    const key = crypto.randomUUID();
    return persistently(() =>
      this.backend.post<JudgeReply>(`/v1/cases/${caseId}/judgments`, request, { idempotencyKey: key }),
    );
  }

  private bringBack(item: Item, said: Said, error: unknown): void {
    const trouble = troubleOf(error);
    const caseId = item.claim.case.id;
    keep(caseId, said);
    const counts = said.verdict !== "skip";
    this.shownAt = this.backend.now();
    this.set({
      items: [{ ...item, said, trouble, ready: null }, ...this.state.items],
      past: this.state.past?.item === item ? null : this.state.past,
      judged: this.state.judged - (counts ? 1 : 0),
      times: counts ? this.state.times.slice(0, -1) : this.state.times,
    });
    this.backend.notify(`${said.words} was not recorded: ${trouble.message} Your answer is kept.`, "bad");
  }

  /** Takes the last judgment back; the case is on top again at once. */
  undo = async (): Promise<void> => {
    const past = this.state.past;
    if (!past || this.backend.now() > past.undoEndsAt) return;
    const ready = this.takeBack(past);
    ready.catch(() => undefined);
    this.shownAt = this.backend.now();
    const item: Item = { ...past.item, said: past.said, trouble: null, ready };
    this.set({
      items: [item, ...this.state.items],
      past: null,
      judged: Math.max(0, this.state.judged - 1),
      times: this.state.times.slice(0, -1),
    });
    try {
      const claim = await ready;
      this.replace(item, { claim, leaseEndsAt: this.leaseEnd(claim), ready: null });
      this.backend.notify(`Undone: ${past.said.words}`, "neutral");
    } catch (error) {
      this.replace(item, { trouble: troubleOf(error), ready: null });
      this.backend.notify(`Undo did not work: ${explain(error)}`, "bad");
    }
  };

  private async takeBack(past: Past): Promise<Claim> {
    const judgment = await past.settled;
    if (judgment) await this.backend.post(`/v1/judgments/${judgment}/undo`, {});
    return this.claimAgain(past.item.claim.case.id);
  }

  private async claimAgain(caseId: string): Promise<Claim> {
    const { claims } = await this.backend.post<{ claims: Claim[] }>("/v1/claims", { case: caseId, limit: 1 });
    const claim = claims[0];
    if (!claim) throw new ApiError(409, "taken", "Somebody else has this case now.");
    return claim;
  }

  /** Claims the case on top again after its lease was lost; what was said stays. */
  reclaim = async (): Promise<void> => {
    const item = this.state.items[0];
    if (!item) return;
    try {
      const claim = await this.claimAgain(item.claim.case.id);
      this.replace(item, { claim, leaseEndsAt: this.leaseEnd(claim), trouble: null });
      this.backend.notify("The case is yours again; your answer is still there.", "good");
    } catch (error) {
      this.replace(item, { trouble: troubleOf(error) });
      this.backend.notify(`The case could not be claimed again: ${explain(error)}`, "bad");
    }
  };

  /** Puts the case on top aside without saying anything to the server. */
  letGo = (): void => {
    const [item, ...rest] = this.state.items;
    if (!item) return;
    dropDraft(item.claim.case.id);
    this.shownAt = this.backend.now();
    this.set({ items: rest });
    void this.refill();
  };

  /** Renews the leases that are past half of their time, or the one on top when asked for. */
  renew = async (onlyTop: boolean): Promise<void> => {
    const now = this.backend.now();
    const due = this.state.items.filter((item, at) =>
      onlyTop ? at === 0 : !item.ready && !item.trouble && item.leaseEndsAt - now < item.claim.lease_s * 500,
    );
    await Promise.all(
      due.map(async (item) => {
        const ready = this.renewed(item.claim);
        ready.catch(() => undefined);
        const waiting = this.replace(item, { ready });
        try {
          const claim = await ready;
          this.replace(waiting, { claim, leaseEndsAt: this.leaseEnd(claim), ready: null });
          if (onlyTop) this.backend.notify("Lease extended.", "good");
        } catch (error) {
          // The server honours the newest token until the seat is given away, so the case stays.
          this.replace(waiting, { ready: null });
          if (onlyTop) this.backend.notify(`The lease could not be extended: ${explain(error)}`, "bad");
        }
      }),
    );
  };

  private async renewed(claim: Claim): Promise<Claim> {
    const reply = await this.backend.post<{ expires_at: string; token?: Claim["token"] }>(
      `/v1/claims/${claim.id}/renew`,
      {
        token: claim.token,
      },
    );
    return { ...claim, expires_at: reply.expires_at, token: reply.token ?? claim.token };
  }

  private replace(item: Item, change: Partial<Item>): Item {
    const next = { ...item, ...change };
    this.set({ items: this.state.items.map((one) => (one === item ? next : one)) });
    return next;
  }

  private add(claims: readonly Claim[]): void {
    const known = new Set(this.state.items.map((item) => item.claim.case.id));
    const fresh = claims.filter((claim) => !known.has(claim.case.id));
    if (this.state.items.length === 0 && fresh.length) this.shownAt = this.backend.now();
    this.set({ items: [...this.state.items, ...fresh.map((claim) => this.item(claim))] });
  }

  private item(claim: Claim): Item {
    return { claim, leaseEndsAt: this.leaseEnd(claim), said: null, trouble: null, ready: null };
  }

  private leaseEnd(claim: Claim): number {
    return this.backend.now() + claim.lease_s * 1000;
  }

  private set(change: Partial<InboxState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }
}

/** Writes to this machine what would otherwise have to be written again. */
function keep(caseId: string, said: Said): void {
  const { answer, comment, rationale, notice } = said;
  if (!answer && !comment && !rationale && !notice) return;
  saveDraft(caseId, {
    answer: answer ?? loadDraft(caseId)?.answer ?? null,
    comment: comment ?? "",
    rationale: rationale ?? "",
    notice: notice ? { text: notice, rejected: said.verdict === "reject", words: null } : null,
  });
}

function troubleOf(error: unknown): Trouble {
  const message = explain(error).replace(/[.!]?$/, ".");
  if (!(error instanceof ApiError)) return { kind: "failed", message, path: null };
  if ([404, 409, 410, 412].includes(error.status)) return { kind: "lost", message, path: error.path };
  if (error.status === 400 || error.status === 422) return { kind: "refused", message, path: error.path };
  return { kind: "failed", message, path: error.path };
}

/** The middle of the times, in ms; null while there are none. */
export function median(times: readonly number[]): number | null {
  if (times.length === 0) return null;
  const sorted = times.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? (sorted[middle] ?? null) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
