import type { DemoCard } from "../../shared/api/types";
import { count, percent } from "../../shared/format/format";
import css from "./live.module.css";

function ends(interval: DemoCard["interval"]): string {
  if (!interval) return "";
  const [lower, upper] = Array.isArray(interval) ? interval : [interval.lower, interval.upper];
  return ` (${percent(lower)} to ${percent(upper)})`;
}

/** The demonstration in three sentences. */
export function Closing({ card }: { card: DemoCard }) {
  return (
    <section className={css.closing} aria-label="Result">
      <p className={css.closingHead}>
        You looked at {count(card.looked)} of {count(card.total)}.
      </p>
      <p>
        Error among the automatic ones: measured <strong>{percent(card.measured)}</strong>
        {ends(card.interval)}, truth <strong>{percent(card.truth)}</strong>.
      </p>
      {card.hours_saved !== null && (
        <p>
          Saved <strong>{card.hours_saved.toFixed(1)} hours</strong>.
        </p>
      )}
    </section>
  );
}
