import { describe, expect, it } from "vitest";
import type { LoopSpec } from "../../shared/api/types";
import { activeChoice, gaps, isPlain } from "./answer-draft";

const digits: LoopSpec = { loop: "digits", input: {}, answer: { digit: { kind: "choice", options: ["0", "1"] } } };
const invoice: LoopSpec = {
  loop: "invoices",
  input: {},
  answer: {
    kind: { kind: "choice", options: ["a", "b"] },
    amount: { kind: "number", min: 0, max: 100 },
    note: { kind: "text", required: false, max_length: 5 },
  },
};

describe("answers", () => {
  it("knows a plain choice, which one key sends", () => {
    expect(isPlain(digits)).toBe(true);
    expect(isPlain(invoice)).toBe(false);
    expect(isPlain({ ...digits, checklist: [{ id: "pii", text: "No personal data", required: true }] })).toBe(false);
    expect(isPlain({ ...digits, review: { rationale: "required" } })).toBe(false);
  });

  it("names what is missing or out of range", () => {
    expect(gaps(invoice, { kind: "a", amount: 101 })).toEqual({ amount: "At most 100." });
    expect(gaps(invoice, { amount: 3, note: "😀😀😀😀😀" })).toEqual({ kind: "This is still missing." });
    expect(gaps(invoice, { kind: "b", amount: 3 })).toEqual({});
  });

  it("gives option keys to the first open choice", () => {
    const two: LoopSpec = {
      ...digits,
      answer: { first: { kind: "choice", options: ["a"] }, second: { kind: "choice", options: ["b"] } },
    };
    expect(activeChoice(two, {})).toBe("first");
    expect(activeChoice(two, { first: "a" })).toBe("second");
    expect(activeChoice({ ...digits, answer: { t: { kind: "text" } } }, {})).toBeNull();
  });
});
