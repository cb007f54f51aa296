import { Button } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import type { LoopSpec } from "../../shared/api/types";
import { humanise } from "../../shared/format/format";
import { useCommand, useRawKeys } from "../../shared/hotkeys/use-command";
import { Kbd } from "../../shared/ui/kit";
import css from "./inbox.module.css";

type Props = {
  spec: LoopSpec;
  onReject: (reasons: string[], failureModes: string[], comment: string) => void;
  onCancel: () => void;
};

/** Why nothing of the proposal stands: digits choose reasons, Enter rejects. */
export function RejectPanel({ spec, onReject, onCancel }: Props) {
  const [reasons, setReasons] = useState<string[]>([]);
  const [modes, setModes] = useState<string[]>([]);
  const [comment, setComment] = useState("");
  const panel = useRef<HTMLElement>(null);
  const offered = spec.reject_reasons ?? [];
  const failures = spec.failure_modes ?? [];
  const missing = offered.length > 0 && reasons.length === 0;
  const send = () => {
    if (!missing) onReject(reasons, modes, comment.trim());
  };
  // In braces: newer browsers return a promise here, and React would call it as the clean-up.
  useEffect(() => {
    panel.current?.scrollIntoView({ block: "nearest" });
  }, []);
  useCommand("inbox.send", send);
  useRawKeys((name, event) => {
    if (name === "enter") {
      if (event.target instanceof HTMLButtonElement) return false;
      send();
      return true;
    }
    const reason = /^[1-9]$/.test(name) ? offered[Number(name) - 1] : undefined;
    if (reason) setReasons((list) => flip(list, reason));
    return reason !== undefined;
  });
  return (
    <section ref={panel} className={css.reject} aria-label="Reject the proposal">
      <h2>Why does nothing of it stand?</h2>
      <Chips
        label="Reasons"
        options={offered}
        chosen={reasons}
        onFlip={(one) => setReasons((list) => flip(list, one))}
        keys
      />
      {failures.length > 0 && (
        <>
          <div className={css.fieldTitle}>What did the machine do wrong? (optional)</div>
          <Chips
            label="Failure modes"
            options={failures}
            chosen={modes}
            onFlip={(one) => setModes((list) => flip(list, one))}
          />
        </>
      )}
      <input
        className={css.input}
        aria-label="Comment on the rejection"
        placeholder="Comment (optional)"
        value={comment}
        onChange={(event) => setComment(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && !event.nativeEvent.isComposing) send();
        }}
      />
      <div className={css.rejectActions}>
        <Button variant="danger" onClick={send} disabled={missing} rightSection={<Kbd name="enter" />}>
          Reject
        </Button>
        <Button variant="subtle" onClick={onCancel} rightSection={<Kbd name="escape" />}>
          Cancel
        </Button>
      </div>
    </section>
  );
}

function flip(list: string[], value: string): string[] {
  return list.includes(value) ? list.filter((one) => one !== value) : [...list, value];
}

function Chips({
  label,
  options,
  chosen,
  onFlip,
  keys,
}: {
  label: string;
  options: string[];
  chosen: string[];
  onFlip: (one: string) => void;
  keys?: boolean;
}) {
  if (options.length === 0) return null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a row in every browser
    <div className={css.options} role="group" aria-label={label}>
      {options.map((one, at) => (
        <button
          key={one}
          type="button"
          className={css.option}
          aria-pressed={chosen.includes(one)}
          onClick={() => onFlip(one)}
        >
          {keys && at < 9 && <Kbd name={String(at + 1)} />}
          <span className={css.optionLabel}>{humanise(one)}</span>
        </button>
      ))}
    </div>
  );
}
