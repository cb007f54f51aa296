import { useEffect, useId, useState } from "react";
import css from "./policy.module.css";

type Props = {
  label: string;
  value: number;
  onChange: (value: number) => void;
  least: number;
  most: number;
  step: number;
  /** Shown as a percentage. */
  percent?: boolean;
  hint?: string;
  disabled?: boolean;
};

const shown = (value: number, scale: number) => String(Number((value * scale).toPrecision(10)));

/** A number as it is typed; what lies outside of the ends is marked and not taken. */
export function NumberField({ label, value, onChange, least, most, step, percent, hint, disabled }: Props) {
  const scale = percent ? 100 : 1;
  const id = useId();
  const [text, setText] = useState(() => shown(value, scale));
  const typed = Number((Number(text) / scale).toPrecision(12));
  const good = text.trim() !== "" && Number.isFinite(typed) && typed >= least && typed <= most;
  // A value from elsewhere replaces the text, and never the same number in the middle of typing.
  useEffect(() => {
    setText((now) =>
      Number((Number(now) / scale).toPrecision(12)) === value && now !== "" ? now : shown(value, scale),
    );
  }, [value, scale]);
  return (
    <div className={css.number}>
      <label htmlFor={id}>{label}</label>
      <span className={css.numberInput}>
        <input
          id={id}
          inputMode="decimal"
          type="number"
          min={shown(least, scale)}
          max={shown(most, scale)}
          step={shown(step, scale)}
          value={text}
          disabled={disabled}
          aria-invalid={!good || undefined}
          aria-describedby={hint || !good ? `${id}-hint` : undefined}
          onChange={(event) => {
            const now = event.currentTarget.value;
            setText(now);
            const next = Number((Number(now) / scale).toPrecision(12));
            if (now.trim() !== "" && next >= least && next <= most && next !== value) onChange(next);
          }}
          onBlur={() => !good && setText(shown(value, scale))}
        />
        {percent && <span aria-hidden="true">%</span>}
      </span>
      {(hint || !good) && (
        <span id={`${id}-hint`} className={css.hint}>
          {good ? hint : `From ${shown(least, scale)} to ${shown(most, scale)}${percent ? " %" : ""}.`}
        </span>
      )}
    </div>
  );
}
