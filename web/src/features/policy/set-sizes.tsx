import { useState } from "react";
import type { DryRunSets } from "../../shared/api/types";
import charts from "../../shared/charts/charts.module.css";
import { percent } from "../../shared/format/format";
import { Table } from "../../shared/ui/kit";
import css from "./policy.module.css";

const PARTS = [
  ["empty", "none plausible"],
  ["one", "one: passes"],
  ["two", "two"],
  ["more", "more"],
] as const;

type Props = { sets: readonly DryRunSets[]; alpha: number | null; onPick: ((alpha: number) => void) | null };

/** How many answers stay plausible, by how often the right one may be missed. */
export function SetSizes(props: Props) {
  const [asTable, setAsTable] = useState(false);
  return (
    <figure className={charts.figure}>
      <figcaption className={charts.caption}>
        <h3 className={css.sub}>How many answers are plausible</h3>
        <button type="button" className={charts.twin} aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? "View as chart" : "View as table"}
        </button>
      </figcaption>
      {asTable ? <Twin {...props} /> : <Bars {...props} />}
    </figure>
  );
}

function Twin({ sets }: Props) {
  return (
    <Table
      label="How many answers are plausible"
      rows={sets}
      rowKey={(row) => String(row.alpha)}
      columns={[
        { title: "May miss (α)", number: true, cell: (row) => percent(row.alpha, 0) },
        { title: "None", number: true, cell: (row) => percent(row.empty) },
        { title: "One", number: true, cell: (row) => percent(row.one) },
        { title: "Two", number: true, cell: (row) => percent(row.two) },
        { title: "More", number: true, cell: (row) => percent(row.more) },
      ]}
    />
  );
}

function Bars({ sets, alpha, onPick }: Props) {
  return (
    <>
      <fieldset className={css.sets}>
        <legend className="sr-only">α: how often the right answer may be missed</legend>
        {sets.map((row) => (
          <div key={row.alpha} className={css.set} data-chosen={row.alpha === alpha || undefined}>
            {onPick && (
              <input
                type="radio"
                name="alpha"
                aria-label={`α ${percent(row.alpha, 0)}: ${percent(row.one, 0)} pass`}
                checked={row.alpha === alpha}
                onChange={() => onPick(row.alpha)}
              />
            )}
            <span className={css.setName}>α {percent(row.alpha, 0)}</span>
            <Bar row={row} />
            <span className={css.setShare}>{percent(row.one, 0)} pass</span>
          </div>
        ))}
      </fieldset>
      <p className={css.keys}>
        {PARTS.map(([part, words]) => (
          <span key={part}>
            <svg width="12" height="12" aria-hidden="true">
              <rect className={css.part} data-part={part} width="12" height="12" rx="3" />
            </svg>
            {words}
          </span>
        ))}
      </p>
    </>
  );
}

function Bar({ row }: { row: DryRunSets }) {
  let at = 0;
  return (
    <svg width="100%" height="18" aria-hidden="true">
      {PARTS.map(([part]) => {
        const from = at;
        at += row[part] * 100;
        return (
          <rect
            key={part}
            className={css.part}
            data-part={part}
            x={`${from}%`}
            width={`${row[part] * 100}%`}
            height="18"
          />
        );
      })}
    </svg>
  );
}
