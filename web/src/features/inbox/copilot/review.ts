import type { Hunk, Suggestion } from "../../../shared/api/types";
import { type Authored, replaced, unitsAt } from "../../../shared/case-view/authors";

export type Verdict = "kept" | "reverted" | null;

/** A change of a revision as it is reviewed, in UTF-16 units of the text before. */
export type Change = {
  from: number;
  to: number;
  /** What goes. */
  gone: string;
  /** What comes in its place. */
  come: string;
  /** Where in the suggestion's words that begins. */
  start: number;
  before: string;
  after: string;
};

/** Signs of the text around a change that are shown with it. */
const AROUND = 48;

/** The changes of a revision of `text`. */
export function changesOf(text: string, suggestion: Pick<Suggestion, "from" | "hunks">): Change[] {
  const units = unitsAt(text);
  let shift = -units(suggestion.from);
  return suggestion.hunks.map((hunk: Hunk) => {
    const [from, to] = [units(hunk.from), units(hunk.to)];
    const start = from + shift;
    shift += hunk.text.length - (to - from);
    return {
      from,
      to,
      gone: text.slice(from, to),
      come: hunk.text,
      start,
      before: lead(text.slice(Math.max(0, from - AROUND), from), from > AROUND),
      after: trail(text.slice(to, to + AROUND), to + AROUND < text.length),
    };
  });
}

function lead(text: string, cutOff: boolean): string {
  const line = text.slice(text.lastIndexOf("\n") + 1);
  return cutOff && line === text ? `…${text.replace(/^\S*\s/, "")}` : line;
}

function trail(text: string, cutOff: boolean): string {
  const end = text.indexOf("\n");
  if (end >= 0) return text.slice(0, end);
  return cutOff ? `${text.replace(/\s\S*$/, "")}…` : text;
}

/** The text and its authors with the changes that were kept; nothing else moves. */
export function withKept(
  text: string,
  authors: readonly Authored[],
  changes: readonly Change[],
  verdicts: readonly Verdict[],
  suggestion: string,
): { text: string; authors: Authored[] } {
  let [out, spans] = [text, [...authors]];
  for (let n = changes.length - 1; n >= 0; n -= 1) {
    const change = changes[n];
    if (!change || verdicts[n] !== "kept") continue;
    out = out.slice(0, change.from) + change.come + out.slice(change.to);
    const source = { by: "model", suggestion, start: change.start } as const;
    spans = replaced(spans, change.from, change.to, change.come.length, source);
  }
  return { text: out, authors: spans };
}

/** The next change without a verdict after `at`, else the next one, else the same. */
export function nextOpen(verdicts: readonly Verdict[], at: number): number {
  for (let step = 1; step <= verdicts.length; step += 1) {
    const n = (at + step) % verdicts.length;
    if (verdicts[n] === null) return n;
  }
  return Math.min(at + 1, verdicts.length - 1);
}

/** The first word of a suggestion with the blanks before it, and a blank that ends it. */
export function firstWord(words: string): string {
  return /^\s*(?:[\p{L}\p{N}\p{M}'’-]+|[^\s])[^\S\n]?/u.exec(words)?.[0] ?? words;
}
