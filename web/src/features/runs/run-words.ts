import type { AlertKind, LedgerEvent, OrderKind, RunOrder, RunState, RunView } from "../../shared/api/types";
import { count, duration } from "../../shared/format/format";
import type { IconName } from "../../shared/ui/icons";
import type { Tone } from "../../shared/ui/kit";

/** Every state: its word, its colour and a sign beside the colour. */
export const STATES: Record<RunState, { word: string; tone: Tone; icon: IconName }> = {
  running: { word: "running", tone: "good", icon: "play" },
  pausing: { word: "told to pause", tone: "warn", icon: "pause" },
  paused: { word: "paused", tone: "accent", icon: "pause" },
  stopping: { word: "told to stop", tone: "warn", icon: "stop" },
  stopped: { word: "stopped", tone: "neutral", icon: "stop" },
  finished: { word: "finished", tone: "neutral", icon: "check" },
  failed: { word: "failed", tone: "bad", icon: "cross" },
  lost: { word: "lost", tone: "bad", icon: "warn" },
};

export const LIVE: readonly RunState[] = ["running", "pausing", "paused", "stopping", "lost"];

export const isLive = (state: RunState): boolean => LIVE.includes(state);

export const ALERTS: Record<AlertKind, string> = {
  stuck: "stuck",
  looping: "repeats itself",
  errors: "many errors",
  budget_near: "budget nearly spent",
  budget_spent: "budget spent",
  lost: "lost",
};

export const ORDERS: Record<OrderKind, string> = {
  pause: "Pause",
  resume: "Resume",
  stop: "Stop",
  redirect: "New goal",
  override: "Override",
  recover: "Taken over",
};

/** What the fleet can be narrowed to: each is a link with a number. */
export type Lens = { name: string; label: string; states?: readonly RunState[]; alert?: AlertKind | "any" };

export const LENSES: readonly Lens[] = [
  { name: "live", label: "Live", states: LIVE },
  { name: "running", label: "Running", states: ["running"] },
  { name: "paused", label: "Paused", states: ["pausing", "paused"] },
  { name: "stuck", label: "Stuck", alert: "stuck" },
  { name: "lost", label: "Lost", states: ["lost"] },
  { name: "ended", label: "Ended", states: ["stopping", "stopped", "finished", "failed"] },
  { name: "all", label: "All" },
];

/** The lens of this name; what lives, where there is none. */
export function lensOf(name: string | null): Lens {
  return LENSES.find((lens) => lens.name === name) ?? (LENSES[0] as Lens);
}

/** Whether a run belongs into what the lens shows. */
export function fits(run: RunView, lens: Lens, loop: string | null, agent: string | null): boolean {
  if (loop && run.loop !== loop) return false;
  if (agent && run.started_by !== agent) return false;
  if (lens.alert) {
    return isLive(run.state) && standingAlerts(run).some((alert) => alert.kind === lens.alert);
  }
  return !lens.states || lens.states.includes(run.state);
}

export const standingAlerts = (run: Pick<RunView, "alerts">) => run.alerts.filter((alert) => !alert.cleared);

/** The run that an event is about. Its id is in the event's, so that those who see no details know it too. */
export function runOf(event: Pick<LedgerEvent, "id" | "kind" | "data">): string | null {
  if (!event.kind.startsWith("run.")) return null;
  const named = event.data?.run;
  if (typeof named === "string") return named;
  const id = /^evt_(\w{26})-\d+/.exec(event.id ?? "")?.[1];
  return id ? `run_${id}` : null;
}

/** How long an order took to be obeyed; `null` while it was not. */
export function tookMs(order: Pick<RunOrder, "at" | "acknowledged_at">): number | null {
  if (!order.acknowledged_at) return null;
  return Math.max(0, new Date(order.acknowledged_at).getTime() - new Date(order.at).getTime());
}

/** Whether the run has said that it works to the newest goal. */
export function goalState(run: Pick<RunView, "instruction" | "obeyed" | "state">): "first" | "pending" | "obeyed" {
  if (run.instruction.epoch === 0) return "first";
  return run.obeyed >= run.instruction.epoch ? "obeyed" : "pending";
}

/** The versions of the goal, newest first, from the orders that changed it. */
export function versions(run: Pick<RunView, "instruction">, orders: readonly RunOrder[]) {
  const known = new Map([[run.instruction.version, { ...run.instruction, order: undefined as RunOrder | undefined }]]);
  for (const order of orders) {
    if (order.replaced && !known.has(order.replaced.version)) {
      known.set(order.replaced.version, { ...order.replaced, order: undefined });
    }
    if (order.instruction) known.set(order.instruction.version, { ...order.instruction, order });
  }
  return [...known.values()].toSorted((a, b) => b.version - a.version);
}

export type Meter = { name: string; used: string; limit: string | null; share: number };

/** Seconds of a duration as the server writes it: `90s`, `1h30m`. */
export function seconds(text: string): number {
  const units: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)(ms|s|m|h|d)/g)) {
    total += Number(amount) * (units[unit as string] ?? 0);
  }
  return total;
}

/** What a run used of each part of its budget. */
export function meters({ used, budget }: Pick<RunView, "used" | "budget">): Meter[] {
  const share = (value: number, limit: number) => (limit > 0 ? value / limit : 1);
  const time = budget.time ? seconds(budget.time) : null;
  return [
    {
      name: "Steps",
      used: count(used.steps),
      limit: budget.steps == null ? null : count(budget.steps),
      share: budget.steps == null ? 0 : share(used.steps, budget.steps),
    },
    {
      name: "Cost",
      used: money(used.cost),
      limit: budget.cost == null ? null : money(budget.cost),
      share: budget.cost == null ? 0 : share(used.cost, budget.cost),
    },
    {
      name: "Time",
      used: duration(used.time_s * 1000),
      limit: time === null ? null : duration(time * 1000),
      share: time === null ? 0 : share(used.time_s, time),
    },
  ];
}

/** A cost without a unit, as the steps report it. */
export function money(value: number): string {
  return new Intl.NumberFormat("en-GB", { maximumFractionDigits: value < 1 ? 4 : 2 }).format(value);
}

/** A value of a step in one line. */
export function brief(value: unknown, most = 120): string {
  if (value === null || value === undefined) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** What to do about it, when the server takes an order but does not carry it out yet. */
export function taken(status: number, done: string, waits: string): string {
  return status === 202 ? waits : done;
}
