import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { api } from "../../../shared/api/client";
import { explain } from "../../../shared/api/error";
import type { Suggestion, Suggestions } from "../../../shared/api/types";
import {
  type Authored,
  changeOf,
  person,
  pointsAt,
  replaced,
  type Source,
  shareByModels,
  shareInWords,
} from "../../../shared/case-view/authors";
import { useCommand, useKey } from "../../../shared/hotkeys/use-command";
import { Kbd } from "../../../shared/ui/kit";
import { announce } from "../../../shared/ui/toasts";
import inbox from "../inbox.module.css";
import css from "./copilot.module.css";
import { type Change, firstWord, type Verdict, withKept } from "./review";
import { ReviewChanges } from "./review-changes";
import { type Place, useGhost } from "./use-ghost";

const SWITCH = "tandem.copilot";

type Props = {
  label: string;
  place: Place;
  value: string;
  authors: readonly Authored[];
  invalid: boolean;
  onChange: (text: string, authors: Authored[]) => void;
};

type Revision = { text: string; suggestion: Suggestion };

/**
 * A text with a co-pilot beside it. Words of a model are shown at the cursor and come into the text only
 * by a key of the person's; what the person types wins over whatever arrives later.
 */
export default function CopilotField({ label, place, value, authors, invalid, onChange }: Props) {
  const area = useRef<HTMLTextAreaElement>(null);
  const source = useRef<Source>(person);
  const [on, setOn] = useState(() => localStorage.getItem(SWITCH) !== "off");
  const [focused, setFocused] = useState(false);
  const [asking, setAsking] = useState<{ from: number; to: number } | null>(null);
  const [revision, setRevision] = useState<Revision | null>(null);
  const back = useRef<number | null>(null);
  const { ghost, trouble, asking: busy, moved, keepRest, other, drop } = useGhost(place, on && !asking && !revision);
  const shown = ghost?.options[ghost.shown];
  const inline = shown && value.slice(ghost.at).trim() === "";
  const reviseKey = useKey("inbox.revise");

  useLayoutEffect(() => {
    if (revision || asking || back.current === null) return;
    area.current?.focus();
    area.current?.setSelectionRange(back.current, back.current);
    back.current = null;
  }, [revision, asking]);

  const changed = (next: string, cursor: number) => {
    const { from, to, words } = changeOf(value, next, cursor);
    onChange(next, replaced(authors, from, to, words.length, source.current));
  };
  const onInput = (event: React.ChangeEvent<HTMLTextAreaElement>) => {
    const { value: next, selectionEnd } = event.target;
    changed(next, selectionEnd);
    if (source.current === person) moved(next, selectionEnd, true);
  };
  /** Puts words of a suggestion where the cursor is; the browser's own undo takes them back. */
  const take = (words: string) => {
    const field = area.current;
    if (!field || !ghost || !shown) return;
    const at = ghost.at;
    const next = value.slice(0, at) + words + value.slice(at);
    source.current = { by: "model", suggestion: shown.id, start: shown.start };
    field.focus();
    field.setSelectionRange(at, at);
    const done = document.execCommand?.("insertText", false, words) === true && field.value === next;
    if (!done) {
      back.current = null;
      onChange(next, replaced(authors, at, at, words.length, source.current));
      requestAnimationFrame(() => field.setSelectionRange(at + words.length, at + words.length));
    }
    source.current = person;
    keepRest(next, at + words.length, words.length);
    announce(words.length === shown.words.length ? "Suggestion taken." : `Took “${words.trim()}”.`);
  };
  const takeAll = () => shown && take(shown.words);
  const takeWord = () => shown && take(firstWord(shown.words));
  const next = () => {
    area.current?.focus();
    other(value, area.current?.selectionEnd ?? value.length);
  };
  const dismiss = () => {
    drop();
    announce("Suggestion dropped.");
  };
  const onKeyDown = (event: React.KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing) return;
    const mod = event.ctrlKey || event.metaKey;
    const act =
      event.altKey && !mod && event.code === "BracketRight" && on
        ? next
        : !shown || event.altKey || event.shiftKey
          ? null
          : event.key === "Tab" && !mod
            ? takeAll
            : event.key === "ArrowRight" && mod
              ? takeWord
              : event.key === "Escape"
                ? dismiss
                : null;
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  const flip = () => {
    localStorage.setItem(SWITCH, on ? "off" : "on");
    setOn(!on);
    announce(on ? "Co-pilot off." : "Co-pilot on.");
  };
  const openRevision = () => {
    if (!value.trim()) {
      announce("There is nothing to revise yet.");
      return;
    }
    const [from, to] = [area.current?.selectionStart ?? 0, area.current?.selectionEnd ?? 0];
    drop();
    setAsking({ from, to });
  };
  const cancel = () => {
    back.current = asking?.to ?? value.length;
    setAsking(null);
    setRevision(null);
  };
  useCommand("inbox.revise", openRevision, focused && !asking && !revision);

  const apply = (changes: Change[], verdicts: Verdict[]) => {
    if (!revision) return;
    // Nothing else writes here while changes are reviewed; should it have, that stays.
    const id = revision.suggestion.id;
    if (revision.text === value && id) {
      const done = withKept(value, authors, changes, verdicts, id);
      if (done.text !== value) onChange(done.text, done.authors);
      const kept = verdicts.filter((one) => one === "kept").length;
      announce(`${kept} of ${changes.length} changes taken over.`);
      back.current = done.text.length;
    } else {
      back.current = value.length;
    }
    setAsking(null);
    setRevision(null);
  };

  if (revision) {
    return <ReviewChanges text={value} suggestion={revision.suggestion} onApply={apply} onCancel={cancel} />;
  }
  const share = shareByModels(authors);
  return (
    <div className={css.copilot}>
      <div className={css.stack}>
        <div className={css.mirror} aria-hidden="true">
          {inline ? value.slice(0, ghost.at) : value}
          {inline && <span className={css.ghost}>{shown.words}</span>}
          {"\u200b"}
        </div>
        <textarea
          ref={area}
          className={`${inbox.input} ${css.area}`}
          rows={4}
          aria-label={label}
          aria-invalid={invalid || undefined}
          aria-describedby={`copilot-${place.field}`}
          value={value}
          onChange={onInput}
          onKeyDown={onKeyDown}
          onFocus={() => setFocused(true)}
          onBlur={() => {
            setFocused(false);
            drop();
          }}
          onSelect={(event) => moved(event.currentTarget.value, event.currentTarget.selectionEnd, false)}
        />
      </div>
      {shown && (
        // Pressing one of these keeps the cursor where it is.
        <div className={css.bar} onPointerDown={(event) => event.preventDefault()}>
          {!inline && <p className={css.words}>{shown.words}</p>}
          <button type="button" className={css.small} tabIndex={-1} onClick={takeAll}>
            Accept <Kbd name="tab" />
          </button>
          <button type="button" className={css.small} tabIndex={-1} onClick={takeWord}>
            Word <Kbd name="mod+arrowright" />
          </button>
          <button type="button" className={css.small} tabIndex={-1} onClick={next}>
            Next <Kbd name="alt+]" />
          </button>
          <button type="button" className={css.small} tabIndex={-1} onClick={dismiss}>
            Dismiss <Kbd name="escape" />
          </button>
        </div>
      )}
      {asking && (
        <AskRevision
          place={place}
          text={value}
          selected={asking}
          onRevision={(suggestion) => setRevision({ text: value, suggestion })}
          onCancel={cancel}
        />
      )}
      <div className={css.foot} id={`copilot-${place.field}`}>
        <Meter share={share} />
        {trouble && on && <span className={css.trouble}>{trouble}</span>}
        {busy && <span className={css.trouble}>thinking…</span>}
        <span className={css.space} />
        {on && !asking && !shown && (
          <button type="button" className={css.small} onPointerDown={(event) => event.preventDefault()} onClick={next}>
            Suggest <Kbd name="alt+]" />
          </button>
        )}
        {!asking && (
          <button type="button" className={css.small} onClick={openRevision} disabled={!value.trim()}>
            Revise… {reviseKey && <Kbd name={reviseKey} />}
          </button>
        )}
        <button type="button" className={css.small} role="switch" aria-checked={on} onClick={flip}>
          Co-pilot {on ? "on" : "off"}
        </button>
      </div>
    </div>
  );
}

/** How much of a text is by models and by people. */
function Meter({ share }: { share: number | null }) {
  if (share === null) return null;
  return (
    <span className={css.meter}>
      <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect className={css.meterHuman} width={100} height={6} />
        <rect className={css.meterModel} width={share * 100} height={6} />
      </svg>
      {shareInWords(share)}
    </span>
  );
}

function AskRevision({
  place,
  text,
  selected,
  onRevision,
  onCancel,
}: {
  place: Place;
  text: string;
  selected: { from: number; to: number };
  onRevision: (suggestion: Suggestion) => void;
  onCancel: () => void;
}) {
  const [instruction, setInstruction] = useState("");
  const [state, setState] = useState<"idle" | "asking">("idle");
  const [problem, setProblem] = useState<string | null>(null);
  const latest = useRef(text);
  latest.current = text;
  const under = useRef<AbortController | null>(null);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    input.current?.focus();
    return () => under.current?.abort();
  }, []);
  const ask = async () => {
    const points = pointsAt(text);
    const part = selected.from < selected.to && selected.to <= text.length;
    const control = new AbortController();
    under.current = control;
    setState("asking");
    setProblem(null);
    announce("Asking for changes.");
    try {
      const reply = await api.post<Suggestions>(
        `/v1/loops/${encodeURIComponent(place.loop)}/suggest`,
        {
          case: place.caseId,
          field: place.field,
          text,
          kind: "revise",
          ...(part ? { selection: { from: points(selected.from), to: points(selected.to) } } : {}),
          ...(instruction.trim() ? { instruction: instruction.trim() } : {}),
        },
        { signal: control.signal },
      );
      if (control.signal.aborted) return;
      if (latest.current !== text) setProblem("You wrote on meanwhile, so the changes were dropped. Ask again.");
      else if (reply.suggestions[0]?.hunks.length) onRevision(reply.suggestions[0]);
      else setProblem("The model would change nothing.");
    } catch (error) {
      if (control.signal.aborted) return;
      setProblem(explain(error));
    }
    setState("idle");
  };
  return (
    <form
      className={css.ask}
      onSubmit={(event) => {
        event.preventDefault();
        if (state === "idle") void ask();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        onCancel();
      }}
    >
      <label htmlFor={`revise-${place.field}`}>
        {selected.from < selected.to ? "Revise the selection" : "Revise the text"}
      </label>
      <input
        ref={input}
        id={`revise-${place.field}`}
        className={inbox.input}
        maxLength={2000}
        placeholder="What should change? For example: shorter, friendlier"
        value={instruction}
        onChange={(event) => setInstruction(event.target.value)}
      />
      <div className={css.bar}>
        <button type="submit" className={css.main} aria-disabled={state === "asking"}>
          {state === "asking" ? "Asking…" : "Suggest changes"}
        </button>
        <button type="button" className={css.small} onClick={onCancel}>
          Cancel <Kbd name="escape" />
        </button>
      </div>
      {problem && (
        <p className={inbox.problem} role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}
