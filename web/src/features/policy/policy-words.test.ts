import { expect, it } from "vitest";
import { estimateInWords, moved, policyInWords, versionInWords } from "./policy-words";

it("says how cases pass", () => {
  expect(policyInWords({ method: "confidence", auto_at: 0.86, audit_rate: 0.1 })).toBe(
    "Cases pass at a confidence of 0.86 and above; 10\u00a0% of those are checked.",
  );
  const words = policyInWords({
    method: "autonomy",
    target_error: 0.05,
    certainty: 0.95,
    audit_rate: 0.05,
    by: { kind: "class" },
    together: false,
    second_looks: 0.1,
    costs: null,
  });
  expect(words).toContain("with 95\u00a0% certainty that at most 5.0\u00a0% of them are wrong, each class for itself");
  expect(words).toContain("10\u00a0% of what was found right is looked at twice");
});

it("says what moved, and by how much", () => {
  expect(moved(0.35, 0.4)).toBe("5 points more");
  expect(moved(0.4, 0.3871)).toBe("1.3 points less");
  expect(moved(0.4, 0.4001)).toBe("unchanged");
  expect(estimateInWords(null)).toBe("not known");
});

it("says who has to act on a version", () => {
  const name = (id: string) => ({ me: "you", ada: "Ada" })[id] ?? "another member";
  const version = { version: 4, state: "proposed", published_by: "me", proposed_by: "me" };
  expect(versionInWords(version, 3, name)).toBe("You proposed it; another person must publish it.");
  expect(versionInWords({ ...version, proposed_by: "ada" }, 3, name)).toBe(
    "Proposed by Ada; it takes a second person.",
  );
  expect(versionInWords({ version: 4, state: "published", published_by: "me", proposed_by: "ada" }, 4, name)).toBe(
    "Published by you, proposed by Ada; in force.",
  );
});
