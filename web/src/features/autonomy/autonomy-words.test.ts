import { describe, expect, it } from "vitest";
import type { AutonomyCertificate, AutonomyGroup, StandingOrder } from "../../shared/api/types";
import {
  actorName,
  alarm,
  certificateAssumes,
  certificateInWords,
  firstToShow,
  historyInWords,
  nextInWords,
  orderState,
  peopleInWords,
  raiseInWords,
  realErrorInWords,
  realisedInWords,
} from "./autonomy-words";

const level = { level: 3, threshold: 0.8712, coverage: 0.6, cases: 200, error: 0.01, progress: 0.34, certified: false };
const certificate: AutonomyCertificate = {
  claim: "disagreement",
  acting: null,
  acting_coverage: 0,
  certified: null,
  certified_coverage: 0,
  achievable_coverage: 0.7,
  next: { ...level, further_cases: 120 },
  levels: [],
  waiting: 0,
  overdue: 0,
  sentence: "",
};
const terms = { target_error: 0.05, certainty: 0.95 };

describe("the first claim", () => {
  it("claims nothing before a threshold is certified", () => {
    expect(certificateInWords(certificate, terms)).toBe("No threshold is certified yet, so people review every case.");
  });

  it("tells certified from signed", () => {
    const certified = { ...certificate, certified: 0.91, certified_coverage: 0.5 };
    expect(certificateInWords(certified, terms)).toContain("Nobody has signed for it yet");
    const acting = { ...certified, acting: 0.91, acting_coverage: 0.5 };
    expect(certificateInWords(acting, terms)).toBe(
      "The 50\u00a0% of cases scored 0.910 and above are answered by the machine; of cases like these, at most 5.0\u00a0% are not what reviewers say.",
    );
    expect(certificateInWords({ ...acting, claim: "error" }, terms)).toContain("are wrong.");
  });

  it("says what is still needed, and when there is no end in sight", () => {
    expect(nextInWords(certificate)).toBe(
      "Next: 60\u00a0% of the cases, scored 0.871 and above. 34\u00a0% of the evidence is there; about 120 further reviews to go, as things stand.",
    );
    expect(nextInWords({ ...certificate, next: { ...level, further_cases: null } })).toContain("no end is in sight");
    expect(nextInWords({ ...certificate, next: { ...level, cases: 0, further_cases: null } })).toContain(
      "no case has counted yet",
    );
    expect(nextInWords({ ...certificate, next: null })).toBe("There is no further step to earn.");
  });
});

describe("what people miss", () => {
  const people = {
    share: 0.2,
    looks: 38,
    waiting: 0,
    errors: 12,
    missed: 1,
    miss_rate_at_most: 0.12,
    not_counted_at_most: 0.15,
    certainty: 0.99,
  };

  it("says which claim holds", () => {
    expect(peopleInWords(people, { ...certificate, claim: "error" })).toBe(
      "Reviewers miss at most 12\u00a0% of real errors (38 second looks). The certificate is about real errors.",
    );
    expect(peopleInWords({ ...people, waiting: 3 }, { ...certificate, error_coverage: 0.4 })).toBe(
      "Reviewers miss at most 12\u00a0% of real errors (38 second looks; 3 wait for a second person). Until enough is known, the certificate is about what reviewers say; about real errors it would hold for 40\u00a0% of the cases.",
    );
    expect(peopleInWords({ ...people, looks: 1, miss_rate_at_most: 1 }, null)).toBe(
      "How often reviewers miss an error is not known yet (1 second look).",
    );
  });

  it("bounds real errors of the past only where something is known", () => {
    expect(realErrorInWords({ upper: 0.043, certainty: 0.94 })).toContain("at most 4.3\u00a0% were really wrong");
    expect(realErrorInWords({ upper: 1, certainty: 0.94 })).toContain("nothing is known");
  });

  it("says whether groups hold together", () => {
    expect(certificateAssumes(terms, "error")).not.toContain("group");
    expect(certificateAssumes({ ...terms, by: "class", together: true }, "error")).toContain("for all groups together");
    expect(certificateAssumes({ ...terms, by: "class", together: false }, "error")).toContain(
      "for this group by itself",
    );
  });
});

it("names who signed", () => {
  expect(actorName({ by: { kind: "member", id: "mem_0123456789abcdef", name: "Ada" } })).toBe("Ada");
  expect(actorName({ by: { kind: "member", id: "mem_0123456789abcdef", name: null } })).toBeTruthy();
  expect(actorName({ by: { kind: "machine" } })).toBeNull();
});

it("bounds what was realised only once there is something", () => {
  expect(realisedInWords(null)).toContain("nothing to bound");
  const realised = { estimate: null, lower: 0, upper: 1, certainty: 0.95, cases: 40 };
  expect(realisedInWords(realised)).toContain("nothing is known");
  expect(realisedInWords({ ...realised, estimate: 0.01, lower: 0, upper: 0.04, effective_audits: 11.8 })).toBe(
    "Of the 40 cases that the machine answered by itself, between 0.0\u00a0% and 4.0\u00a0% were wrong, by about 12 audits drawn by chance.",
  );
  expect(realisedInWords({ ...realised, estimate: 0.2, lower: 0.2, upper: 0.2 })).toContain("All 40 cases");
});

it("keeps the alarm between nothing and all of its bar", () => {
  const detector = { evidence: -3, bar: 5, audit_probability: 0.05, surge_left: 0 };
  expect(alarm(detector)).toBe(0);
  expect(alarm({ ...detector, evidence: 2.5 })).toBe(0.5);
  expect(alarm({ ...detector, evidence: 9 })).toBe(1);
});

it("says what a signature changes", () => {
  const proposal = {
    group: "",
    epoch: 1,
    level: 3,
    threshold: 0.8712,
    coverage: 0.6,
    cases: 220,
    target_error: 0.05,
    delta: 0.05,
    claim: "error",
    at: "",
  };
  expect(raiseInWords(proposal, 0.4)).toBe(
    "From the signature on, cases scored 0.871 and above are answered without a person: 60\u00a0% of the cases, where it is 40\u00a0% today.",
  );
});

it("knows where a standing order stands", () => {
  const order: StandingOrder = {
    max_coverage: 0.5,
    expires_at: "2026-06-01T00:00:00Z",
    reason: "quiet season",
    first: "a",
    second: null,
    asked_at: "",
  };
  const now = Date.parse("2026-05-01T00:00:00Z");
  expect(orderState(null, now)).toBe("none");
  expect(orderState(order, now)).toBe("asked");
  expect(orderState({ ...order, second: "b" }, now)).toBe("in force");
  expect(orderState({ ...order, second: "b" }, Date.parse("2026-07-01T00:00:00Z"))).toBe("expired");
});

it("has words for everything that happens, and some for what is to come", () => {
  const by = { kind: "machine" };
  const raised = {
    at: "",
    by,
    kind: "autonomy.raised",
    data: { group: "refund", threshold: 0.9, coverage: 0.5, reason: "quiet" },
  };
  expect(historyInWords(raised).words).toBe("Raised to 50\u00a0% of the cases (refund), at 0.900: quiet");
  const kinds =
    "epoch_began epoch_ended proposed raised lowered surge demoted order_asked order_signed order_voided claim_changed looks_began";
  for (const kind of kinds.split(" ")) {
    expect(historyInWords({ at: "", by, kind: `autonomy.${kind}`, data: {} }).words.length).toBeGreaterThan(10);
  }
  expect(historyInWords({ at: "", by, kind: "autonomy.paused", data: {} }).words).toBe("Autonomy paused");
});

it("shows first what waits for somebody", () => {
  const group = (name: string, standing: string) => ({ group: name, standing }) as AutonomyGroup;
  expect(firstToShow([group("a", "earning"), group("b", "demoted"), group("c", "proposed")])?.group).toBe("c");
  expect(firstToShow([group("a", "earning"), group("b", "demoted")])?.group).toBe("b");
  expect(firstToShow([group("a", "earning")])?.group).toBe("a");
  expect(firstToShow([])).toBeUndefined();
});
