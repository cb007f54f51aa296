import { expect, it } from "vitest";
import { automatic } from "./loop-page";

it("says in short what passes", () => {
  expect(automatic(undefined)).toBe("nothing passes without a person");
  expect(automatic({ confidence: { auto_at: 0.9, audit_rate: 0.1 } })).toContain("at a confidence of 90.0");
  expect(automatic({ autonomy: { target_error: 0.05, certainty: 0.95, audit_rate: 0.05 } })).toContain("certified");
  expect(automatic({ conformal: { alpha: 0.1, audit_rate: 0.05 } })).toContain("exactly one answer");
});
