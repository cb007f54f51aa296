import type { DryRunEstimate, LoopVersion } from "../../shared/api/types";
import { percent } from "../../shared/format/format";
import type { Policy } from "./policy-text";

const money = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1 });

export function amount(value: number | null | undefined): string {
  return value == null ? "–" : money.format(value);
}

/** "1.4 % (0.9 % to 2.1 %)"; a dash where nothing is known. */
export function estimateInWords(error: DryRunEstimate | null | undefined): string {
  return error ? `${percent(error.estimate)} (${percent(error.lower)} to ${percent(error.upper)})` : "not known";
}

/** How a policy lets cases pass, in one sentence. */
export function policyInWords(policy: Policy): string {
  switch (policy.method) {
    case "review":
      return "Nothing passes without a person.";
    case "confidence":
      return `Cases pass at a confidence of ${policy.auto_at} and above; ${percent(policy.audit_rate, 0)} of those are checked.`;
    case "autonomy": {
      const { target_error, certainty, audit_rate, by, second_looks } = policy;
      const twice =
        second_looks > 0 ? `, and ${percent(second_looks, 0)} of what was found right is looked at twice` : "";
      const each = by === null ? "" : by.kind === "class" ? ", each class for itself" : `, each ${by.name} for itself`;
      return `Cases pass once it is certified with ${percent(certainty, 0)} certainty that at most ${percent(target_error)} of them are wrong${each}; ${percent(audit_rate, 0)} of those are checked${twice}.`;
    }
    case "conformal":
      return `Cases pass where exactly one answer is plausible; at most ${percent(policy.alpha)} of the sets of plausible answers may miss the right one; ${percent(policy.audit_rate, 0)} of those that pass are checked.`;
  }
}

/** What a change of a share amounts to: "5.0 points more", "unchanged". */
export function moved(before: number, after: number): string {
  const points = Math.round((after - before) * 1000) / 10;
  if (points === 0) return "unchanged";
  return `${money.format(Math.abs(points))} points ${points > 0 ? "more" : "less"}`;
}

/** Where a case goes, as people say it. */
export function routeInWords(to: string): string {
  return { auto: "the machine", review: "people", block: "blocked" }[to] ?? to;
}

/** Who asked for a version or published it, and what is still to be done. */
export function versionInWords(version: LoopVersion, inForce: number, name: (id: string) => string): string {
  const proposer = version.proposed_by ? name(version.proposed_by) : null;
  if (version.state === "proposed") {
    return proposer === "you"
      ? "You proposed it; another person must publish it."
      : `Proposed by ${proposer ?? "another person"}; it takes a second person.`;
  }
  const publisher = version.published_by ? name(version.published_by) : null;
  if (version.state === "draft") return publisher ? `Kept by ${publisher}.` : "Kept as a draft.";
  const by = publisher ? `Published by ${publisher}` : "Published";
  const two = proposer && proposer !== publisher ? `, proposed by ${proposer}` : "";
  return `${by}${two}${version.version === inForce ? "; in force" : ""}.`;
}
