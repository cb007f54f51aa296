import { describe, expect, it } from "vitest";
import type { Claim, JsonObject, LoopSpec } from "../../shared/api/types";
import { asksForWords, lacks, loopWords, outcomeOf, ownNotice, spoken, wordsFor } from "./voice";

const spec: LoopSpec = {
  loop: "tickets",
  input: {},
  answer: {
    intent: { kind: "choice", options: [{ value: "refund", label: "a refund" }, "replace"] },
    tags: { kind: "choice", multi: true, options: [{ value: "late", label: "Late" }, "torn"] },
    call: { kind: "action", tools: {} },
    amount: { kind: "number" },
  },
};
const output: JsonObject = {
  intent: "refund",
  tags: ["late", "torn"],
  call: { tool: "pay", arguments: { sum: 12.5, all: true } },
  amount: 20,
};
const told = (template: string, answer = output, outcome: string | null = "approved") =>
  loopWords({ ...spec, notice: { template } }, outcome, answer);
const claim = (extra: Partial<Claim> = {}): Claim => ({
  id: "clm_1",
  token: 1,
  expires_at: "2026-01-01T00:00:00Z",
  lease_s: 300,
  case: {
    id: "case_1",
    loop: "tickets",
    loop_version: 1,
    status: "claimed",
    input: {},
    created_at: "2026-01-01T00:00:00Z",
  },
  proposal: { id: "prop_1", output },
  ...extra,
});

describe("the loop's words", () => {
  it("are filled in with labels, numbers, yes and no, and lists", () => {
    expect(told("{answer.intent} / { answer.tags } / {answer.amount}")).toBe("a refund / Late, torn / 20");
    expect(told("{answer.call.arguments.sum}, all: {answer.call.arguments.all}")).toBe("12.5, all: yes");
    expect(told("{outcome}: {answer.intent}", output, "modified")).toBe("modified: a refund");
    expect(told("{answer.tags}.", { tags: [] })).toBe(".");
  });

  it("are none where the answer lacks what they speak of", () => {
    expect(told("{answer.amount}", { intent: "refund" })).toBeNull();
    expect(told("{answer.call}")).toBeNull();
    expect(told("{answer.tags.0}")).toBeNull();
    expect(told("{answer.toString}")).toBeNull();
    expect(told("{answer.amount}", { amount: null })).toBeNull();
    expect(loopWords({ ...spec, notice: { template: "x" } }, "rejected", null)).toBeNull();
    expect(loopWords({ ...spec, notice: { rejected: "No ({outcome})." } }, "rejected", null)).toBe("No (rejected).");
  });

  it("speak of an outcome only where it is known", () => {
    expect(outcomeOf(spec, claim(), { ...output })).toBe("approved");
    expect(outcomeOf(spec, claim(), { ...output, amount: 21 })).toBe("modified");
    expect(outcomeOf(spec, claim({ proposal: null }), output)).toBe("labelled");
    expect(outcomeOf(spec, claim({ blind: true, proposal: null }), output)).toBeNull();
    const outcome = { ...spec, notice: { template: "{outcome}", required: true } };
    expect(wordsFor(outcome, claim({ blind: true, proposal: null }), output)).toBeNull();
    expect(lacks(outcome, claim({ blind: true, proposal: null }), { rationale: "", notice: null }, output)).toEqual({});
    expect(spoken(outcome, claim(), { rationale: "", notice: null }, output)).toEqual({});
  });
});

describe("words with a decision", () => {
  const strict: LoopSpec = { ...spec, review: { rationale: "required" }, notice: { required: true } };

  it("are asked for where the loop wants them", () => {
    expect(asksForWords(spec)).toBe(false);
    expect(
      asksForWords({ ...spec, review: { rationale: "optional" }, notice: { template: "x", required: true } }),
    ).toBe(false);
    expect(asksForWords({ ...spec, notice: { required: true } })).toBe(true);
    const found = lacks(strict, claim(), { rationale: "  ", notice: null }, output);
    expect(Object.keys(found)).toEqual(["rationale", "notice"]);
    const own = { text: "It is done.", rejected: false, words: null };
    expect(lacks(strict, claim(), { rationale: "clear", notice: own }, output)).toEqual({});
    expect(Object.keys(lacks(strict, claim(), { rationale: "clear", notice: own }, null))).toEqual(["notice"]);
    expect(lacks(spec, claim(), { rationale: "é".repeat(8193), notice: null }, output).rationale).toContain("16384");
  });

  it("leave out what was not written, and keep what is only the loop's as the loop's", () => {
    expect(spoken(spec, claim(), { rationale: " ", notice: null }, output)).toEqual({});
    const worded = { ...spec, notice: { template: "You get {answer.intent}." } };
    expect(spoken(worded, claim(), { rationale: " clear ", notice: null }, output)).toEqual({
      rationale: "clear",
      notice: "You get a refund.",
    });
    expect(ownNotice(worded, claim(), "You get a refund.", output)).toBeNull();
    expect(ownNotice(worded, claim(), "Sorry.", output)).toMatchObject({ text: "Sorry.", rejected: false });
  });
});
