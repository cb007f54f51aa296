import type { Claim, FieldSpec, Json, JsonObject, LoopSpec } from "../../shared/api/types";
import { optionsOf } from "../../shared/case-view/options";

/** A notice in the reviewer's own words, and what it was written for. */
export type OwnNotice = {
  text: string;
  /** Whether it was written for a rejection. */
  rejected: boolean;
  /** What the loop's words were then; null where they could not be filled in. */
  words: string | null;
};

/** What goes with a decision in words. `notice` is null while the loop's own words stand. */
export type Voice = { rationale: string; notice: OwnNotice | null };
export type VoiceField = keyof Voice;
/** What is missing or wrong, by field. */
export type Lacks = Partial<Record<VoiceField, string>>;

/** The server's longest rationale and notice, in bytes. */
const LONGEST = 16_384;
const PART = /\{([^{}]*)\}/g;

/** Whether no case of the loop can be decided without words of the reviewer. */
export function asksForWords(spec: LoopSpec): boolean {
  return needsRationale(spec) || (spec.notice?.required === true && !spec.notice.template);
}

export function needsRationale(spec: LoopSpec): boolean {
  return spec.review?.rationale === "required";
}

/**
 * The loop's words for a decision, filled in as the server does; null where it has none, where the
 * answer lacks what they speak of, or where they speak of an outcome that is not known yet.
 */
export function loopWords(spec: LoopSpec, outcome: string | null, output: JsonObject | null): string | null {
  const template = output ? spec.notice?.template : spec.notice?.rejected;
  if (!template) return null;
  let whole = true;
  const text = template.replace(PART, (_, inner: string) => {
    const name = inner.trim();
    const words = name === "outcome" ? outcome : fieldInWords(spec, output, name.replace(/^answer\./, "").split("."));
    whole &&= words !== null;
    return words ?? "";
  });
  return whole ? text : null;
}

function fieldInWords(spec: LoopSpec, output: JsonObject | null, path: string[]): string | null {
  let value: Json | undefined = output ?? undefined;
  for (const step of path) {
    if (!value || typeof value !== "object" || Array.isArray(value) || !Object.hasOwn(value, step)) return null;
    value = value[step];
  }
  const field = spec.answer[path[0] ?? ""];
  if (!Array.isArray(value)) return valueInNotice(value, field);
  const all = value.map((one) => valueInNotice(one, field));
  return all.includes(null) ? null : all.join(", ");
}

function valueInNotice(value: Json | undefined, field: FieldSpec | undefined): string | null {
  if (typeof value === "number") return String(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "string") return null;
  const option = field ? optionsOf(field).find((one) => one.value === value) : undefined;
  return option?.label ?? value;
}

/** How a decision for that output comes out; null where the proposal is hidden from the reviewer. */
export function outcomeOf(spec: LoopSpec, claim: Claim, output: JsonObject | null): string | null {
  if (!output) return "rejected";
  if (claim.blind) return null;
  if (!claim.proposal) return "labelled";
  const values = (answer: JsonObject) => JSON.stringify(Object.keys(spec.answer).map((name) => answer[name] ?? null));
  return values(output) === values(claim.proposal.output) ? "approved" : "modified";
}

/** The loop's words as the reviewer is shown them. */
export function wordsFor(spec: LoopSpec, claim: Claim, output: JsonObject | null): string | null {
  return loopWords(spec, outcomeOf(spec, claim, output), output);
}

/** Whether a notice of the reviewer's own was written for another answer than this one. */
export function isStale(notice: OwnNotice | null, words: string | null, output: JsonObject | null): boolean {
  if (!notice?.text.trim()) return false;
  if (notice.rejected !== (output === null)) return true;
  return notice.words !== null && words !== null && notice.words !== words;
}

/** What keeps a decision from being sent, by field; empty when it may go. */
export function lacks(spec: LoopSpec, claim: Claim, voice: Voice, output: JsonObject | null): Lacks {
  const found: Lacks = {};
  const own = voice.notice?.text.trim() ?? "";
  if (needsRationale(spec) && !voice.rationale.trim()) {
    found.rationale = "Say why in a sentence: this loop keeps it with the decision.";
  } else if (tooLong(voice.rationale)) {
    found.rationale = `At most ${LONGEST} bytes.`;
  }
  // Which outcome it is does not decide whether the words can be filled in.
  if (spec.notice?.required && !own && loopWords(spec, "approved", output) === null) {
    found.notice = output
      ? "The loop has no words for this answer: write what the person affected is told."
      : "The loop has no words for a rejection: write what the person affected is told.";
  } else if (tooLong(own)) {
    found.notice = `At most ${LONGEST} bytes.`;
  } else if (isStale(voice.notice, wordsFor(spec, claim, output), output)) {
    found.notice = "You wrote this for another answer. Read it again; then decide again.";
  }
  return found;
}

function tooLong(text: string): boolean {
  return new TextEncoder().encode(text.trim()).length > LONGEST;
}

/**
 * What a judgment carries: what was written, and the loop's words as they were shown. Words that
 * speak of the outcome are left to the server, which alone knows it for certain.
 */
export function spoken(
  spec: LoopSpec,
  claim: Claim,
  voice: Voice,
  output: JsonObject | null,
): { rationale?: string; notice?: string } {
  const rationale = voice.rationale.trim();
  const template = (output ? spec.notice?.template : spec.notice?.rejected) ?? "";
  const uncertain = [...template.matchAll(PART)].some((part) => part[1]?.trim() === "outcome");
  const notice = voice.notice?.text.trim() || (uncertain ? "" : wordsFor(spec, claim, output)?.trim());
  return { ...(rationale ? { rationale } : {}), ...(notice ? { notice } : {}) };
}

/** A notice that came back; where it is what the loop says anyway, the loop's words stand. */
export function ownNotice(
  spec: LoopSpec,
  claim: Claim,
  text: string | undefined,
  output: JsonObject | null,
): OwnNotice | null {
  const words = wordsFor(spec, claim, output);
  if (text === undefined || text === words) return null;
  return { text, rejected: output === null, words };
}
