import type { AuthorSpan, JsonObject, LoopSpec, Proposal } from "../../shared/api/types";
import { type Authored, covers, fromWire, person, toWire, whole } from "../../shared/case-view/authors";

/** Who wrote the texts of an answer so far, by field. */
export type Authors = Record<string, Authored[]>;

/** Whether the co-pilot of a loop suggests for a field. */
export function isServed(spec: LoopSpec, name: string): boolean {
  const fields = spec.copilot?.fields;
  return spec.copilot !== undefined && spec.answer[name]?.kind === "text" && (!fields?.length || fields.includes(name));
}

/** Who wrote a text: as it was kept, else the proposal where it is its words, else a person. */
export function authorsOf(
  authors: Authors,
  name: string,
  text: string,
  proposal: Pick<Proposal, "output"> | null,
): Authored[] {
  const kept = authors[name];
  if (kept && covers(kept, text.length)) return kept;
  const proposed = proposal?.output[name] === text;
  return whole(text, proposed ? { by: "model", suggestion: null, start: 0 } : person);
}

/** What goes with an answer about who wrote its texts; nothing in loops without a co-pilot. */
export function provenanceOf(
  spec: LoopSpec,
  answer: JsonObject,
  authors: Authors,
  proposal: Pick<Proposal, "output"> | null,
): Record<string, AuthorSpan[]> | undefined {
  if (!spec.copilot) return undefined;
  const told = Object.keys(spec.answer).flatMap((name) => {
    const text = answer[name];
    if (spec.answer[name]?.kind !== "text" || typeof text !== "string" || text === "") return [];
    return [[name, toWire(text, authorsOf(authors, name, text, proposal))] as const];
  });
  return told.length ? Object.fromEntries(told) : undefined;
}

/** Who wrote the texts of an answer that came back. */
export function authorsSaid(answer: JsonObject, said: Record<string, AuthorSpan[]>): Authors {
  const back = Object.entries(said).flatMap(([name, spans]) => {
    const text = answer[name];
    return typeof text === "string" ? [[name, fromWire(text, spans)] as const] : [];
  });
  return Object.fromEntries(back);
}
