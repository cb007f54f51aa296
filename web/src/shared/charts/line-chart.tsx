import { useElementSize } from "@mantine/hooks";
import { useState } from "react";
import { Table } from "../ui/kit";
import css from "./charts.module.css";
import { linear, ticks } from "./scale";

export type ChartPoint = { x: number; y: number; lower: number | null; upper: number | null; note?: string };

type Props = {
  title: string;
  xTitle: string;
  yTitle: string;
  intervalTitle: string;
  points: readonly ChartPoint[];
  formatX: (value: number) => string;
  formatY: (value: number) => string;
  noteTitle?: string;
  /** Another line to compare with, drawn dashed and without a band. */
  other?: { title: string; points: readonly ChartPoint[] };
};

const HEIGHT = 240;
const LEFT = 52;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 44;

/** A line with its interval as a band, and the same numbers as a table for those who want them. */
export function LineChart(props: Props) {
  const [asTable, setAsTable] = useState(false);
  return (
    <figure className={css.figure}>
      <figcaption className={css.caption}>
        <h2>{props.title}</h2>
        <button type="button" className={css.twin} aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? "View as chart" : "View as table"}
        </button>
      </figcaption>
      {asTable ? <Twin {...props} /> : <Plot {...props} />}
    </figure>
  );
}

function Twin({ title, xTitle, yTitle, intervalTitle, points, formatX, formatY, noteTitle, other }: Props) {
  const rows = [
    ...points.map((point) => ({ ...point, line: yTitle })),
    ...(other?.points ?? []).map((point) => ({ ...point, line: other?.title ?? "" })),
  ];
  return (
    <Table
      label={title}
      rows={rows}
      rowKey={(point) => `${point.line} ${point.x} ${point.note ?? ""}`}
      columns={[
        ...(other ? [{ title: "Line", cell: (point: (typeof rows)[number]) => point.line }] : []),
        { title: xTitle, number: true, cell: (point) => formatX(point.x) },
        { title: yTitle, number: true, cell: (point) => formatY(point.y) },
        {
          title: intervalTitle,
          number: true,
          cell: (point) =>
            point.lower === null || point.upper === null ? "–" : `${formatY(point.lower)} to ${formatY(point.upper)}`,
        },
        ...(noteTitle ? [{ title: noteTitle, cell: (point: ChartPoint) => point.note ?? "–" }] : []),
      ]}
    />
  );
}

function Plot({ title, xTitle, yTitle, intervalTitle, points, formatX, formatY, other }: Props) {
  const { ref, width: measured } = useElementSize();
  const width = Math.max(280, measured);
  const more = other?.points ?? [];
  const all = [...points, ...more];
  const xs: [number, number] = [Math.min(...all.map((p) => p.x)), Math.max(...all.map((p) => p.x))];
  const lows = [...points.map((p) => p.lower ?? p.y), ...more.map((p) => p.y)];
  const highs = [...points.map((p) => p.upper ?? p.y), ...more.map((p) => p.y)];
  const ys: [number, number] = [Math.min(...lows), Math.max(...highs)];
  const pad = (ys[1] - ys[0]) * 0.08 || 0.02;
  const domain: [number, number] = [Math.max(0, ys[0] - pad), Math.min(1, ys[1] + pad)];
  const x = linear(xs, [LEFT + 8, width - RIGHT - 8]);
  const y = linear(domain, [HEIGHT - BOTTOM, TOP]);
  const line = (through: readonly ChartPoint[]) =>
    through.map((p, n) => `${n ? "L" : "M"}${x(p.x).toFixed(1)},${y(p.y).toFixed(1)}`).join("");
  const banded = points.filter((p) => p.lower !== null && p.upper !== null);
  const band = [
    ...banded.map((p) => `${x(p.x).toFixed(1)},${y(p.upper ?? p.y).toFixed(1)}`),
    ...banded.toReversed().map((p) => `${x(p.x).toFixed(1)},${y(p.lower ?? p.y).toFixed(1)}`),
  ].join(" ");
  const last = points.at(-1);
  const words = last
    ? `${title}: ${points.length} points; the last is ${formatY(last.y)} at ${formatX(last.x)} ${xTitle}`
    : title;
  return (
    <div ref={ref}>
      <svg
        className={css.plot}
        width="100%"
        height={HEIGHT}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        role="img"
        aria-label={words}
      >
        {ticks(domain, 4).map((tick) => (
          <g key={tick}>
            <line className={css.grid} x1={LEFT} x2={width - RIGHT} y1={y(tick)} y2={y(tick)} />
            <text className={css.tick} x={LEFT - 8} y={y(tick) + 4} textAnchor="end">
              {formatY(tick)}
            </text>
          </g>
        ))}
        {ticks(xs, width < 500 ? 4 : 8).map((tick) => (
          <text key={tick} className={css.tick} x={x(tick)} y={HEIGHT - BOTTOM + 18} textAnchor="middle">
            {formatX(tick)}
          </text>
        ))}
        {banded.length > 1 && <polygon className={css.band} points={band} />}
        <path className={css.line} d={line(points)} />
        {more.length > 0 && <path className={css.otherLine} d={line(more)} />}
        {more.map((p) => (
          <circle key={`other ${p.x} ${p.note ?? ""}`} className={css.otherPoint} cx={x(p.x)} cy={y(p.y)} r={3}>
            <title>{`${formatX(p.x)}: ${formatY(p.y)}`}</title>
          </circle>
        ))}
        {points.map((p) => (
          <circle
            key={`${p.x} ${p.note ?? ""}`}
            className={css.point}
            cx={x(p.x)}
            cy={y(p.y)}
            r={points.length > 60 ? 1.5 : 3}
          >
            <title>{`${formatX(p.x)}: ${formatY(p.y)}${p.lower === null || p.upper === null ? "" : ` (${formatY(p.lower)} to ${formatY(p.upper)})`}`}</title>
          </circle>
        ))}
        <text className={css.axis} x={(LEFT + width - RIGHT) / 2} y={HEIGHT - 6} textAnchor="middle">
          {xTitle}
        </text>
      </svg>
      <p className={css.legend}>
        <span className={css.keyLine} aria-hidden="true" /> {yTitle}
        <span className={css.keyBand} aria-hidden="true" /> {intervalTitle}
        {other && (
          <>
            <span className={css.keyOther} aria-hidden="true" /> {other.title}
          </>
        )}
      </p>
    </div>
  );
}
