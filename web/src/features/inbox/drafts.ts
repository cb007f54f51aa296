import type { JsonObject } from "../../shared/api/types";
import type { Authors } from "./authors-draft";
import type { OwnNotice } from "./voice";

/** What is not sent, or was sent and did not arrive; kept per case on this machine. */
export type Draft = {
  /** Null while nothing of the answer was changed. */
  answer: JsonObject | null;
  comment: string;
  rationale?: string;
  notice?: OwnNotice | null;
  /** Who wrote the texts of the answer. */
  authors?: Authors;
  at: number;
};

const PREFIX = "tandem.draft.";
const KEEP_MS = 7 * 86_400_000;

export function loadDraft(caseId: string, storage: Storage = localStorage): Draft | null {
  try {
    const stored = JSON.parse(storage.getItem(PREFIX + caseId) ?? "null") as Draft | null;
    return stored && typeof stored.answer === "object" ? stored : null;
  } catch {
    return null;
  }
}

export function saveDraft(caseId: string, draft: Omit<Draft, "at">, storage: Storage = localStorage): void {
  try {
    storage.setItem(PREFIX + caseId, JSON.stringify({ ...draft, at: Date.now() }));
  } catch {
    // A full storage must not keep anybody from deciding; the draft lives on in memory.
  }
}

export function dropDraft(caseId: string, storage: Storage = localStorage): void {
  storage.removeItem(PREFIX + caseId);
}

/** Forgets drafts that nobody came back to. */
export function sweepDrafts(now: number = Date.now(), storage: Storage = localStorage): void {
  for (const key of Object.keys(storage)) {
    if (!key.startsWith(PREFIX)) continue;
    const draft = loadDraft(key.slice(PREFIX.length), storage);
    if (!draft || now - draft.at > KEEP_MS) storage.removeItem(key);
  }
}
