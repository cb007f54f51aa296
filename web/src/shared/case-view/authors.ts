import type { AuthorSpan } from "../api/types";

/**
 * Who wrote which stretch of a text, in UTF-16 units. Spans cover the text end to end. A model's knows
 * where in the suggestion it begins, so that pieces which belong together become one again and pieces
 * around something deleted do not.
 */
export type Authored = {
  from: number;
  to: number;
  by: "human" | "model";
  /** The suggestion; null for the proposal's own words. */
  suggestion?: string | null;
  /** Where in the suggestion's words it begins. */
  start?: number;
};

export type Source = { by: "human" } | { by: "model"; suggestion: string | null; start: number };

export const person: Source = { by: "human" };

/** A text of one author. */
export function whole(text: string, source: Source): Authored[] {
  return text ? [{ from: 0, to: text.length, ...source }] : [];
}

/** The spans after the signs from `from` to `to` were replaced by `length` signs of somebody. */
export function replaced(
  spans: readonly Authored[],
  from: number,
  to: number,
  length: number,
  source: Source,
): Authored[] {
  const before = spans.filter((span) => span.from < from).map((span) => clip(span, span.from, Math.min(span.to, from)));
  const after = spans.filter((span) => span.to > to).map((span) => clip(span, Math.max(span.from, to), span.to));
  const shift = from + length - to;
  const moved = after.map((span) => ({ ...span, from: span.from + shift, to: span.to + shift }));
  const middle: Authored[] = length > 0 ? [{ from, to: from + length, ...source }] : [];
  return joined([...before, ...middle, ...moved]);
}

function clip(span: Authored, from: number, to: number): Authored {
  return { ...span, from, to, ...(span.start === undefined ? {} : { start: span.start + from - span.from }) };
}

/** Neighbours that one author wrote in one go are one span. */
function joined(spans: readonly Authored[]): Authored[] {
  const out: Authored[] = [];
  for (const span of spans) {
    const last = out.at(-1);
    const goesOn =
      last &&
      last.by === span.by &&
      (span.by === "human" ||
        (last.suggestion === span.suggestion &&
          last.start !== undefined &&
          last.start + last.to - last.from === span.start));
    if (goesOn) last.to = span.to;
    else out.push({ ...span });
  }
  return out;
}

/** Whether spans cover a text of this length end to end. */
export function covers(spans: readonly Authored[], length: number): boolean {
  let at = 0;
  for (const span of spans) {
    if (span.from !== at || span.to <= span.from) return false;
    at = span.to;
  }
  return at === length;
}

/** What changed between two texts, as one stretch; the cursor behind it tells equal signs apart. */
export function changeOf(before: string, after: string, cursor: number): { from: number; to: number; words: string } {
  const behind = after.length - cursor;
  let tail = 0;
  const most = Math.min(before.length, after.length);
  while (tail < most && tail < behind && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  let head = 0;
  while (head < most - tail && before[head] === after[head]) head += 1;
  while (tail < most - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  return { from: head, to: before.length - tail, words: after.slice(head, after.length - tail) };
}

/** The share of signs by models, 0 to 1; null of an empty text. */
export function shareByModels(spans: readonly Pick<Authored, "from" | "to" | "by">[]): number | null {
  const all = spans.reduce((sum, span) => sum + span.to - span.from, 0);
  const model = spans.filter((span) => span.by === "model").reduce((sum, span) => sum + span.to - span.from, 0);
  return all > 0 ? model / all : null;
}

/** The share in words: never "0 %" of something, nor "100 %" of less than all. */
export function shareInWords(share: number): string {
  const rounded = Math.round(share * 100);
  const ai = share > 0 && rounded === 0 ? 1 : share < 1 && rounded === 100 ? 99 : rounded;
  return `AI ${ai} % · human ${100 - ai} %`;
}

/** As the server takes them: in code points. */
export function toWire(text: string, spans: readonly Authored[]): AuthorSpan[] {
  const points = pointsAt(text);
  return spans
    .map((span) => ({
      from: points(span.from),
      to: points(span.to),
      by: span.by,
      ...(span.by === "model" && span.suggestion ? { suggestion: span.suggestion } : {}),
    }))
    .filter((span) => span.to > span.from);
}

/** As this page keeps them, from what the server says or was told. */
export function fromWire(text: string, spans: readonly AuthorSpan[]): Authored[] {
  const units = unitsAt(text);
  return spans.map(({ from, to, by, suggestion }) => ({
    from: units(from),
    to: units(to),
    by,
    ...(by === "model" ? { suggestion: suggestion ?? null } : {}),
  }));
}

/** Code points before a UTF-16 offset. */
export function pointsAt(text: string): (unit: number) => number {
  const before: number[] = [];
  let points = 0;
  for (const sign of text) {
    for (let n = 0; n < sign.length; n += 1) before.push(points);
    points += 1;
  }
  before.push(points);
  return (unit) => before[Math.max(0, Math.min(unit, text.length))] ?? points;
}

/** UTF-16 units before an offset in code points. */
export function unitsAt(text: string): (point: number) => number {
  const starts: number[] = [];
  let unit = 0;
  for (const sign of text) {
    starts.push(unit);
    unit += sign.length;
  }
  return (point) => starts[point] ?? text.length;
}
