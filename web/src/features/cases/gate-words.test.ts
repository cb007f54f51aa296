import { expect, it } from "vitest";
import { alarmInWords, gateFacts } from "./gate-words";

const gate = { tool: "refund", expires_at: "2026-12-01T00:00:00Z" };

it("says what somebody should look at, and nothing where nothing is wrong", () => {
  expect(alarmInWords(gate)).toBeNull();
  expect(alarmInWords({ ...gate, alarm: "unconsumed" })?.title).toBe("Nobody took this call up");
  expect(alarmInWords({ ...gate, alarm: "execution_unknown" })?.words).toContain("no result came back");
  expect(alarmInWords({ ...gate, alarm: "of_tomorrow" })?.title).toBe("Of tomorrow");
});

it("tells what is known of a call", () => {
  expect(gateFacts({ ...gate, target: "production", execution: "succeeded" })).toEqual([
    ["Tool", "refund"],
    ["Acts on", "production"],
    ["Result", "succeeded"],
  ]);
});
