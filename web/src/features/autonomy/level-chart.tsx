import { useElementSize } from "@mantine/hooks";
import { useState } from "react";
import type { AutonomyCertificate } from "../../shared/api/types";
import charts from "../../shared/charts/charts.module.css";
import { linear, ticks } from "../../shared/charts/scale";
import { count, percent } from "../../shared/format/format";
import { Badge, Table } from "../../shared/ui/kit";
import css from "./autonomy.module.css";
import { threshold } from "./autonomy-words";

const LEFT = 44;
const RIGHT = 24;
const TOP = 22;
const BASE = 150;
const HEIGHT = 200;
const TITLE = "Evidence by threshold";

/** How much of the evidence each threshold has: certified ones are full. */
export function LevelChart({ certificate }: { certificate: AutonomyCertificate }) {
  const [asTable, setAsTable] = useState(false);
  return (
    <figure className={charts.figure}>
      <figcaption className={charts.caption}>
        <h3 className={css.sub}>{TITLE}</h3>
        <button type="button" className={charts.twin} aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? "View as chart" : "View as table"}
        </button>
      </figcaption>
      {asTable ? <Twin certificate={certificate} /> : <Bars certificate={certificate} />}
    </figure>
  );
}

function Twin({ certificate }: { certificate: AutonomyCertificate }) {
  const { acting, next } = certificate;
  return (
    <Table
      label={TITLE}
      rows={certificate.levels}
      rowKey={(level) => String(level.level)}
      columns={[
        { title: "Threshold", number: true, cell: (level) => threshold(level.threshold) },
        { title: "Cases", number: true, cell: (level) => percent(level.coverage, 0) },
        { title: "Evidence", number: true, cell: (level) => percent(level.progress, 0) },
        { title: "From", number: true, cell: (level) => count(Math.round(level.cases)) },
        { title: "Estimated error", number: true, cell: (level) => percent(level.error) },
        { title: "Still to go, about", number: true, cell: (level) => count(level.further_cases) },
        {
          title: "State",
          cell: (level) =>
            level.threshold === acting ? (
              <Badge tone="good">in force</Badge>
            ) : level.certified ? (
              <Badge tone="accent">certified</Badge>
            ) : level.level === next?.level ? (
              <Badge>next</Badge>
            ) : (
              ""
            ),
        },
      ]}
    />
  );
}

function Bars({ certificate }: { certificate: AutonomyCertificate }) {
  const { ref, width: measured } = useElementSize();
  const { levels, acting, next } = certificate;
  const width = Math.max(260, measured);
  const x = linear([0, 1], [LEFT, width - RIGHT]);
  const y = linear([0, 1], [BASE, TOP]);
  const certified = levels.filter((level) => level.certified).length;
  return (
    <div ref={ref}>
      <svg
        className={charts.plot}
        width="100%"
        height={HEIGHT}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        role="img"
        aria-label={`${TITLE}: ${certified} of ${levels.length} thresholds are certified`}
      >
        {[0, 0.5, 1].map((tick) => (
          <g key={tick}>
            <line className={charts.grid} x1={LEFT} x2={width - RIGHT} y1={y(tick)} y2={y(tick)} />
            <text className={charts.tick} x={LEFT - 6} y={y(tick) + 4} textAnchor="end">
              {percent(tick, 0)}
            </text>
          </g>
        ))}
        {levels.map((level, n) => {
          const from = x(levels[n - 1]?.coverage ?? 0);
          const to = x(level.coverage);
          const state =
            level.threshold === acting
              ? "acting"
              : level.certified
                ? "certified"
                : level.level === next?.level
                  ? "next"
                  : "open";
          return (
            <rect
              key={level.level}
              className={css.bar}
              data-state={state}
              x={from + 0.5}
              width={Math.max(1.5, to - from - 1)}
              y={y(Math.max(level.progress, 0.01))}
              height={BASE - y(Math.max(level.progress, 0.01))}
            >
              <title>{`${percent(level.coverage, 0)} of the cases, at ${threshold(level.threshold)}: ${percent(level.progress, 0)} of the evidence`}</title>
            </rect>
          );
        })}
        {next && (
          <text
            className={css.nextText}
            x={Math.min(x(next.coverage), width - 70)}
            y={y(next.progress) - 6}
            textAnchor="middle"
          >
            next {percent(next.progress, 0)}
          </text>
        )}
        {ticks([0, 1], width < 420 ? 3 : 5).map((tick) => (
          <text key={tick} className={charts.tick} x={x(tick)} y={BASE + 18} textAnchor="middle">
            {percent(tick, 0)}
          </text>
        ))}
        <text className={charts.axis} x={(LEFT + width - RIGHT) / 2} y={HEIGHT - 8} textAnchor="middle">
          share of cases that would be automatic
        </text>
      </svg>
      <p className={css.keys}>
        {(
          [
            ["acting", "in force"],
            ["certified", "certified"],
            ["next", "next to earn"],
            ["open", "not yet"],
          ] as const
        ).map(([state, words]) => (
          <span key={state}>
            <svg width="12" height="12" aria-hidden="true">
              <rect className={css.bar} data-state={state} width="12" height="12" rx="2" />
            </svg>
            {words}
          </span>
        ))}
      </p>
    </div>
  );
}
