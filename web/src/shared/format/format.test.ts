import { expect, it } from "vitest";
import { ago, clock, duration, humanise, percent, plural, shortId } from "./format";

it("writes shares, times and clocks as people read them", () => {
  expect(percent(0.0137)).toBe("1.4\u00a0%");
  expect(percent(null)).toBe("–");
  expect(duration(840)).toBe("840\u00a0ms");
  expect(duration(2400)).toBe("2.4\u00a0s");
  expect(duration(185_000)).toBe("3 min 5 s");
  expect(clock(67)).toBe("1:07");
  expect(clock(-3)).toBe("0:00");
  expect(plural(1, "case")).toBe("1 case");
  expect(plural(1204, "case")).toBe("1,204 cases");
});

it("tells how long ago in one unit", () => {
  const now = Date.parse("2026-01-01T12:00:00Z");
  expect(ago("2026-01-01T11:59:48Z", now)).toBe("12 s ago");
  expect(ago("2026-01-01T09:00:00Z", now)).toBe("3 h ago");
  expect(ago("2026-01-01T12:05:00Z", now)).toBe("in 5 min");
  expect(ago("2026-01-01T12:00:00Z", now)).toBe("now");
});

it("shortens ids and reads codes", () => {
  expect(shortId("case_0199c1f2a3b4c5d6e7f8")).toBe("case_…d6e7f8");
  expect(shortId("case_12")).toBe("case_12");
  expect(humanise("lost_or_stolen_card")).toBe("Lost or stolen card");
});
