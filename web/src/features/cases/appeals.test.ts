import { expect, it } from "vitest";
import type { Case, Decision, Session } from "../../shared/api/types";
import { mayContest } from "./appeals";

function session(role: Session["roles"][number]["role"], loop = "*"): Session {
  return { member: { id: "m", name: "m", email: "m@x" }, csrf: "c", roles: [{ loop, role }] };
}

const one: Case = {
  id: "case_1",
  loop: "credit",
  loop_version: 1,
  status: "decided",
  input: {},
  created_at: "2026-01-01T00:00:00Z",
};
const decided = (appeal: Decision["appeal"]): Case => ({
  ...one,
  decision: { state: "effective", appeal } as Decision,
});

it("offers an appeal to whoever may lodge one, while the decision can be contested", () => {
  const open = decided({ until: "2026-02-01T00:00:00Z", open: true });
  expect(mayContest(open, session("reviewer"))).toBe(true);
  expect(mayContest(open, session("admin"))).toBe(true);
  expect(mayContest(open, session("auditor"))).toBe(false);
  expect(mayContest(open, session("reviewer", "other"))).toBe(false);
  expect(mayContest(decided({ until: "2026-02-01T00:00:00Z", open: false, state: "open" }), session("admin"))).toBe(
    false,
  );
  expect(mayContest(decided(null), session("admin"))).toBe(false);
  expect(mayContest(one, session("admin"))).toBe(false);
});
