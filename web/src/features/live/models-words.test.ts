import { describe, expect, it } from "vitest";
import type { ModelRow } from "../../shared/api/types";
import { nameOf, refusalInWords, shadowVerdict, shareInWords, versus } from "./models-words";

const model: ModelRow = { version: 8, name: "intent@8", stage: "shadow" };
const shadow = {
  right: { estimate: 0.9, lower: 0.8, upper: 0.95, n: 40 },
  against: "intent@7",
  cases: 40,
  candidate: 9,
  current: 0,
  p_better: 0.01,
  p_worse: 1,
};

describe("models in words", () => {
  it("names them and states intervals", () => {
    expect(nameOf(model)).toBe("intent@8");
    expect(nameOf({ version: 3, stage: "live" })).toBe("3");
    expect(shareInWords(shadow.right)).toBe("90.0\u00a0% (80\u00a0% to 95\u00a0% of 40)");
  });

  it("compares only where exactly one is right", () => {
    expect(versus({ against: "intent@7", candidate: 5, current: 1 })).toBe("alone right on 5, intent@7 on 1");
    expect(versus({ against: "intent@7", candidate: 0, current: 0 })).toBe("");
    expect(versus(null)).toBe("");
  });

  it("claims better or worse only with evidence", () => {
    expect(shadowVerdict(shadow)).toBe("better than intent@7");
    expect(shadowVerdict({ ...shadow, p_better: 1, p_worse: 0.02 })).toBe("worse than intent@7");
    expect(shadowVerdict({ ...shadow, p_better: 0.4 })).toBe("no difference proven in 40 cases");
    expect(shadowVerdict(null)).toBe("");
  });

  it("says how a refusal is mended", () => {
    expect(refusalInWords(model)).toBeNull();
    expect(refusalInWords({ ...model, refusal: "not_evaluated" })).toContain("tandem model evaluate");
  });
});
