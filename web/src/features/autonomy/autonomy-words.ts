/** The three claims in words. They are never merged: each says something else. */
import type {
  Autonomy,
  AutonomyCertificate,
  AutonomyDetector,
  AutonomyEvent,
  AutonomyGroup,
  AutonomyPeople,
  AutonomyProposal,
  ErrorInterval,
  JsonObject,
  StandingOrder,
} from "../../shared/api/types";
import { count, humanise, percent, plural, shortId } from "../../shared/format/format";
import type { Tone } from "../../shared/ui/kit";

export type Standing = "warming_up" | "earning" | "proposed" | "acting" | "demoted";

const STANDINGS: Record<string, { words: string; tone: Tone }> = {
  warming_up: { words: "warming up", tone: "neutral" },
  earning: { words: "earning", tone: "accent" },
  proposed: { words: "waits for a signature", tone: "warn" },
  acting: { words: "acting", tone: "good" },
  demoted: { words: "demoted", tone: "bad" },
};

export function standingOf(group: Pick<AutonomyGroup, "standing">): { words: string; tone: Tone } {
  return STANDINGS[group.standing] ?? { words: humanise(group.standing), tone: "neutral" };
}

export function threshold(value: number | null | undefined): string {
  return value == null ? "–" : value.toPrecision(3);
}

/** A group's name; the whole loop where there are no groups. */
export function groupName(group: string): string {
  return group === "" ? "all cases" : group;
}

const wrong = (claim: string) => (claim === "error" ? "wrong" : "not what reviewers say");

/** What the certificate claims. */
export function certificateInWords(
  certificate: AutonomyCertificate,
  terms: Pick<Autonomy, "target_error" | "certainty">,
): string {
  const { acting, acting_coverage, certified, certified_coverage, claim } = certificate;
  if (acting == null && certified == null) return "No threshold is certified yet, so people review every case.";
  const target = percent(terms.target_error);
  if (acting == null) {
    return `Certified: of the ${percent(certified_coverage, 0)} of cases scored ${threshold(certified)} and above, at most ${target} are ${wrong(claim)}. Nobody has signed for it yet, so people review every case.`;
  }
  return `The ${percent(acting_coverage, 0)} of cases scored ${threshold(acting)} and above are answered by the machine; of cases like these, at most ${target} are ${wrong(claim)}.`;
}

/** How often reviewers miss an error, and which claim that allows. */
export function peopleInWords(
  people: AutonomyPeople,
  certificate: Pick<AutonomyCertificate, "claim" | "error_coverage"> | null | undefined,
): string {
  const looks = plural(people.looks, "second look");
  const known = people.miss_rate_at_most < 1;
  const most = `Reviewers miss at most ${percent(people.miss_rate_at_most, 0)} of real errors`;
  const wait = people.waiting > 0 ? `; ${count(people.waiting)} wait for a second person` : "";
  const first = known
    ? `${most} (${looks}${wait}).`
    : `How often reviewers miss an error is not known yet (${looks}${wait}).`;
  if (!certificate) return first;
  if (certificate.claim === "error") return `${first} The certificate is about real errors.`;
  const would = certificate.error_coverage
    ? `; about real errors it would hold for ${percent(certificate.error_coverage, 0)} of the cases`
    : "";
  return `${first} Until enough is known, the certificate is about what reviewers say${would}.`;
}

/** How often the first claim may be wrong, and when it holds. */
export function certificateAssumes(
  terms: Pick<Autonomy, "certainty"> & Partial<Pick<Autonomy, "by" | "together">>,
  claim: string,
): string {
  const people =
    claim === "error" ? "how often reviewers miss an error is accounted for" : "reviewers are taken at their word";
  const whose = !terms.by ? "" : terms.together ? " for all groups together," : " for this group by itself,";
  return `Holds with ${percent(terms.certainty, 0)} certainty${whose} for this model, as long as cases stay as they were and ${people}.`;
}

/** What is still needed for the next step. */
export function nextInWords(certificate: AutonomyCertificate): string {
  const { next, acting } = certificate;
  if (!next) return "There is no further step to earn.";
  const what = acting == null ? "review" : "case";
  const further =
    next.cases === 0
      ? "no case has counted yet"
      : next.further_cases === 0
        ? "it is about to be reached"
        : next.further_cases == null
          ? "at the errors seen so far, no end is in sight"
          : `about ${plural(next.further_cases, `further ${what}`)} to go, as things stand`;
  return `Next: ${percent(next.coverage, 0)} of the cases, scored ${threshold(next.threshold)} and above. ${percent(next.progress, 0)} of the evidence is there; ${further}.`;
}

/** What the realised bound claims. */
export function realisedInWords(realised: ErrorInterval | null | undefined): string {
  if (!realised?.cases) return "The machine has answered nothing by itself yet, so there is nothing to bound.";
  const cases = plural(realised.cases, "case");
  if (realised.estimate === null) {
    return `The machine answered ${cases} by itself. No audit of these was judged yet, so nothing is known about them.`;
  }
  const { lower, upper, effective_audits } = realised;
  if (lower === upper)
    return `All ${cases} that the machine answered by itself were audited: ${percent(upper)} were wrong.`;
  const by = effective_audits ? `, by about ${plural(Math.round(effective_audits), "audit")} drawn by chance` : "";
  return `Of the ${cases} that the machine answered by itself, between ${percent(lower)} and ${percent(upper)} were wrong${by}.`;
}

/** What the realised bound says of real errors. */
export function realErrorInWords(real: { upper: number; certainty: number }): string {
  return real.upper >= 1
    ? "With what reviewers may miss, nothing is known about real errors yet."
    : `With what reviewers may miss, at most ${percent(real.upper)} were really wrong (${percent(real.certainty, 0)} certainty).`;
}

export function realisedAssumes(realised: ErrorInterval | null | undefined): string {
  const certainty = realised ? percent(realised.certainty, 0) : "the stated";
  return `Holds with ${certainty} certainty at every moment, whatever happens to the cases, as long as audits are drawn by chance and judged right.`;
}

/** What the detector says now. */
export function detectorInWords(detector: AutonomyDetector, acting: boolean): string {
  if (!acting) return "Nothing is answered by the machine, so there is nothing to watch.";
  const share = percent(alarm(detector), 0);
  return `${share} of the evidence that would take autonomy back at once.`;
}

export const DETECTOR_ASSUMES =
  "An alarm and no bound: it finds that cases got worse after some hundreds of them, and rarely goes off without cause.";

/** The detector's evidence against its bar, from 0 to 1. */
export function alarm({ evidence, bar }: AutonomyDetector): number {
  return bar > 0 ? Math.min(1, Math.max(0, evidence / bar)) : 0;
}

export function auditsInWords(detector: AutonomyDetector): string {
  return detector.surge_left > 0
    ? `After an error, each of the next ${count(detector.surge_left)} automatic cases is audited.`
    : `${percent(detector.audit_probability, 0)} of the automatic cases are audited.`;
}

/** What changes when a proposal is signed. */
export function raiseInWords(proposal: AutonomyProposal, now: number): string {
  return `From the signature on, cases scored ${threshold(proposal.threshold)} and above are answered without a person: ${percent(proposal.coverage, 0)} of the cases, where it is ${percent(now, 0)} today.`;
}

export type OrderState = "none" | "asked" | "in force" | "expired";

export function orderState(order: StandingOrder | null | undefined, now: number): OrderState {
  if (!order) return "none";
  if (Date.parse(order.expires_at) <= now) return "expired";
  return order.second ? "in force" : "asked";
}

/** One line of history. */
export function historyInWords({ kind, data }: AutonomyEvent): { words: string; tone: Tone } {
  const group = typeof data.group === "string" && data.group ? ` (${data.group})` : "";
  const [coverage, at] = [share(data, "coverage"), number(data, "threshold")];
  const why = typeof data.reason === "string" && data.reason ? `: ${data.reason}` : "";
  switch (kind) {
    case "autonomy.epoch_began":
      return {
        words: `Epoch ${number(data, "epoch") ?? "–"} began${group}: thresholds were chosen, and evidence counts from here`,
        tone: "neutral",
      };
    case "autonomy.epoch_ended":
      return { words: `Epoch ${number(data, "epoch") ?? "–"} ended${group}${humanReason(data)}`, tone: "neutral" };
    case "autonomy.proposed":
      return {
        words: `${coverage ?? "A share"} of the cases earned to be automatic${group}, at ${threshold(at)}`,
        tone: "warn",
      };
    case "autonomy.raised":
      return { words: `Raised to ${coverage ?? "–"} of the cases${group}, at ${threshold(at)}${why}`, tone: "good" };
    case "autonomy.lowered":
      if (data.reason === "evidence_taken_back")
        return {
          words: `Taken back${group}: judgments were withdrawn, and the evidence no longer reaches`,
          tone: "warn",
        };
      return {
        words: `Taken back${group} to ${at == null ? "full review" : `the threshold ${threshold(at)}`}${why}`,
        tone: "warn",
      };
    case "autonomy.claim_changed":
      return { words: `The certificate is about real errors from here on${group}`, tone: "good" };
    case "autonomy.looks_began":
      return {
        words: `Second looks began at ${share(data, "share") ?? "a share"} of agreements: they tell how often reviewers miss an error`,
        tone: "neutral",
      };
    case "autonomy.surge":
      return {
        words: `An audit found an error${group}: the next ${number(data, "cases") ?? "–"} automatic cases are all audited`,
        tone: "warn",
      };
    case "autonomy.demoted":
      return {
        words: `Lost${group}: ${number(data, "errors") ?? "–"} wrong in ${number(data, "audits") ?? "–"} audits set off the alarm`,
        tone: "bad",
      };
    case "autonomy.order_asked":
      return {
        words: `A standing order was asked for, up to ${share(data, "max_coverage") ?? "–"} of the cases`,
        tone: "neutral",
      };
    case "autonomy.order_signed":
      return {
        words: `A second person agreed to a standing order, up to ${share(data, "max_coverage") ?? "–"} of the cases`,
        tone: "good",
      };
    case "autonomy.order_voided":
      return {
        words:
          data.reason === "demoted"
            ? "The standing order ended, because autonomy was lost"
            : "The standing order was ended",
        tone: "neutral",
      };
    default:
      return { words: humanise(kind), tone: "neutral" };
  }
}

function humanReason(data: JsonObject): string {
  return typeof data.reason === "string" && data.reason ? `: ${humanise(data.reason).toLowerCase()}` : "";
}

function number(data: JsonObject, name: string): number | null {
  const value = data[name];
  return typeof value === "number" ? value : null;
}

function share(data: JsonObject, name: string): string | null {
  const value = number(data, name);
  return value === null ? null : percent(value, 0);
}

/** Who did it, where that was a person or a key. */
export function actorName({ by }: Pick<AutonomyEvent, "by">): string | null {
  if (by.kind !== "member" && by.kind !== "key") return null;
  return by.name || (by.id ? shortId(by.id) : null);
}

/** The group to look at first: what waits for somebody, then what was lost, then the first. */
export function firstToShow(groups: readonly AutonomyGroup[]): AutonomyGroup | undefined {
  const by = (standing: string) => groups.find((group) => group.standing === standing);
  return by("proposed") ?? by("demoted") ?? groups[0];
}
