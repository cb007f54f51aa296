import css from "./charts.module.css";
import { linear } from "./scale";

type Props = {
  lower: number;
  upper: number;
  estimate: number | null;
  most: number;
  label: string;
  format: (value: number) => string;
};

/** Where a share lies: the whole interval, and the estimate in it. */
export function IntervalBar({ lower, upper, estimate, most, label, format }: Props) {
  const x = linear([0, most], [0, 100]);
  const at = (value: number) => Math.min(100, Math.max(0, x(value)));
  return (
    <div className={css.interval}>
      <svg width="100%" height="12" role="img" aria-label={label}>
        <rect className={css.rail} x="0" y="4" width="100%" height="4" rx="2" />
        <rect
          className={css.span}
          x={`${at(lower)}%`}
          y="2"
          width={`${Math.max(0.5, at(upper) - at(lower))}%`}
          height="8"
          rx="4"
        />
        {estimate !== null && <rect className={css.mark} x={`${at(estimate)}%`} y="0" width="3" height="12" rx="1.5" />}
      </svg>
      <div className={css.ends} aria-hidden="true">
        <span>0</span>
        <span>{format(most)}</span>
      </div>
    </div>
  );
}
