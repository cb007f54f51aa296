import type { Reason } from "../api/types";
import { humanise, percent } from "../format/format";

/** A reason of the route in plain words, for the person who now has the case. */
export function inWords(reason: Reason): string {
  const name = reason.name ? `“${humanise(reason.name)}”` : "";
  const compared =
    reason.value != null && reason.threshold != null
      ? `${percent(reason.value)} against the ${percent(reason.threshold)} asked for`
      : null;
  switch (reason.code) {
    case "low_confidence":
      return compared ? `The model is not sure enough: ${compared}.` : "The model is not sure enough to answer alone.";
    case "confidence":
      return compared ? `The model was sure enough: ${compared}.` : "The model was sure enough.";
    case "no_confidence":
      return "The proposal came without a confidence, so a person looks.";
    case "no_proposal":
      return "No model proposed an answer, so a person gives it.";
    case "full_review":
      return "This loop shows every case to a person.";
    case "requested_human":
      return "The person concerned asked for a person.";
    case "rule":
      return `The rule ${name} sends cases like this to people.`;
    case "rule_error":
      return `The rule ${name} failed on this case, so a person looks.`;
    case "no_rule":
      return "No rule covers this case, so a person looks.";
    case "guardrail":
      return `The guardrail ${name} stopped the proposal.`;
    case "warming_up":
      return "The model is new here: scores are gathered before anything can be certified.";
    case "earning":
      return "Autonomy is being earned: every review counts as evidence.";
    case "demoted":
      return "Autonomy was lost, so a person looks until it is earned again.";
    case "other_model":
      return "Another model proposed this than the one that earned autonomy.";
    case "no_evidence":
      return "Nothing is known yet about proposals like this.";
    case "below_threshold":
      return compared ? `Below the certified threshold: ${compared}.` : "Below the certified threshold.";
    case "autonomy":
      return compared ? `Above the certified threshold: ${compared}.` : "Above the certified threshold.";
    case "singleton":
      return "One answer only was probable enough.";
    case "ambiguous":
      return name ? `Several answers are possible: ${reason.name}.` : "Several answers are possible.";
    case "novel":
      return "No answer is probable enough: this looks unlike anything seen.";
    case "not_calibrated":
      return "Too few answers are known yet to say which others are possible.";
    case "audit":
      return "Drawn by chance to check the automatic answers.";
    case "not_enforced":
      return "The loop is on trial: a share of its cases goes to people for comparison.";
    case "on_the_loop":
      return "The machine acts in this loop; people watch and may veto.";
    case "out_of_the_loop":
      return "The machine acts alone in this loop; a sample is audited.";
    case "max_attempts":
      return "The proposer was asked again as often as allowed; now a person decides.";
    case "autonomy":
      return compared
        ? `The machine has earned to answer cases like this: ${compared}.`
        : "The machine has earned to answer cases like this.";
    case "below_threshold":
      return compared
        ? `The machine has not earned to answer this alone: ${compared}.`
        : "The machine has not earned to answer this alone.";
    case "warming_up":
      return "Thresholds are still being chosen from the first cases, so people review everything.";
    case "earning":
      return "No threshold has earned to act yet, so people review everything.";
    case "demoted":
      return "The machine lost its autonomy here and has to earn it again.";
    case "other_model":
      return "Another model proposed this; the evidence so far is not about it.";
    case "no_evidence":
      return "There is no evidence about cases like this yet.";
    case "singleton":
      return "Only one answer is plausible.";
    case "ambiguous":
      return "More than one answer is plausible.";
    case "novel":
      return "No answer is plausible: the case is unlike those seen before.";
    case "not_calibrated":
      return "There are too few judged cases yet to tell which answers are plausible.";
    case "halted":
      return "The loop is halted, so nothing passes without a person.";
    default:
      return `${humanise(reason.code)}${name ? `: ${name}` : ""}${compared ? ` (${compared})` : ""}.`;
  }
}
