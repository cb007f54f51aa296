import { describe, expect, it } from "vitest";
import { alertInWords, emptyIn, givesWay, load, purposes, range, span } from "./queue-words";

describe("words of queues", () => {
  it("says times in one unit", () => {
    expect([0, 59, 60, 5_399, 5_400, 172_800].map(span)).toEqual(["0 s", "59 s", "1 min", "90 min", "2 h", "2 d"]);
    expect(span(null)).toBe("–");
  });

  it("says the load, and what gives way for it", () => {
    const capacity = { looks: 12, source: "said", bound_s: 14_400, gives_way: ["audits"], next: [] };
    expect(load({ ...capacity, wait_s: 3_600 })).toBe("60 min of 4 h");
    expect(load({ ...capacity, wait_s: null })).toBe("nobody can say yet");
    expect(load(null)).toBe("–");
    expect(givesWay(capacity)).toBe(
      "Handed out later: audits. No case passes for it, and no call of a tool gives way.",
    );
    expect(givesWay({ ...capacity, gives_way: [] })).toContain("names nothing that gives way");
  });

  it("does not promise what was not measured", () => {
    expect(emptyIn({ waiting: 4, empty_in_s: null })).toBe("too few judgments to say");
    expect(emptyIn({ waiting: 0, empty_in_s: null })).toBe("empty");
    expect(emptyIn({ waiting: 4, empty_in_s: 600 })).toBe("about 10 min");
  });

  it("names purposes only where they were sent", () => {
    expect(purposes({})).toBe("");
    const sent = [
      { purpose: "decide", tasks: 12 },
      { purpose: "cross_check", tasks: 1 },
    ];
    expect(purposes({ by_purpose: sent })).toBe("12 to decide · 1 second looks");
  });

  it("says what an alert is about", () => {
    const wait = { on: "oldest_wait", queue: "vip", value: 7_200, above: 3_600 };
    expect(alertInWords(wait)).toBe("The oldest case in vip waited 2 h; the bound is 60 min");
    expect(alertInWords({ on: "overdue", queue: null, value: 0.5, above: 0.1 })).toContain("is overdue");
  });

  it("selects a range either way", () => {
    const ids = ["a", "b", "c", "d"];
    expect(range(ids, "b", "d")).toEqual(["b", "c", "d"]);
    expect(range(ids, "d", "b")).toEqual(["b", "c", "d"]);
    expect(range(ids, null, "c")).toEqual(["c"]);
    expect(range(ids, "b", "gone")).toEqual([]);
  });
});
