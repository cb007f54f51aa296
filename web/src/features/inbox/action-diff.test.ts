import { describe, expect, it } from "vitest";
import { inWords } from "../../shared/case-view/reasons";
import { changedPlaces, withUnseen } from "./action-diff";
import { gaps } from "./answer-draft";

describe("a call of a tool", () => {
  it("says what was changed, by path", () => {
    const before = { order: "A-17", amount: 240, to: { iban: "x" } };
    const after = { order: "A-17", amount: 120, to: { iban: "y" }, note: "half" };
    expect(changedPlaces(before, after)).toEqual([
      { path: "amount", before: "240", after: "120" },
      { path: "to.iban", before: "x", after: "y" },
      { path: "note", before: "nothing", after: "half" },
    ]);
    expect(changedPlaces(before, before)).toEqual([]);
  });

  it("writes out what the eye cannot see", () => {
    const parts = withUnseen("pay\u202E\u200Bme\u{E0041}");
    expect(parts.filter((part) => part.unseen).map((part) => part.text)).toEqual(["U+202E", "U+200B", "U+E0041"]);
    expect(parts.filter((part) => !part.unseen).map((part) => part.text)).toEqual(["pay", "me"]);
  });

  it("is complete when its arguments fit, or when an answer is given in its place", () => {
    const schema = { type: "object", required: ["amount"], properties: { amount: { type: "number", maximum: 500 } } };
    const spec = {
      loop: "refunds",
      input: {},
      answer: { refund: { kind: "action" as const, tools: { refund: { schema } } } },
    };
    const gap = (refund: object) => gaps(spec, { refund: refund as never }).refund;
    expect(gap({ tool: "refund", arguments: { amount: 240 } })).toBeUndefined();
    expect(gap({ tool: "refund", arguments: {} })).toContain("missing");
    expect(gap({ tool: "refund", arguments: { amount: 900 } })).toContain("amount");
    expect(gap({ tool: "other", arguments: {} })).toContain("tool");
    expect(gap({ respond: " " })).toContain("answer");
    expect(gap({ respond: "paid on Monday" })).toBeUndefined();
  });

  it("is explained where a limit holds it", () => {
    expect(inWords({ code: "limit", name: "per day", value: 210, threshold: 200 })).toBe(
      "The limit “Per day” would be exceeded: 210 of 200.",
    );
  });
});
