import { describe, expect, it } from "vitest";
import type { NotificationItem } from "./notification-types";
import { headline, KINDS, target } from "./notification-words";

const item = (more: Partial<NotificationItem>): NotificationItem => ({
  id: "ntf_1",
  kind: "approval",
  loop: "refunds",
  case: "case_1",
  run: null,
  title: "Refunds",
  tool: null,
  risk: null,
  on: null,
  queue: null,
  due: null,
  waiting: null,
  at: "2026-01-01T00:00:00Z",
  read_at: null,
  ...more,
});

describe("what a notification says", () => {
  it("names the tool of a call", () => {
    expect(headline(item({ tool: "Send money" }))).toBe("Approval wanted: Send money");
  });

  it("names what is watched", () => {
    expect(headline(item({ kind: "alert", on: "oldest_wait" }))).toBe("Alert: oldest wait");
  });

  it("counts what waits", () => {
    expect(headline(item({ kind: "digest", waiting: 3 }))).toBe("3 cases wait for review");
  });

  it("has a word for every kind and a page for each", () => {
    for (const [kind] of KINDS) {
      expect(headline(item({ kind }))).not.toBe("");
      expect(target(item({ kind, case: null }))).toMatch(/^\//);
    }
    expect(target(item({}))).toBe("/cases/case_1");
    expect(target(item({ case: null, run: "run_1", kind: "alert" }))).toBe("/runs/run_1");
  });
});
