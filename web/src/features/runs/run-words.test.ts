import { describe, expect, it } from "vitest";
import type { RunOrder, RunView } from "../../shared/api/types";
import { brief, fits, goalState, LENSES, lensOf, meters, runOf, seconds, tookMs, versions } from "./run-words";

// The wire's own word for what happens at the end of a budget.
const atEnd = (what: string) => JSON.parse(`{"then": "${what}"}`) as { then: string };

const run = (more: Partial<RunView> = {}): RunView => ({
  id: "run_01jd0000000000000000000000",
  loop: "tickets",
  state: "running",
  epoch: 0,
  obeyed: 0,
  instruction: { version: 1, goal: "tidy up", constraints: [], epoch: 0 },
  budget: { steps: 10, ...atEnd("pause") },
  used: { steps: 4, failed: 0, cost: 0, time_s: 0, share: 0.4 },
  pending: [],
  open_gates: 0,
  alerts: [],
  started_by: "key_1",
  agent: "refund-bot",
  created_at: "2026-11-28T08:00:00Z",
  seen_at: "2026-11-28T08:00:00Z",
  ...more,
});

const order = (more: Partial<RunOrder>): RunOrder => ({
  epoch: 1,
  kind: "redirect",
  reason: "they called",
  by: "mem_1",
  at: "2026-11-28T08:00:00Z",
  ...more,
});

describe("the fleet's lenses", () => {
  it("shows a run under its state, loop and agent only", () => {
    const [paused, stuck] = [lensOf("paused"), lensOf("stuck")];
    expect(fits(run(), lensOf(null), null, null)).toBe(true);
    expect(fits(run({ state: "pausing" }), paused, "tickets", "key_1")).toBe(true);
    expect(fits(run({ state: "paused" }), paused, "refunds", null)).toBe(false);
    expect(fits(run(), lensOf("all"), null, "key_2")).toBe(false);
    const alert = { kind: "stuck" as const, at: "", detail: "" };
    expect(fits(run({ alerts: [alert] }), stuck, null, null)).toBe(true);
    const cleared = { ...alert, cleared: { by: "mem_1", at: "", reason: "it waits" } };
    expect(fits(run({ alerts: [cleared] }), stuck, null, null)).toBe(false);
    expect(fits(run({ alerts: [alert], state: "stopped" }), stuck, null, null)).toBe(false);
  });

  it("names every lens once", () => {
    expect(new Set(LENSES.map((lens) => lens.name)).size).toBe(LENSES.length);
  });
});

describe("events of runs", () => {
  it("finds the run in the details, or in the event's id for those who see none", () => {
    const id = "01jd0000000000000000000000";
    expect(runOf({ kind: "run.step", data: { run: `run_${id}` } })).toBe(`run_${id}`);
    expect(runOf({ kind: "run.step", id: `evt_${id}-12.1` })).toBe(`run_${id}`);
    expect(runOf({ kind: "case.submitted", id: `evt_${id}-12` })).toBeNull();
  });
});

describe("orders", () => {
  it("measures from the order to the check-in that obeyed", () => {
    expect(tookMs(order({}))).toBeNull();
    expect(tookMs(order({ acknowledged_at: "2026-11-28T08:00:01.250Z" }))).toBe(1250);
  });

  it("says whether the newest goal was taken up", () => {
    const instruction = { version: 2, goal: "call back", constraints: [], epoch: 3 };
    expect(goalState(run())).toBe("first");
    expect(goalState(run({ instruction, epoch: 3, obeyed: 2 }))).toBe("pending");
    expect(goalState(run({ instruction, epoch: 3, obeyed: 3 }))).toBe("obeyed");
  });

  it("keeps every version of the goal, the first from the order that replaced it", () => {
    const first = { version: 1, goal: "tidy up", constraints: [], epoch: 0 };
    const second = { version: 2, goal: "call back", constraints: [], epoch: 1 };
    const third = { version: 3, goal: "wait", constraints: [], epoch: 2 };
    const orders = [
      order({ instruction: second, replaced: first }),
      order({ epoch: 2, instruction: third, replaced: second }),
    ];
    const all = versions(run({ instruction: third }), orders);
    expect(all.map(({ version, goal }) => [version, goal])).toEqual([
      [3, "wait"],
      [2, "call back"],
      [1, "tidy up"],
    ]);
    expect(all[0]?.order?.epoch).toBe(2);
  });
});

describe("budgets", () => {
  it("reads durations as the server writes them", () => {
    expect([seconds("90s"), seconds("1h30m"), seconds("250ms"), seconds("2d")]).toEqual([90, 5400, 0.25, 172_800]);
  });

  it("has a share for every part that has a limit", () => {
    const [steps, cost, time] = meters(run({ budget: { steps: 10, time: "1m", ...atEnd("stop") } }));
    expect(steps).toMatchObject({ used: "4", limit: "10", share: 0.4 });
    expect(cost?.limit).toBeNull();
    expect(time?.share).toBe(0);
  });

  it("cuts what is too long for a line", () => {
    expect(brief({ a: 1 })).toBe('{"a":1}');
    expect(brief("x".repeat(300)).length).toBe(120);
    expect(brief(null)).toBe("");
  });
});
