import type { Reason } from "../api/types";
import { humanise, percent } from "../format/format";

function amount(value: number): string {
  return value.toLocaleString("en-GB", { maximumFractionDigits: 2 });
}

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
      return `The guardrail ${name} stopped this${reason.why ? `: ${reason.why}` : ""}.`;
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
    case "model_not_live":
      return notLive(reason.name);
    case "no_evidence":
      return "There is no evidence about cases like this yet.";
    case "singleton":
      return "Only one answer is plausible.";
    case "ambiguous":
      return reason.name ? `More than one answer is plausible: ${reason.name}.` : "More than one answer is plausible.";
    case "novel":
      return "No answer is plausible: the case is unlike those seen before.";
    case "novelty":
      return "The case is unlike anything the machine has learned from.";
    case "not_calibrated":
      return "There are too few judged cases yet to tell which answers are plausible.";
    case "limit":
      return reason.value != null && reason.threshold != null
        ? `The limit ${name} would be exceeded: ${amount(reason.value)} of ${amount(reason.threshold)}.`
        : `The limit ${name} would be exceeded.`;
    case "limit_error":
      return `The limit ${name} could not be computed for this case, so a person looks.`;
    case "halted":
      return "The loop is halted, so nothing passes without a person.";
    default:
      return `${humanise(reason.code)}${name ? `: ${name}` : ""}${compared ? ` (${compared})` : ""}.`;
  }
}

function notLive(stage: string | null | undefined): string {
  switch (stage) {
    case "canary":
      return "The model that proposed this is new here: people see everything it says.";
    case "shadow":
      return "The model that proposed this is still in the shadow: it was not promoted yet.";
    case "retired":
      return "The model that proposed this was replaced or taken out of use.";
    default:
      return "Nobody registered the model that proposed this, so a person looks.";
  }
}
