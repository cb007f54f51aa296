import type { ModelRow, Share } from "../../shared/api/types";
import { count, percent, plural } from "../../shared/format/format";

/** How a model is called: a bare number among those from here. */
export const nameOf = (model: ModelRow): string => model.name ?? String(model.version);

/** A share with its interval. */
export function shareInWords(share: Share): string {
  return `${percent(share.estimate)} (${percent(share.lower, 0)} to ${percent(share.upper, 0)} of ${count(share.n)})`;
}

/** Which of two models did better where exactly one was right. */
export function versus(of: { against?: string | null; candidate: number; current: number } | null | undefined): string {
  if (!of?.against || of.candidate + of.current === 0) return "";
  return `alone right on ${count(of.candidate)}, ${of.against} on ${count(of.current)}`;
}

/** What the shadow says so far, looked at as often as one likes. */
export function shadowVerdict(shadow: ModelRow["shadow"]): string {
  if (!shadow?.against || shadow.cases === 0) return "";
  if (shadow.p_better <= 0.05) return `better than ${shadow.against}`;
  if (shadow.p_worse <= 0.05) return `worse than ${shadow.against}`;
  return `no difference proven in ${plural(shadow.cases, "case")}`;
}

/** Why a model cannot be promoted now, and what mends it. */
export function refusalInWords(model: ModelRow): string | null {
  if (!model.refusal) return null;
  return model.refusal === "not_evaluated"
    ? "It needs a score on the frozen evaluation set first: push its predictions with `tandem model evaluate`."
    : model.refusal;
}
