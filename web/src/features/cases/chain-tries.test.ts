import { expect, test } from "vitest";
import type { LinkTry } from "../../shared/api/types";
import { said } from "./chain-tries";

const tried: LinkTry = {
  link: "http-1",
  kind: "http",
  started: "2026-01-01T00:00:00Z",
  took_ms: 12,
  outcome: "low_confidence",
};

test("what was too unsure is told with how sure it was, and a check's score is no probability", () => {
  expect(said({ ...tried, output: { intent: "other" }, confidence: 0.5 })).toBe('{"intent":"other"}, 50.0\u00a0%');
  expect(said({ ...tried, kind: "check", confidence: 0.913 })).toBe("score 0.913");
  expect(said(tried)).toBe("–");
});
