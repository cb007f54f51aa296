import { expect, it } from "vitest";
import type { Appeal, Case, Decision, Session } from "../../shared/api/types";
import { actionsFor } from "./case-actions";

function session(role: Session["roles"][number]["role"], loop = "*"): Session {
  return { member: { id: "m", name: "m", email: "m@x" }, csrf: "c", roles: [{ loop, role }] };
}

const one: Case = {
  id: "case_1",
  loop: "digits",
  loop_version: 1,
  status: "decided",
  input: {},
  created_at: "2026-01-01T00:00:00Z",
};
const held = { state: "held" } as Decision;
const names = (of: Case, who: Session) => actionsFor(of, who).map((action) => action.name);

it("offers what the role in that loop allows, and nothing else", () => {
  expect(names(one, session("orchestrator"))).toEqual(["reopen"]);
  expect(names(one, session("orchestrator", "other"))).toEqual([]);
  expect(names(one, session("auditor"))).toEqual([]);
  const contested = { ...one, appeals: [{ state: "open" } as Appeal] };
  expect(names(contested, session("orchestrator"))).toEqual([]);
  expect(names({ ...contested, status: "reopened" }, session("orchestrator"))).toEqual([]);
  expect(names({ ...one, status: "queued" }, session("submitter", "digits"))).toEqual(["cancel"]);
  expect(names({ ...one, status: "held", decision: held }, session("admin"))).toEqual(["veto"]);
});
