import { Button } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { memberNamesQuery } from "../../shared/api/queries";
import type { Case, RunOrder, RunStep, RunView } from "../../shared/api/types";
import { StatusBadge, standing } from "../../shared/case-view/status";
import { duration, exactTime, plural, shortId } from "../../shared/format/format";
import { useKey } from "../../shared/hotkeys/use-command";
import { Icon, type IconName } from "../../shared/ui/icons";
import { Ago, Badge, Card, Code, Failure, Kbd, Note, Skeleton, Table } from "../../shared/ui/kit";
import type { Asked } from "./run-dialogs";
import { gatesQuery, ordersQuery, stepsQuery } from "./run-queries";
import {
  ALERTS,
  brief,
  goalState,
  isLive,
  meters,
  money,
  ORDERS,
  STATES,
  standingAlerts,
  tookMs,
  versions,
} from "./run-words";
import css from "./runs.module.css";

export type May = { stop: boolean; control: boolean };

type Props = { run: RunView; may: May; ask: (asked: Asked) => void };

/** One run: where it stands, what it may do, what it did, what waits for whom. */
export function RunDetail({ run, may, ask }: Props) {
  const orders = useQuery(ordersQuery(run.id));
  return (
    <section className={css.detail} aria-label={`Run ${run.key ?? shortId(run.id)}`}>
      <Head run={run} may={may} ask={ask} />
      <Alerts run={run} may={may} ask={ask} />
      <div className={css.split}>
        <div className={css.column}>
          <Trace run={run} orders={orders.data ?? []} may={may} ask={ask} />
        </div>
        <div className={css.column}>
          <Goal run={run} orders={orders.data ?? []} />
          <Budget run={run} />
          <Gates run={run} />
          <Orders orders={orders.data} error={orders.error} />
        </div>
      </div>
    </section>
  );
}

function Head({ run, may, ask }: Props) {
  const state = STATES[run.state];
  const [pause, stop, goal, override] = [
    useKey("runs.pause"),
    useKey("runs.stop"),
    useKey("runs.redirect"),
    useKey("runs.override"),
  ];
  const waits = run.state === "paused" || run.state === "pausing";
  const ends = ["stopping", "stopped", "finished", "failed"].includes(run.state);
  const told = run.pending.length;
  return (
    <header className={css.head}>
      <div className={css.headText}>
        <h2>
          {run.agent} <small>{run.key ?? shortId(run.id)}</small>
        </h2>
        <p className={css.line}>
          <Badge tone={state.tone} icon={state.icon}>
            {state.word}
          </Badge>
          {told > 0 && isLive(run.state) && (
            <Badge tone="warn" icon="clock">
              {plural(told, "order")} not obeyed yet
            </Badge>
          )}
          <span>
            in <Link href={`/loops/${run.loop}`}>{run.loop}</Link>
          </span>
          <span>
            started <Ago at={run.created_at} />
          </span>
          {run.ended_at ? (
            <span>
              ended <Ago at={run.ended_at} />
            </span>
          ) : (
            <span>
              last seen <Ago at={run.seen_at} />
            </span>
          )}
        </p>
        {run.summary && <p className={css.quote}>{run.summary}</p>}
      </div>
      {!ends && (
        <div className={css.buttons}>
          {waits
            ? may.control && (
                <Button
                  leftSection={<Icon name="play" size={14} />}
                  rightSection={pause && <Kbd name={pause} />}
                  onClick={() => ask({ what: "resume", run })}
                >
                  Resume
                </Button>
              )
            : may.stop &&
              run.state !== "lost" && (
                <Button
                  leftSection={<Icon name="pause" size={14} />}
                  rightSection={pause && <Kbd name={pause} />}
                  onClick={() => ask({ what: "pause", run })}
                >
                  Pause
                </Button>
              )}
          {may.control && (
            <Button
              leftSection={<Icon name="goal" size={14} />}
              rightSection={goal && <Kbd name={goal} />}
              onClick={() => ask({ what: "redirect", run })}
            >
              New goal
            </Button>
          )}
          {may.control && run.used.steps > 0 && (
            <Button
              leftSection={<Icon name="edit" size={14} />}
              rightSection={override && <Kbd name={override} />}
              onClick={() => ask({ what: "override", run, step: null })}
            >
              Override
            </Button>
          )}
          {may.stop && (
            <Button
              variant="danger"
              leftSection={<Icon name="stop" size={14} />}
              rightSection={stop && <Kbd name={stop} />}
              onClick={() => ask({ what: "stop", run })}
            >
              Stop
            </Button>
          )}
        </div>
      )}
    </header>
  );
}

function Alerts({ run, may, ask }: Props) {
  return standingAlerts(run).map((alert) => (
    <Note
      key={alert.kind}
      tone={alert.kind === "lost" || alert.kind === "budget_spent" ? "bad" : "warn"}
      title={`${ALERTS[alert.kind].charAt(0).toUpperCase()}${ALERTS[alert.kind].slice(1)}`}
      action={may.control && <Button onClick={() => ask({ what: "clear", run, kind: alert.kind })}>Clear</Button>}
    >
      {alert.detail}, <Ago at={alert.at} />
    </Note>
  ));
}

function Goal({ run, orders }: { run: RunView; orders: readonly RunOrder[] }) {
  const all = versions(run, orders);
  const state = goalState(run);
  const { instruction } = run;
  return (
    <Card
      title={`Goal, version ${instruction.version}`}
      actions={
        state !== "first" &&
        (state === "obeyed" ? (
          <Badge tone="good" icon="check">
            acknowledged
          </Badge>
        ) : (
          <Badge tone="warn" icon="clock">
            pending
          </Badge>
        ))
      }
    >
      <p className={css.goal}>{instruction.goal}</p>
      {instruction.constraints.length > 0 ? (
        <>
          <h3 className={css.sub}>It keeps to</h3>
          <ul className={css.constraints}>
            {instruction.constraints.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </>
      ) : (
        <p className={css.muted}>Without constraints.</p>
      )}
      {all.length > 1 && (
        <details className={css.more}>
          <summary>{plural(all.length - 1, "earlier version")}</summary>
          <ol className={css.versions}>
            {all.slice(1).map((version) => (
              <li key={version.version}>
                <b>Version {version.version}</b>
                {version.order && (
                  <span className={css.muted}>
                    {" "}
                    · <Ago at={version.order.at} />, {version.order.reason}
                  </span>
                )}
                <p>{version.goal}</p>
                {version.constraints.length > 0 && <p className={css.muted}>{version.constraints.join(" · ")}</p>}
              </li>
            ))}
          </ol>
        </details>
      )}
    </Card>
  );
}

function Budget({ run }: { run: RunView }) {
  const all = meters(run);
  const limited = all.some((meter) => meter.limit !== null);
  return (
    <Card title="Budget">
      <div className={css.meters}>
        {all.map(({ name, used, limit, share }) => (
          <div key={name}>
            <span className={css.meterHead}>
              <span>{name}</span>
              <span>
                {used}
                {limit !== null && <span className={css.muted}> of {limit}</span>}
              </span>
            </span>
            {limit !== null && (
              <svg
                className={css.meter}
                data-tone={share >= 1 ? "bad" : share >= 0.8 ? "warn" : undefined}
                width="100%"
                height="8"
                role="img"
                aria-label={`${name}: ${Math.round(share * 100)} % spent`}
              >
                <rect className={css.meterRail} width="100%" height="8" rx="4" />
                <rect className={css.meterFill} width={`${Math.min(100, share * 100)}%`} height="8" rx="4" />
              </svg>
            )}
          </div>
        ))}
      </div>
      <p className={css.muted}>
        {limited ? `At the end it ${run.budget.then === "stop" ? "stops" : "pauses"}.` : "Without limit."}
        {run.used.failed > 0 && ` ${plural(run.used.failed, "step")} failed.`}
      </p>
    </Card>
  );
}

function Gates({ run }: { run: RunView }) {
  const gates = useQuery(gatesQuery(run.id));
  return (
    <Card title="Gates" flush={Boolean(gates.data?.length)}>
      {gates.isError && <Failure what="The gates could not be read" error={gates.error} />}
      {gates.isPending && <Skeleton height={40} />}
      {gates.data?.length === 0 && (
        <p className={css.muted}>
          None. A case that names this run as its <code>run</code> is a gate of it.
        </p>
      )}
      {gates.data && gates.data.length > 0 && (
        <Table
          label="Gates of this run"
          rows={gates.data}
          rowKey={(gate) => gate.id}
          columns={[
            { title: "Case", cell: (gate) => <Link href={`/cases/${gate.id}`}>{gate.key ?? shortId(gate.id)}</Link> },
            { title: "State", cell: (gate) => <StatusBadge status={gate.status} /> },
            { title: "Waits for", cell: waitsFor },
          ]}
        />
      )}
    </Card>
  );
}

/** Who has to do something before the gate opens. */
function waitsFor(gate: Case): string {
  if (gate.status === "queued" || gate.status === "claimed" || gate.status === "reopened") {
    const { needed = 1, have = 0 } = gate.progress ?? {};
    const queue = gate.route?.queue ? ` in ${gate.route.queue}` : "";
    const left = Math.max(1, needed - have);
    const who = `${plural(left, "person", "people")}${queue}`;
    return gate.status === "claimed" ? `${who}, taken up` : who;
  }
  if (gate.status === "waiting_for_proposal") return "the agent: another call";
  if (gate.status === "held") return "the undo window";
  const decision = standing(gate);
  if (gate.status !== "decided" || !decision) return "nobody";
  if (decision.delivery === "consumed") return "nobody: the grant was given";
  if (decision.outcome === "approved" || decision.outcome === "modified") return "the agent: the grant is not taken";
  return "nobody";
}

function Orders({ orders, error }: { orders: RunOrder[] | undefined; error: unknown }) {
  const names = useQuery(memberNamesQuery);
  return (
    <Card title="Orders" flush={Boolean(orders?.length)}>
      {Boolean(error) && <Failure what="The orders could not be read" error={error} />}
      {!orders && !error && <Skeleton height={40} />}
      {orders?.length === 0 && <p className={css.muted}>It was told nothing so far.</p>}
      {orders && orders.length > 0 && (
        <Table
          label="Orders to this run"
          rows={orders.toReversed()}
          rowKey={(order) => String(order.epoch)}
          columns={[
            { title: "#", cell: (order) => order.epoch, number: true },
            {
              title: "Order",
              cell: (order) => (
                <>
                  <b>{ORDERS[order.kind]}</b>
                  {order.step != null && ` of step ${order.step}`}
                  <span className={css.reason}>{order.reason}</span>
                </>
              ),
            },
            { title: "By", cell: (order) => names.data?.[order.by] ?? byWords(order.by) },
            { title: "Sent", cell: (order) => <Ago at={order.at} /> },
            { title: "Obeyed", cell: (order) => <Took order={order} /> },
          ]}
        />
      )}
    </Card>
  );
}

function byWords(by: string): string {
  return by === "machine" || by === "system" ? "the machine" : by.startsWith("key_") ? "a key" : shortId(by);
}

function Took({ order }: { order: RunOrder }) {
  const took = tookMs(order);
  if (took === null) {
    return (
      <Badge tone="warn" icon="clock">
        pending
      </Badge>
    );
  }
  return <span title={order.acknowledged_at ? exactTime(order.acknowledged_at) : ""}>after {duration(took)}</span>;
}

const KINDS: Record<string, { word: string; icon: IconName }> = {
  plan: { word: "plan", icon: "edit" },
  tool_call: { word: "tool call", icon: "forge" },
  observation: { word: "observation", icon: "eye" },
  output: { word: "output", icon: "up" },
};

function Trace({ run, orders, may, ask }: Props & { orders: readonly RunOrder[] }) {
  const steps = useInfiniteQuery(stepsQuery(run.id));
  const all = steps.data?.pages.flatMap((page) => page.items) ?? [];
  const overrides = new Map<number, RunOrder>();
  for (const order of orders) if (order.kind === "override" && order.step != null) overrides.set(order.step, order);
  return (
    <Card title={`Steps${run.used.steps ? ` (${run.used.steps})` : ""}`} flush>
      {steps.isError && <Failure what="The steps could not be read" error={steps.error} />}
      {steps.isPending && <Skeleton height={160} />}
      {steps.data && all.length === 0 && (
        <p className={css.none}>No step yet. What the agent reports shows here, newest first.</p>
      )}
      {all.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
        <section className={css.traceBox} aria-label="What it did" tabIndex={0}>
          <ol className={css.trace} aria-label="Steps, newest first">
            {all.map((step) => (
              <Step
                key={step.n}
                step={step}
                override={overrides.get(step.n)}
                onOverride={
                  may.control && isLive(run.state) ? () => ask({ what: "override", run, step: step.n }) : null
                }
              />
            ))}
          </ol>
          {steps.hasNextPage && (
            <div className={css.earlier}>
              <Button onClick={() => steps.fetchNextPage()} loading={steps.isFetchingNextPage}>
                Show earlier steps
              </Button>
            </div>
          )}
        </section>
      )}
    </Card>
  );
}

type StepProps = { step: RunStep; override: RunOrder | undefined; onOverride: (() => void) | null };

function Step({ step, override, onOverride }: StepProps) {
  const kind = KINDS[step.kind] ?? { word: step.kind, icon: "chevron" as const };
  return (
    <li data-kind={step.kind} data-failed={step.failed || undefined}>
      <span className={css.dot}>
        <Icon name={step.failed ? "cross" : kind.icon} size={12} />
      </span>
      <details>
        <summary>
          <span className={css.n}>{step.n}</span>
          <span className={css.kind}>{kind.word}</span>
          <b className={css.name}>{step.name}</b>
          {step.failed && <Badge tone="bad">failed</Badge>}
          {override && (
            <Badge tone="accent" icon="edit">
              overridden{override.acknowledged_at ? "" : ", pending"}
            </Badge>
          )}
          <span className={css.what}>{brief(override ? override.result : (step.output ?? step.input), 90)}</span>
          <span className={css.when}>
            <Ago at={step.at} />
          </span>
        </summary>
        <div className={css.io}>
          <Value title="Input" value={step.input} />
          {override && <Value title={`Counts as its result (order ${override.epoch})`} value={override.result} />}
          <Value title={override ? "Output, overridden" : "Output"} value={step.output} struck={Boolean(override)} />
          <p className={css.muted}>
            {exactTime(step.at)}
            {step.elapsed_ms != null && ` · took ${duration(step.elapsed_ms)}`}
            {step.cost > 0 && ` · cost ${money(step.cost)}`}
            {` · under order ${step.epoch}`}
          </p>
          {onOverride && (
            <div>
              <Button size="xs" onClick={onOverride}>
                Override this result
              </Button>
            </div>
          )}
        </div>
      </details>
    </li>
  );
}

function Value({ title, value, struck }: { title: string; value: unknown; struck?: boolean }) {
  if (value === null || value === undefined) return null;
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return (
    <div data-struck={struck || undefined} className={css.value}>
      <h3 className={css.sub}>{title}</h3>
      <Code label={title}>{text}</Code>
    </div>
  );
}
