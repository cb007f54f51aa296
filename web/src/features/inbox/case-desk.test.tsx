import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { useSyncExternalStore } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Claim, JsonObject, LoopSpec } from "../../shared/api/types";
import { onKeyDown } from "../../shared/hotkeys/registry";
import { CaseDesk } from "./case-desk";
import { loadDraft } from "./drafts";
import { InboxStore } from "./inbox-store";

const digits: LoopSpec = {
  loop: "digits",
  input: { text: { kind: "text" } },
  answer: { digit: { kind: "choice", options: ["0", "1", "2"].map((value) => ({ value, key: value })) } },
  reject_reasons: ["unreadable"],
};

const tickets: LoopSpec = {
  loop: "tickets",
  input: { text: { kind: "text" } },
  answer: {
    intent: { kind: "choice", options: ["refund", "replace"] },
    amount: { kind: "number", max: 100 },
  },
  checklist: [{ id: "pii", text: "No personal data left", required: true }],
};

const spokenFor: LoopSpec = {
  loop: "tickets",
  input: { text: { kind: "text" } },
  answer: {
    intent: { kind: "choice", options: [{ value: "refund", label: "a refund" }, "replace"] },
    amount: { kind: "number", max: 100 },
  },
  reject_reasons: ["spam"],
  review: { rationale: "required" },
  notice: { template: "You get {answer.intent} of {answer.amount}.", required: true },
};

function claim(n: number, spec: LoopSpec, extra: Partial<Claim> = {}): Claim {
  const output: JsonObject = spec === digits ? { digit: "1" } : { intent: "refund", amount: 20 };
  return {
    id: `clm_${n}`,
    token: n,
    expires_at: "2026-01-01T00:00:00Z",
    lease_s: 300,
    undo_s: 10,
    case: {
      id: `case_${n}`,
      loop: spec.loop,
      loop_version: 1,
      status: "claimed",
      input: { text: `text ${n}` },
      created_at: "2026-01-01T00:00:00Z",
    },
    proposal: { id: `prop_${n}`, output, confidence: { "": 0.6 } },
    reasons: [{ code: "low_confidence", value: 0.6, threshold: 0.9 }],
    ...extra,
  };
}

async function desk(spec: LoopSpec, extra: Partial<Claim> = {}) {
  const sent: Record<string, unknown>[] = [];
  let next = 0;
  const store = new InboxStore({
    now: () => performance.now(),
    notify: () => undefined,
    post: async <T,>(path: string, body: unknown) => {
      if (path === "/v1/claims") {
        const { limit, case: one } = body as { limit: number; case?: string };
        if (one) return { claims: [claim(Number(one.slice(5)), spec, extra)] } as T;
        return {
          claims: Array.from({ length: limit }, () => {
            next += 1;
            return claim(next - 1, spec, extra);
          }),
        } as T;
      }
      sent.push({ path, ...(body as object) });
      return { case: {}, judgment: { id: "jud_1" }, next: null } as T;
    },
  });
  await store.refill();
  function Host() {
    const { items } = useSyncExternalStore(store.subscribe, store.snapshot);
    const top = items[0];
    return top ? <CaseDesk store={store} item={top} spec={spec} aside={null} undo={null} /> : <p>empty</p>;
  }
  render(
    <MantineProvider>
      <QueryClientProvider client={new QueryClient()}>
        <Host />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return { store, sent };
}

const why = () => screen.getByLabelText("Why (for the record)") as HTMLTextAreaElement;
const told = () => screen.getByLabelText("What the person affected is told") as HTMLTextAreaElement;
const write = (field: HTMLElement, value: string) => fireEvent.change(field, { target: { value } });

const press = (key: string, init: KeyboardEventInit = {}) =>
  act(async () => {
    (document.activeElement ?? document.body).dispatchEvent(
      new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...init }),
    );
  });

describe("the desk", () => {
  beforeEach(() => {
    localStorage.clear();
    window.addEventListener("keydown", onKeyDown);
  });
  afterEach(() => {
    window.removeEventListener("keydown", onKeyDown);
    cleanup();
  });

  it("judges a plain choice with one key and shows the next case", async () => {
    const { sent } = await desk(digits);
    expect(screen.getByText("text 0")).toBeTruthy();
    await press("2");
    expect(screen.getByText("text 1")).toBeTruthy();
    expect(sent[0]).toMatchObject({
      path: "/v1/cases/case_0/judgments",
      verdict: "answer",
      answer: { digit: "2" },
      claim: "clm_0",
    });
  });

  it("approves, escalates and skips with one key each", async () => {
    const { sent } = await desk(digits);
    await press("a");
    await press("s");
    await press("k");
    expect(sent.map((judgment) => judgment.verdict)).toEqual(["approve", "escalate", "skip"]);
  });

  it("rejects only with a reason where the loop names some", async () => {
    const { sent } = await desk(digits);
    await press("x");
    await press("Enter");
    expect(sent).toEqual([]);
    await press("1");
    await press("Enter");
    expect(sent[0]).toMatchObject({ verdict: "reject", reasons: ["unreadable"] });
  });

  it("shows no proposal and offers no approval when the review is blind", async () => {
    const { sent } = await desk(digits, { blind: true, proposal: null });
    expect(screen.queryByText("proposed")).toBeNull();
    expect(screen.queryByRole("button", { name: /Approve/ })).toBeNull();
    await press("a");
    expect(sent).toEqual([]);
    await press("0");
    expect(sent[0]).toMatchObject({ verdict: "answer", answer: { digit: "0" } });
  });

  it("hides the proposal on demand", async () => {
    await desk(digits);
    expect(screen.getByText("proposed")).toBeTruthy();
    await press("h");
    expect(screen.queryByText("proposed")).toBeNull();
  });

  it("does not send an answer whose required check is not ticked", async () => {
    const { sent } = await desk(tickets);
    await press("a");
    await press("Enter", { ctrlKey: true });
    expect(sent).toEqual([]);
    await act(async () => screen.getByRole("checkbox", { name: /No personal data/ }).click());
    await press("2");
    await press("Enter", { ctrlKey: true });
    expect(sent[0]).toMatchObject({ verdict: "answer", answer: { intent: "replace", amount: 20 }, checklist: ["pii"] });
  });

  it("approves a call with the digest of what was shown, and asks for changes with a note", async () => {
    const refunds: LoopSpec = {
      loop: "refunds",
      input: { text: { kind: "text" } },
      answer: {
        refund: {
          kind: "action",
          tools: { refund: { schema: { type: "object", properties: { amount: { type: "number" } } } } },
        },
      },
    };
    const call = { refund: { tool: "refund", arguments: { amount: 240 } } };
    const extra: Partial<Claim> = {
      proposal: { id: "prop_1", output: call, digest: "d1" },
      action: {
        field: "refund",
        tool: "refund",
        title: "Refund an order",
        risk: "high",
        reversible: false,
        canonical: '{"amount":240}',
        digest: "d1",
        needed: 2,
        approved_by: [{ name: "Ada", at: "2026-01-01T00:00:00Z" }],
        edit_asks_anew: true,
      },
    };
    const { sent } = await desk(refunds, extra);
    expect(screen.getByText('{"amount":240}')).toBeTruthy();
    expect(screen.getByText("1 of 2")).toBeTruthy();
    expect(screen.getByText("cannot be taken back")).toBeTruthy();
    await press("a");
    expect(sent[0]).toMatchObject({ verdict: "approve", seen: "d1" });
    await press("r");
    const note = screen.getByLabelText("Note to the agent");
    fireEvent.change(note, { target: { value: "only half is due" } });
    await act(async () => {
      fireEvent.keyDown(note, { key: "Enter" });
    });
    expect(sent[1]).toMatchObject({ verdict: "request_changes", comment: "only half is due" });
    await press("w");
    const answer = screen.getByLabelText("Answer in place of the call");
    fireEvent.change(answer, { target: { value: "paid on Monday" } });
    await press("Enter", { ctrlKey: true });
    expect(sent[2]).toMatchObject({ verdict: "answer", answer: { refund: { respond: "paid on Monday" } } });
  });

  it("holds an approval back until it is said why, then goes on with it", async () => {
    const { sent } = await desk(spokenFor);
    expect(told().value).toBe("You get a refund of 20.");
    await press("a");
    expect(sent).toEqual([]);
    expect(document.activeElement).toBe(why());
    expect(screen.getByText(/Say why in a sentence/).getAttribute("role")).toBe("alert");
    write(why(), "charged twice");
    expect(screen.queryByText(/Say why in a sentence/)).toBeNull();
    await press("Enter", { ctrlKey: true });
    expect(sent[0]).toMatchObject({
      verdict: "approve",
      rationale: "charged twice",
      notice: "You get a refund of 20.",
    });
    expect(screen.getByText("text 1")).toBeTruthy();
    expect(why().value).toBe("");
    expect(told().value).toBe("You get a refund of 20.");
    expect(document.activeElement).toBe(document.body);
  });

  it("words the notice anew with the answer, and asks once where other words were written before", async () => {
    const { sent } = await desk(spokenFor);
    await press("2");
    expect(told().value).toBe("You get replace of 20.");
    write(why(), "broken on arrival");
    write(told(), "A new one is on its way.");
    await press("1");
    expect(screen.getByText(/Written for another answer/)).toBeTruthy();
    await press("Enter", { ctrlKey: true });
    expect(sent).toEqual([]);
    expect(document.activeElement).toBe(told());
    await act(async () => screen.getByRole("button", { name: "Use the loop's words" }).click());
    expect(told().value).toBe("You get a refund of 20.");
    write(told(), "You get your money back.");
    await press("Enter", { ctrlKey: true });
    expect(sent[0]).toMatchObject({ answer: { intent: "refund", amount: 20 }, notice: "You get your money back." });
  });

  it("rejects with words of the reviewer where the loop has none for a rejection", async () => {
    const { sent } = await desk(spokenFor);
    write(why(), "an advertisement");
    await press("x");
    await press("1");
    await press("Enter");
    expect(sent).toEqual([]);
    expect(document.activeElement).toBe(told());
    expect(told().getAttribute("aria-invalid")).toBe("true");
    write(told(), "We do not answer advertisements.");
    await press("Enter", { ctrlKey: true });
    expect(sent[0]).toMatchObject({
      verdict: "reject",
      reasons: ["spam"],
      rationale: "an advertisement",
      notice: "We do not answer advertisements.",
    });
  });

  it("skips and escalates without words", async () => {
    const { sent } = await desk(spokenFor);
    await press("k");
    await press("s");
    expect(sent.map((judgment) => judgment.verdict)).toEqual(["skip", "escalate"]);
    expect(sent.every((judgment) => judgment.notice === undefined)).toBe(true);
  });

  it("brings the words back by undo, and keeps them as a draft", async () => {
    const { store } = await desk(spokenFor);
    write(why(), "charged twice");
    write(told(), "Sorry for the trouble.");
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect(loadDraft("case_0")).toMatchObject({
      rationale: "charged twice",
      notice: { text: "Sorry for the trouble." },
    });
    await press("a");
    expect(why().value).toBe("");
    await act(() => store.undo());
    expect(screen.getByText("text 0")).toBeTruthy();
    expect(why().value).toBe("charged twice");
    expect(told().value).toBe("Sorry for the trouble.");
  });

  it("sends a comment once, and leaves the one that was begun on the next case", async () => {
    const posted: { body: unknown; settle: (status: number) => void }[] = [];
    vi.stubGlobal("fetch", (_: string, init?: RequestInit) => {
      const reply = (body: unknown, status = 200) =>
        new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
      if (init?.method !== "POST") return Promise.resolve(reply({ items: [] }));
      return new Promise((resolve) => {
        posted.push({ body: JSON.parse(String(init.body)), settle: (status) => resolve(reply({}, status)) });
      });
    });
    const { sent } = await desk(digits);
    const box = () => screen.getByLabelText<HTMLTextAreaElement>("Your comment");
    const add = () => fireEvent.click(screen.getByRole("button", { name: "Add comment" }));
    await press("c");
    write(box(), "smudged");
    add();
    expect(box().value).toBe("");
    box().blur();
    await press("2");
    expect(sent[0]?.comment).toBeUndefined();
    await press("c");
    write(box(), "another one");
    await act(async () => posted[0]?.settle(201));
    expect(box().value).toBe("another one");
    expect(posted.map(({ body }) => body)).toEqual([{ body: "smudged" }]);

    // What is refused comes back before what was written since.
    add();
    write(box(), "and more");
    await act(async () => posted[1]?.settle(422));
    expect(box().value).toBe("another one\nand more");
    vi.unstubAllGlobals();
  });

  it("opens the words by a key where no loop asks, and a plain choice carries them", async () => {
    const { sent } = await desk(digits);
    expect(screen.queryByLabelText("Why (for the record)")).toBeNull();
    await press("b");
    expect(document.activeElement).toBe(why());
    write(why(), "the loop is closed");
    why().blur();
    await press("0");
    expect(sent[0]).toMatchObject({ verdict: "answer", answer: { digit: "0" }, rationale: "the loop is closed" });
    expect(sent[0]?.notice).toBeUndefined();
    expect(screen.queryByLabelText("Why (for the record)")).toBeNull();
  });
});
