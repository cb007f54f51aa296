import { ActionIcon } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useRef } from "react";
import { Link, useLocation } from "wouter";
import type { RunView } from "../../shared/api/types";
import { count, percent, plural, shortId } from "../../shared/format/format";
import { Icon } from "../../shared/ui/icons";
import { Badge } from "../../shared/ui/kit";
import { ALERTS, brief, isLive, money, STATES, standingAlerts } from "./run-words";
import css from "./runs.module.css";

const ROW = 44;

type Props = {
  runs: readonly RunView[];
  selected: string | null;
  hrefOf: (id: string) => string;
  may: (run: RunView) => { stop: boolean; control: boolean };
  onPause: (run: RunView) => void;
  onStop: (run: RunView) => void;
  /** Asked for when the last rows come into sight. */
  onEnd: () => void;
};

/** The runs in rows; only those in sight are in the document. */
export function FleetTable({ runs, selected, hrefOf, may, onPause, onStop, onEnd }: Props) {
  const box = useRef<HTMLElement>(null);
  const rows = useVirtualizer({
    count: runs.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 6,
    getItemKey: (index) => runs[index]?.id ?? index,
  });
  const at = runs.findIndex((run) => run.id === selected);
  // Where the selection goes, the table follows; new rows alone move nothing.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another selection scrolls
  useEffect(() => {
    if (at >= 0) rows.scrollToIndex(at, { align: "auto" });
  }, [selected]);
  const visible = rows.getVirtualItems();
  const last = visible.at(-1)?.index ?? 0;
  useEffect(() => {
    if (runs.length > 0 && last >= runs.length - 5) onEnd();
  }, [last, runs.length, onEnd]);
  const above = visible[0]?.start ?? 0;
  const below = rows.getTotalSize() - (visible.at(-1)?.end ?? 0);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
    <section ref={box} className={css.box} aria-label="Runs" tabIndex={0}>
      <table className={css.fleet} aria-rowcount={runs.length + 1}>
        <thead>
          <tr>
            <th scope="col">Agent</th>
            <th scope="col">State</th>
            <th scope="col" data-number data-wide>
              Step
            </th>
            <th scope="col" data-wide>
              Last action
            </th>
            <th scope="col" data-mid>
              Alerts
            </th>
            <th scope="col" data-number data-wide>
              Cost
            </th>
            <th scope="col" data-number data-wide>
              Budget
            </th>
            <th scope="col" data-number data-mid>
              Gates
            </th>
            <th scope="col">
              <span className="sr-only">Controls</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {above > 0 && <Spacer height={above} />}
          {visible.map(({ index }) => {
            const run = runs[index];
            return (
              run && (
                <Row
                  key={run.id}
                  run={run}
                  index={index}
                  current={run.id === selected}
                  href={hrefOf(run.id)}
                  stops={may(run).stop}
                  controls={may(run).control}
                  onPause={onPause}
                  onStop={onStop}
                />
              )
            );
          })}
          {below > 0 && <Spacer height={below} />}
        </tbody>
      </table>
    </section>
  );
}

function Spacer({ height }: { height: number }) {
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus
    <tr aria-hidden="true" style={{ height }} className={css.spacer}>
      <td />
    </tr>
  );
}

type RowProps = {
  run: RunView;
  index: number;
  current: boolean;
  href: string;
  stops: boolean;
  controls: boolean;
  onPause: (run: RunView) => void;
  onStop: (run: RunView) => void;
};

const Row = memo(function Row({ run, index, current, href, stops, controls, onPause, onStop }: RowProps) {
  const [, navigate] = useLocation();
  const state = STATES[run.state];
  const alerts = isLive(run.state) ? standingAlerts(run) : [];
  const waits = run.state === "paused" || run.state === "pausing";
  const ends = ["stopping", "stopped", "finished", "failed"].includes(run.state);
  const named = run.key ?? shortId(run.id);
  return (
    <tr
      aria-rowindex={index + 2}
      aria-current={current || undefined}
      onClick={(event) => {
        if (!(event.target as HTMLElement).closest("a, button")) navigate(href);
      }}
    >
      <td>
        <Link href={href} data-run-row={run.id} className={css.agent}>
          {alerts.length > 0 && (
            <span className={css.flag}>
              <Icon name="warn" size={14} />
              <span className="sr-only">alert</span>
            </span>
          )}
          <span>{run.agent}</span> <small>{named}</small>
        </Link>
      </td>
      <td>
        <Badge tone={state.tone} icon={state.icon}>
          {state.word}
        </Badge>
      </td>
      <td data-number data-wide>
        {count(run.used.steps)}
      </td>
      <td data-wide className={css.action}>
        {run.last_step && (
          <>
            {run.last_step.failed && <span className={css.failed}>failed: </span>}
            <b className={css.did}>{run.last_step.name}</b> {brief(run.last_step.input, 80)}
          </>
        )}
      </td>
      <td data-mid>
        {alerts.length > 0 && (
          <Badge tone="warn" icon="warn" title={alerts.map((alert) => alert.detail).join("; ")}>
            {ALERTS[(alerts[0] as (typeof alerts)[number]).kind]}
            {alerts.length > 1 && ` +${alerts.length - 1}`}
          </Badge>
        )}
      </td>
      <td data-number data-wide>
        {run.used.cost > 0 ? money(run.used.cost) : "–"}
      </td>
      <td data-number data-wide>
        {run.used.share > 0 ? percent(run.used.share, 0) : "–"}
      </td>
      <td
        data-number
        data-mid
        title={run.open_gates ? `${plural(run.open_gates, "gate")} that nobody has decided` : ""}
      >
        {run.open_gates || "–"}
      </td>
      <td className={css.controls}>
        {!ends && run.state !== "lost" && (waits ? controls : stops) && (
          <ActionIcon
            size={30}
            onClick={() => onPause(run)}
            aria-label={`${waits ? "Resume" : "Pause"} ${run.agent} ${named}`}
          >
            <Icon name={waits ? "play" : "pause"} />
          </ActionIcon>
        )}
        {!ends && stops && (
          <ActionIcon size={30} onClick={() => onStop(run)} aria-label={`Stop ${run.agent} ${named}`}>
            <Icon name="stop" />
          </ActionIcon>
        )}
      </td>
    </tr>
  );
});
