import { useCallback, useEffect, useRef, useState } from "react";
import { api } from "../../../shared/api/client";
import { ApiError, explain } from "../../../shared/api/error";
import type { Suggestions } from "../../../shared/api/types";
import { pointsAt } from "../../../shared/case-view/authors";
import { announce } from "../../../shared/ui/toasts";

/** Words shown at the cursor, not in the text. */
export type Ghost = { at: number; options: { id: string; words: string; start: number }[]; shown: number };

export type Place = { loop: string; caseId: string; field: string };

const PAUSE_MS = 450;
const BACK_OFF_MS = 15_000;
/** No words are wanted any more on this case, whatever is written. */
const FINAL = ["no_copilot", "blind", "claim_lost", "too_many_suggestions", "blocked", "not_found", "forbidden"];

type Asked = { text: string; cursor: number };

/** Asks for words that go on at the cursor, and drops whatever comes after the person went on. */
export function useGhost(place: Place, on: boolean) {
  const [ghost, setGhost] = useState<Ghost | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  const under = useRef<AbortController | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const quietUntil = useRef(0);
  const now = useRef<Asked | null>(null);

  const drop = useCallback(() => {
    clearTimeout(timer.current);
    under.current?.abort();
    under.current = null;
    setAsking(false);
    setGhost(null);
  }, []);

  useEffect(() => drop, [drop]);
  useEffect(() => {
    if (!on) drop();
  }, [on, drop]);

  const ask = useCallback(
    async (asked: Asked, count: number) => {
      // Who asks by a key does not ask again by having paused.
      clearTimeout(timer.current);
      under.current?.abort();
      const control = new AbortController();
      under.current = control;
      setAsking(true);
      try {
        const reply = await api.post<Suggestions>(
          `/v1/loops/${encodeURIComponent(place.loop)}/suggest`,
          {
            case: place.caseId,
            field: place.field,
            text: asked.text,
            cursor: pointsAt(asked.text)(asked.cursor),
            kind: "continue",
            count,
          },
          { signal: control.signal },
        );
        const still = now.current;
        // What a person wrote meanwhile wins over whatever comes late.
        if (control.signal.aborted || still?.text !== asked.text || still.cursor !== asked.cursor) return;
        const options = reply.suggestions.flatMap((one) => (one.id ? [{ id: one.id, words: one.text, start: 0 }] : []));
        setTrouble(null);
        if (options[0]) {
          setGhost({ at: asked.cursor, options, shown: 0 });
          announce(`Suggestion: ${options[0].words.trim()} (Tab takes it, Escape drops it)`);
        }
      } catch (error) {
        if (control.signal.aborted || (error instanceof DOMException && error.name === "AbortError")) return;
        const final = error instanceof ApiError && FINAL.includes(error.code);
        quietUntil.current = final ? Number.POSITIVE_INFINITY : Date.now() + BACK_OFF_MS;
        setTrouble(explain(error));
      } finally {
        if (under.current === control) {
          under.current = null;
          setAsking(false);
        }
      }
    },
    [place.loop, place.caseId, place.field],
  );

  /** The person wrote, or moved: what was shown goes, and after a pause new words are asked for. */
  const moved = useCallback(
    (text: string, cursor: number, wrote: boolean) => {
      const before = now.current;
      // The cursor of a text that is being replaced says nothing: what replaces it was told already.
      if (!wrote && before && before.text !== text) return;
      now.current = { text, cursor };
      if (before?.text === text && before.cursor === cursor) return;
      drop();
      if (!on || !wrote || Date.now() < quietUntil.current) return;
      timer.current = setTimeout(() => void ask({ text, cursor }, 1), PAUSE_MS);
    },
    [ask, drop, on],
  );

  /** Words that were taken in part: the rest stays where the cursor is now. */
  const keepRest = useCallback((text: string, cursor: number, taken: number) => {
    now.current = { text, cursor };
    setGhost((current) => {
      const one = current?.options[current.shown];
      if (!one || one.words.length <= taken) return null;
      const rest = { ...one, words: one.words.slice(taken), start: one.start + taken };
      return { at: cursor, options: [rest], shown: 0 };
    });
  }, []);

  /** Other words than those shown: the next of them, or some that are asked for. */
  const other = useCallback(
    (text: string, cursor: number) => {
      now.current = { text, cursor };
      if (ghost && ghost.options.length > 1) {
        const shown = (ghost.shown + 1) % ghost.options.length;
        setGhost({ ...ghost, shown });
        announce(`Suggestion ${shown + 1} of ${ghost.options.length}: ${ghost.options[shown]?.words.trim()}`);
        return;
      }
      void ask({ text, cursor }, 3);
    },
    [ask, ghost],
  );

  return { ghost, trouble, asking, moved, keepRest, other, drop };
}
