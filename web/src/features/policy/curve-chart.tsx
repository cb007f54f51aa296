import { useElementSize } from "@mantine/hooks";
import { type PointerEvent, useId, useRef, useState } from "react";
import type { DryRunPoint } from "../../shared/api/types";
import charts from "../../shared/charts/charts.module.css";
import { linear, ticks } from "../../shared/charts/scale";
import { percent } from "../../shared/format/format";
import { Table } from "../../shared/ui/kit";
import { cheapest, coverageAt, nearest, pointAt } from "./curve";
import css from "./policy.module.css";
import { amount, estimateInWords } from "./policy-words";

const LEFT = 52;
const RIGHT = 28;
const TOP = 26;
const ERROR_HEIGHT = 190;
const GAP = 34;
const COST_HEIGHT = 84;
const BOTTOM = 54;
const TITLE = "Error and cost by share of cases that pass";

type Props = {
  points: readonly DryRunPoint[];
  /** The draft's threshold, and the one in force. */
  draft: number | null;
  inForce: number | null;
  /** A share of errors that must not be exceeded. */
  target: number | null;
  reviewCost: number;
  /** Chooses a point; without it the curve is only looked at. */
  onPick: ((at: number) => void) | null;
};

/** What each threshold would have meant: how much passes, how much of that is wrong, what it costs. */
export function CurveChart(props: Props) {
  const [asTable, setAsTable] = useState(false);
  return (
    <figure className={charts.figure}>
      <figcaption className={charts.caption}>
        <h3 className={css.sub}>{TITLE}</h3>
        <button type="button" className={charts.twin} aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? "View as chart" : "View as table"}
        </button>
      </figcaption>
      {props.onPick && <Slider {...props} onPick={props.onPick} />}
      {asTable ? <Twin {...props} /> : <Plot {...props} />}
      <Cheapest {...props} />
    </figure>
  );
}

/** The keyboard's and the screen reader's way to the threshold; the plot shows where it stands. */
function Slider({ points, draft, onPick }: Props & { onPick: (at: number) => void }) {
  const at = draft === null ? 0 : Math.max(0, nearest(points, coverageAt(points, draft)));
  const point = points[at];
  return (
    <input
      type="range"
      className={css.range}
      aria-label="Threshold"
      aria-valuetext={point ? pointInWords(point, draft) : undefined}
      min={0}
      max={Math.max(0, points.length - 1)}
      step={1}
      value={at}
      onChange={(event) => onPick(Number(event.currentTarget.value))}
    />
  );
}

/** Where errors and reviews together cost least, and the way there. */
function Cheapest({ points, reviewCost, draft, onPick }: Props) {
  if (!points.some((point) => point.cost != null)) return null;
  const best = cheapest(points, reviewCost);
  const point = best === null ? undefined : points[best];
  if (best === null || !point) return <p className={css.hint}>At these costs, reviewing everything is cheapest.</p>;
  const there = draft !== null && pointAt(points, draft) === best;
  return (
    <p className={css.hint}>
      Least cost: {amount(point.cost)} a case, where {percent(point.coverage, 0)} pass, at{" "}
      {point.threshold.toPrecision(3)}.{" "}
      {onPick && !there && (
        <button type="button" className={charts.twin} onClick={() => onPick(best)}>
          Use that threshold
        </button>
      )}
    </p>
  );
}

function pointInWords(point: DryRunPoint, draft: number | null): string {
  const error = point.error ? `, ${estimateInWords(point.error)} of those wrong` : "";
  return `${(draft ?? point.threshold).toPrecision(3)}: ${percent(point.coverage)} pass${error}`;
}

function Twin({ points, draft, inForce, reviewCost }: Props) {
  const best = cheapest(points, reviewCost);
  const marks = (n: number) =>
    [
      draft !== null && pointAt(points, draft) === n && "draft",
      inForce !== null && pointAt(points, inForce) === n && "in force",
      best === n && "least cost",
    ]
      .filter(Boolean)
      .join(", ");
  return (
    <Table
      label={TITLE}
      rows={points.map((point, n) => ({ ...point, n }))}
      rowKey={(point) => String(point.n)}
      columns={[
        { title: "Threshold", number: true, cell: (point) => point.threshold.toPrecision(4) },
        { title: "Pass", number: true, cell: (point) => percent(point.coverage) },
        { title: "Wrong among those", number: true, cell: (point) => estimateInWords(point.error) },
        { title: "Known", number: true, cell: (point) => point.error?.known ?? 0 },
        { title: "Cost a case", number: true, cell: (point) => amount(point.cost) },
        { title: "", cell: (point) => marks(point.n) },
      ]}
    />
  );
}

function Plot({ points, draft, inForce, target, reviewCost, onPick }: Props) {
  const { ref, width: measured } = useElementSize();
  const clip = useId();
  const holding = useRef(false);
  const width = Math.max(280, measured);
  const known = points.flatMap((point) => (point.error ? [{ x: point.coverage, ...point.error }] : []));
  const costs = points.flatMap((point) => (point.cost == null ? [] : [{ x: point.coverage, y: point.cost }]));
  const worst = Math.max(0.01, target ?? 0, ...known.map((point) => point.estimate));
  const most = Math.min(1, Math.max(worst * 1.15, Math.min(worst * 3, ...[Math.max(0, ...known.map((p) => p.upper))])));
  const x = linear([0, 1], [LEFT, width - RIGHT]);
  const y = linear([0, most], [TOP + ERROR_HEIGHT, TOP]);
  const costTop = TOP + ERROR_HEIGHT + GAP;
  const lows = costs.map((point) => point.y);
  const costDomain: [number, number] = [Math.min(...lows, reviewCost) * 0.9, Math.max(...lows, reviewCost) * 1.05];
  const costY = linear(costDomain, [costTop + COST_HEIGHT, costTop]);
  const bottom = costs.length ? costTop + COST_HEIGHT : TOP + ERROR_HEIGHT;
  const height = bottom + BOTTOM;
  const best = cheapest(points, reviewCost);
  const bestPoint = best === null ? null : points[best];
  const draftX = draft === null ? null : x(coverageAt(points, draft));
  const forceX = inForce === null ? null : x(coverageAt(points, inForce));
  const pick = (event: PointerEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const share = (((event.clientX - box.left) / box.width) * width - LEFT) / (width - RIGHT - LEFT);
    const at = nearest(points, share);
    if (at >= 0) onPick?.(at);
  };
  const band = [
    ...known.map((point) => `${x(point.x).toFixed(1)},${y(point.upper).toFixed(1)}`),
    ...known.toReversed().map((point) => `${x(point.x).toFixed(1)},${y(point.lower).toFixed(1)}`),
  ].join(" ");
  const last = known.at(-1);
  const words = last
    ? `${TITLE}: ${known.length} thresholds; at the loosest ${percent(last.estimate)} of the cases would be wrong`
    : TITLE;
  return (
    <div ref={ref}>
      <svg
        className={css.plot}
        data-pick={onPick ? true : undefined}
        width="100%"
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={words}
        onPointerDown={(event) => {
          if (!onPick) return;
          holding.current = true;
          event.currentTarget.setPointerCapture(event.pointerId);
          pick(event);
        }}
        onPointerMove={(event) => holding.current && pick(event)}
        onPointerUp={() => {
          holding.current = false;
        }}
        onPointerCancel={() => {
          holding.current = false;
        }}
      >
        <clipPath id={clip}>
          <rect x={LEFT} y={TOP} width={width - LEFT - RIGHT} height={ERROR_HEIGHT} />
        </clipPath>
        <text className={charts.axis} x={LEFT} y={TOP - 10}>
          wrong among those that pass
        </text>
        {ticks([0, most], 4).map((tick) => (
          <g key={tick}>
            <line className={charts.grid} x1={LEFT} x2={width - RIGHT} y1={y(tick)} y2={y(tick)} />
            <text className={charts.tick} x={LEFT - 8} y={y(tick) + 4} textAnchor="end">
              {percent(tick, most < 0.05 ? 1 : 0)}
            </text>
          </g>
        ))}
        <g clipPath={`url(#${clip})`}>
          {known.length > 1 && <polygon className={charts.band} points={band} />}
          <path className={charts.line} d={pathOf(known.map((point) => [x(point.x), y(point.estimate)]))} />
          {known.map((point) => (
            <circle key={point.x} className={charts.point} cx={x(point.x)} cy={y(point.estimate)} r={2.5}>
              <title>{`${percent(point.x)} pass: ${estimateInWords(point)} wrong`}</title>
            </circle>
          ))}
        </g>
        {target !== null && (
          <g>
            <line className={css.target} x1={LEFT} x2={width - RIGHT} y1={y(target)} y2={y(target)} />
            <text className={css.targetText} x={width - RIGHT} y={y(target) - 6} textAnchor="end">
              target {percent(target)}
            </text>
          </g>
        )}
        {costs.length > 0 && (
          <g>
            <text className={charts.axis} x={LEFT} y={costTop - 10}>
              cost a case
            </text>
            {ticks(costDomain, 2).map((tick) => (
              <g key={tick}>
                <line className={charts.grid} x1={LEFT} x2={width - RIGHT} y1={costY(tick)} y2={costY(tick)} />
                <text className={charts.tick} x={LEFT - 8} y={costY(tick) + 4} textAnchor="end">
                  {amount(tick)}
                </text>
              </g>
            ))}
            <path className={charts.line} d={pathOf(costs.map((point) => [x(point.x), costY(point.y)]))} />
            {bestPoint?.cost != null && (
              <g>
                <circle className={css.best} cx={x(bestPoint.coverage)} cy={costY(bestPoint.cost)} r={5} />
                <text
                  className={css.bestText}
                  x={x(bestPoint.coverage) + (bestPoint.coverage > 0.8 ? -10 : 10)}
                  y={costY(bestPoint.cost) - 8}
                  textAnchor={bestPoint.coverage > 0.8 ? "end" : "start"}
                >
                  least cost
                </text>
              </g>
            )}
          </g>
        )}
        {forceX !== null && (
          <g>
            <line className={css.ghost} x1={forceX} x2={forceX} y1={TOP} y2={bottom} />
            <text className={css.ghostText} {...beside(forceX, width)} y={TOP + 12}>
              in force
            </text>
          </g>
        )}
        {draftX !== null && (
          <g>
            <line className={css.draft} x1={draftX} x2={draftX} y1={TOP} y2={bottom} />
            {onPick && <circle className={css.knob} cx={draftX} cy={TOP + ERROR_HEIGHT} r={8} />}
          </g>
        )}
        {ticks([0, 1], width < 460 ? 3 : 5).map((tick) => {
          const at = nearest(points, tick);
          const threshold = tick > 0 ? points[at]?.threshold : undefined;
          return (
            <text key={tick} className={charts.tick} x={x(tick)} y={bottom + 18} textAnchor="middle">
              {percent(tick, 0)}
              {threshold !== undefined && (
                <tspan x={x(tick)} dy={15}>
                  {`≥ ${threshold.toPrecision(2)}`}
                </tspan>
              )}
            </text>
          );
        })}
        <text className={charts.axis} x={LEFT - 8} y={bottom + 33} textAnchor="end">
          pass at
        </text>
        <text className={charts.axis} x={(LEFT + width - RIGHT) / 2} y={height - 4} textAnchor="middle">
          {width < 460 ? "share that passes" : "← stricter · share that passes · looser →"}
        </text>
      </svg>
      <p className={charts.legend}>
        <span className={charts.keyLine} aria-hidden="true" /> estimate
        <span className={charts.keyBand} aria-hidden="true" /> 95&nbsp;% interval
        {inForce !== null && (
          <>
            <span className={css.keyGhost} aria-hidden="true" /> threshold in force
          </>
        )}
      </p>
    </div>
  );
}

function pathOf(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], n) => `${n ? "L" : "M"}${x.toFixed(1)},${y.toFixed(1)}`).join("");
}

function beside(x: number, width: number): { x: number; textAnchor: "start" | "end" } {
  return x > width - 90 ? { x: x - 6, textAnchor: "end" } : { x: x + 6, textAnchor: "start" };
}
