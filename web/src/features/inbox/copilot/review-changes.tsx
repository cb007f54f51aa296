import { useEffect, useRef, useState } from "react";
import type { Suggestion } from "../../../shared/api/types";
import { Kbd } from "../../../shared/ui/kit";
import { announce } from "../../../shared/ui/toasts";
import inbox from "../inbox.module.css";
import css from "./copilot.module.css";
import { type Change, changesOf, nextOpen, type Verdict } from "./review";

type Props = {
  text: string;
  suggestion: Suggestion;
  onApply: (changes: Change[], verdicts: Verdict[]) => void;
  onCancel: () => void;
};

/** The changes of a revision one by one: nothing is changed before they are taken over together. */
export function ReviewChanges({ text, suggestion, onApply, onCancel }: Props) {
  const [changes] = useState(() => changesOf(text, suggestion));
  const [verdicts, setVerdicts] = useState<Verdict[]>(() => changes.map(() => null));
  const [at, setAt] = useState(0);
  const panel = useRef<HTMLFieldSetElement>(null);
  const rows = useRef<(HTMLLIElement | null)[]>([]);
  useEffect(() => {
    panel.current?.focus();
    announce(`${changes.length} suggested changes. J and K move, Y keeps, N reverts, Enter takes over what is kept.`);
  }, [changes.length]);
  useEffect(() => {
    // Some browsers give back a promise, which is no clean-up.
    void rows.current[at]?.scrollIntoView?.({ block: "nearest" });
  }, [at]);

  const go = (n: number) => {
    const next = Math.max(0, Math.min(changes.length - 1, n));
    setAt(next);
    const change = changes[next];
    if (change) announce(`Change ${next + 1} of ${changes.length}: ${inWords(change)}`);
  };
  const decide = (verdict: Verdict, n = at) => {
    const next = verdicts.map((old, i) => (i === n ? verdict : old));
    setVerdicts(next);
    const open = nextOpen(next, n);
    setAt(open);
    const left = next.filter((one) => one === null).length;
    announce(`${verdict === "kept" ? "Kept" : "Reverted"}. ${left === 0 ? "Enter takes them over." : `${left} left.`}`);
    panel.current?.focus();
  };
  const all = (verdict: Verdict) => {
    setVerdicts(changes.map(() => verdict));
    announce(verdict === "kept" ? "All changes kept." : "All changes reverted.");
    panel.current?.focus();
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    const onButton = event.target instanceof HTMLButtonElement;
    const does: Record<string, () => void> = {
      j: () => go(at + 1),
      arrowdown: () => go(at + 1),
      k: () => go(at - 1),
      arrowup: () => go(at - 1),
      y: () => (event.shiftKey ? all("kept") : decide("kept")),
      n: () => (event.shiftKey ? all("reverted") : decide("reverted")),
      escape: onCancel,
      ...(onButton ? {} : { enter: () => onApply(changes, verdicts) }),
    };
    const act = does[key];
    if (!act) return;
    event.preventDefault();
    if (!event.repeat) act();
  };
  const kept = verdicts.filter((one) => one === "kept").length;
  return (
    <fieldset ref={panel} className={css.review} tabIndex={-1} onKeyDown={onKeyDown}>
      <legend>Review changes</legend>
      <ol className={css.changes}>
        {changes.map((change, n) => (
          <li
            key={change.from}
            ref={(row) => {
              rows.current[n] = row;
            }}
            className={css.change}
            aria-current={n === at ? "true" : undefined}
            data-verdict={verdicts[n] ?? undefined}
          >
            {change.gone && (
              <p className={css.line} data-sign="-">
                <span>{change.before}</span>
                <del>{change.gone}</del>
                <span>{change.after}</span>
              </p>
            )}
            <p className={css.line} data-sign="+">
              <span>{change.before}</span>
              {change.come ? <ins>{change.come}</ins> : null}
              <span>{change.after}</span>
            </p>
            <div className={css.changeActions}>
              <button
                type="button"
                className={css.small}
                aria-pressed={verdicts[n] === "kept"}
                onClick={() => decide("kept", n)}
              >
                Keep<span className="sr-only"> change {n + 1}</span> {n === at && <Kbd name="y" />}
              </button>
              <button
                type="button"
                className={css.small}
                aria-pressed={verdicts[n] === "reverted"}
                onClick={() => decide("reverted", n)}
              >
                Revert<span className="sr-only"> change {n + 1}</span> {n === at && <Kbd name="n" />}
              </button>
            </div>
          </li>
        ))}
      </ol>
      <div className={css.bar}>
        <button type="button" className={css.small} onClick={() => all("kept")}>
          Keep all <Kbd name="shift+y" />
        </button>
        <button type="button" className={css.small} onClick={() => all("reverted")}>
          Revert all <Kbd name="shift+n" />
        </button>
        <span className={css.space} />
        <button type="button" className={css.small} onClick={onCancel}>
          Leave as it is <Kbd name="escape" />
        </button>
        <button type="button" className={css.main} onClick={() => onApply(changes, verdicts)}>
          {kept === 0 ? "Take over nothing" : `Take over ${kept} of ${changes.length}`} <Kbd name="enter" />
        </button>
      </div>
      <p className={inbox.voiceNote}>What is neither kept nor reverted stays as it was.</p>
    </fieldset>
  );
}

function inWords({ gone, come }: Change): string {
  if (!gone) return `add “${come.trim()}”`;
  if (!come.trim()) return `remove “${gone.trim()}”`;
  return `“${gone.trim()}” becomes “${come.trim()}”`;
}
