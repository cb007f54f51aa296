/**
 * Text offsets on the wire count Unicode code points; JavaScript strings count UTF-16 units. Spans
 * are cut here, at the edge, and nowhere else.
 */
export type Span = { start: number; end: number; weight?: number; label?: string };
export type Piece = { text: string; span: Span | null };

/** Cuts a text at spans, in order, without overlap: of two that overlap the first one wins. */
export function cut(text: string, spans: readonly Span[]): Piece[] {
  const points = Array.from(text);
  const pieces: Piece[] = [];
  let at = 0;
  const sorted = spans
    .filter((span) => span.start >= 0 && span.end > span.start && span.start < points.length)
    .toSorted((a, b) => a.start - b.start || b.end - a.end);
  for (const span of sorted) {
    if (span.start < at) continue;
    if (span.start > at) pieces.push({ text: points.slice(at, span.start).join(""), span: null });
    const end = Math.min(span.end, points.length);
    pieces.push({ text: points.slice(span.start, end).join(""), span });
    at = end;
  }
  if (at < points.length) pieces.push({ text: points.slice(at).join(""), span: null });
  return pieces;
}

/** Number of code points of a text. */
export function length(text: string): number {
  let points = 0;
  for (const _ of text) points += 1;
  return points;
}
