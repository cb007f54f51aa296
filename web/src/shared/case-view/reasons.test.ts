import { expect, it } from "vitest";
import { inWords } from "./reasons";

it("says why a case waits in words a reviewer uses", () => {
  expect(inWords({ code: "low_confidence", value: 0.553, threshold: 0.9 })).toBe(
    "The model is not sure enough: 55.3\u00a0% against the 90.0\u00a0% asked for.",
  );
  expect(inWords({ code: "guardrail", name: "pii", why: "a telephone number in /reply" })).toBe(
    "The guardrail “Pii” stopped this: a telephone number in /reply.",
  );
  expect(inWords({ code: "rule", name: "big_money" })).toBe("The rule “Big money” sends cases like this to people.");
});

it("has words for every reason of the policy, and some for reasons of tomorrow", () => {
  const codes =
    "guardrail rule rule_error confidence low_confidence no_confidence no_proposal full_review requested_human audit not_enforced on_the_loop out_of_the_loop no_rule autonomy below_threshold warming_up earning demoted other_model model_not_live no_evidence singleton ambiguous novel novelty not_calibrated";
  for (const code of codes.split(" ")) {
    expect(inWords({ code, name: "n" }).length).toBeGreaterThan(20);
  }
  expect(inWords({ code: "novel_input" })).toBe("Novel input.");
});
