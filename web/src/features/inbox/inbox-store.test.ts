import { beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../../shared/api/error";
import type { Claim } from "../../shared/api/types";
import { loadDraft } from "./drafts";
import { type Backend, InboxStore, median, type Said } from "./inbox-store";

function claim(n: number, extra: Partial<Claim> = {}): Claim {
  return {
    id: `clm_${n}`,
    token: n,
    expires_at: new Date(Date.now() + 300_000).toISOString(),
    lease_s: 300,
    undo_s: 10,
    waiting: 40 - n,
    case: {
      id: `case_${n}`,
      loop: "digits",
      loop_version: 1,
      status: "claimed",
      input: {},
      created_at: "2026-01-01T00:00:00Z",
      proposal: { id: `prop_${n}`, output: { digit: "7" } },
    },
    ...extra,
  };
}

const said = (value: string): Said => ({ verdict: "answer", answer: { digit: value }, words: value });
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

type Call = { path: string; body: Record<string, unknown>; key: string | undefined };

function bench(handlers: (call: Call) => unknown) {
  let clock = 1000;
  const calls: Call[] = [];
  const notify = vi.fn();
  const backend: Backend = {
    now: () => clock,
    notify,
    post: async <T>(path: string, body: unknown, options?: { idempotencyKey?: string }) => {
      const call = { path, body: body as Record<string, unknown>, key: options?.idempotencyKey };
      calls.push(call);
      return handlers(call) as T;
    },
  };
  return {
    store: new InboxStore(backend, { loops: ["digits"] }),
    calls,
    notify,
    tick: (ms: number) => {
      clock += ms;
    },
  };
}

/** A server that hands out claims in order and takes every judgment. */
function willing() {
  let next = 0;
  const fresh = () => {
    next += 1;
    return claim(next);
  };
  return (call: Call) => {
    if (call.path === "/v1/claims") {
      if (call.body.case) return { claims: [claim(Number(String(call.body.case).slice(5)), { token: 99 })] };
      return { claims: Array.from({ length: Number(call.body.limit) }, fresh) };
    }
    if (call.path.endsWith("/judgments")) {
      return { case: {}, judgment: { id: `jud_${call.path}` }, next: call.body.claim_next ? fresh() : null };
    }
    if (call.path.endsWith("/renew")) return { expires_at: "2026-01-01T00:05:00Z", token: 55 };
    return { case: {} };
  };
}

describe("inbox", () => {
  beforeEach(() => localStorage.clear());

  it("keeps two cases behind the current one and shows the next before the server answers", async () => {
    const { store, calls } = bench(willing());
    await store.refill();
    expect(store.snapshot().items.map((item) => item.claim.id)).toEqual(["clm_1", "clm_2", "clm_3"]);
    store.judge(said("7"));
    expect(store.snapshot().items[0]?.claim.id).toBe("clm_2");
    await settle();
    expect(store.snapshot().items.map((item) => item.claim.id)).toEqual(["clm_2", "clm_3", "clm_4"]);
    expect(calls[1]?.body).toMatchObject({
      claim: "clm_1",
      token: 1,
      proposal: "prop_1",
      claim_next: { loops: ["digits"] },
    });
    expect(calls[1]?.body.words).toBeUndefined();
  });

  it("asks for cases in the order that was chosen, with every claim and every judgment", async () => {
    const calls: Record<string, unknown>[] = [];
    const serve = willing();
    const post = async <T>(path: string, body: unknown) => {
      const call = { path, body: body as Record<string, unknown>, key: undefined };
      calls.push(call.body);
      return serve(call) as T;
    };
    const store = new InboxStore({ now: () => 0, notify: vi.fn(), post }, { order: "grouped" });
    await store.refill();
    store.judge(said("7"));
    await settle();
    expect(calls[0]).toMatchObject({ order: "grouped", limit: 3 });
    expect(calls[1]).toMatchObject({ claim_next: { order: "grouped" } });
  });

  it("measures the time between two judgments", async () => {
    const { store, calls, tick } = bench(willing());
    await store.refill();
    tick(1500);
    store.judge(said("1"));
    tick(700);
    store.judge(said("2"));
    await settle();
    const elapsed = calls.filter((call) => call.path.endsWith("/judgments")).map((call) => call.body.elapsed_ms);
    expect(elapsed).toEqual([1500, 700]);
    expect(store.snapshot().judged).toBe(2);
    expect(median(store.snapshot().times)).toBe(1100);
  });

  it("brings a case back on top with its answer when the lease was lost", async () => {
    const server = willing();
    const { store, notify } = bench((call) => {
      if (call.path === "/v1/cases/case_1/judgments") throw new ApiError(409, "stale_token", "The lease ran out");
      return server(call);
    });
    await store.refill();
    store.judge(said("7"));
    await settle();
    const top = store.snapshot().items[0];
    expect(top?.claim.id).toBe("clm_1");
    expect(top?.trouble).toMatchObject({ kind: "lost", message: "The lease ran out." });
    expect(top?.said?.answer).toEqual({ digit: "7" });
    expect(loadDraft("case_1")?.answer).toEqual({ digit: "7" });
    expect(store.snapshot().judged).toBe(0);
    expect(notify).toHaveBeenCalledWith(expect.stringContaining("Your answer is kept"), "bad");
    await store.reclaim();
    expect(store.snapshot().items[0]?.claim.token).toBe(99);
    expect(store.snapshot().items[0]?.trouble).toBeNull();
  });

  it("keeps the words of an approval that did not arrive", async () => {
    const server = willing();
    const { store } = bench((call) => {
      if (call.path.endsWith("/judgments")) throw new ApiError(422, "invalid_verdict", "No", "/notice");
      return server(call);
    });
    await store.refill();
    store.judge({ verdict: "approve", rationale: "clear", notice: "It comes.", words: "Approved" });
    await settle();
    expect(store.snapshot().items[0]?.said).toMatchObject({ rationale: "clear", notice: "It comes." });
    expect(loadDraft("case_1")).toMatchObject({ answer: null, rationale: "clear", notice: { text: "It comes." } });
  });

  it("sends again under the same key while the server is away", async () => {
    vi.useFakeTimers();
    let failures = 2;
    const server = willing();
    const { store, calls } = bench((call) => {
      if (call.path.endsWith("/judgments") && failures > 0) {
        failures -= 1;
        throw new ApiError(0, "unreachable", "away");
      }
      return server(call);
    });
    await store.refill();
    store.judge(said("7"));
    await vi.advanceTimersByTimeAsync(3000);
    vi.useRealTimers();
    const sent = calls.filter((call) => call.path.endsWith("/judgments"));
    expect(sent.length).toBe(3);
    expect(new Set(sent.map((call) => call.key)).size).toBe(1);
    expect(store.snapshot().items.every((item) => item.trouble === null)).toBe(true);
  });

  it("undoes in the window with a fresh claim, and not after it", async () => {
    const { store, calls, tick } = bench(willing());
    await store.refill();
    store.judge(said("7"));
    await settle();
    const undo = store.undo();
    expect(store.snapshot().items[0]?.claim.case.id).toBe("case_1");
    await undo;
    expect(calls.some((call) => call.path.endsWith("/undo"))).toBe(true);
    expect(store.snapshot().items[0]?.claim.token).toBe(99);
    expect(store.snapshot().items[0]?.said?.answer).toEqual({ digit: "7" });
    expect(store.snapshot().judged).toBe(0);

    store.judge(said("8"));
    await settle();
    tick(11_000);
    await store.undo();
    expect(store.snapshot().items[0]?.claim.case.id).toBe("case_2");
  });

  it("judges with the newest token when a renewal is under way", async () => {
    const { store, calls } = bench(willing());
    await store.refill();
    const renewal = store.renew(true);
    store.judge(said("7"));
    await renewal;
    await settle();
    const sent = calls.find((call) => call.path === "/v1/cases/case_1/judgments");
    expect(sent?.body.token).toBe(55);
  });

  it("says when the queue is empty and wakes up again", async () => {
    let stock = 1;
    const { store } = bench((call) => {
      if (call.path === "/v1/claims") return { claims: Array.from({ length: stock }, () => claim(1)) };
      return { case: {}, judgment: { id: "jud" }, next: null };
    });
    await store.refill();
    expect(store.snapshot().exhausted).toBe(true);
    stock = 0;
    store.judge(said("7"));
    await settle();
    expect(store.snapshot().items).toEqual([]);
    stock = 1;
    store.wake();
    await settle();
    expect(store.snapshot().items.length).toBe(1);
  });

  it("asks again when it was woken while the server was answering", async () => {
    const answers: ((claims: Claim[]) => void)[] = [];
    const { store } = bench(
      (call) =>
        new Promise((resolve) => {
          const next = () => resolve({ case: {}, judgment: { id: "jud" }, next: null });
          answers.push(call.path === "/v1/claims" ? (claims) => resolve({ claims }) : next);
        }),
    );
    void store.refill();
    await settle();
    expect(store.hopes()).toBe(true);
    store.wake();
    expect(answers.length).toBe(1);
    answers[0]?.([]);
    await settle();
    expect(answers.length).toBe(2);
    answers[1]?.([claim(1), claim(2), claim(3)]);
    await settle();
    expect(store.hopes()).toBe(false);

    // The same while a judgment asks for the next case.
    store.judge(said("7"));
    await settle();
    expect(store.hopes()).toBe(true);
    store.wake();
    expect(answers.length).toBe(3);
    answers[2]?.([]);
    await settle();
    expect(answers.length).toBe(4);
    answers[3]?.([claim(4)]);
    await settle();
    expect(store.snapshot().items.length).toBe(3);
    expect(answers.length).toBe(4);
  });
});
