/** Runs as the app reads them. */
export type RunState = "running" | "pausing" | "paused" | "stopping" | "stopped" | "finished" | "failed" | "lost";
export type AlertKind = "stuck" | "looping" | "errors" | "budget_near" | "budget_spent" | "lost";
export type OrderKind = "pause" | "resume" | "stop" | "redirect" | "override" | "recover";

export type Instruction = { version: number; goal: string; constraints: string[]; epoch: number };

export type RunBudget = {
  steps?: number | null;
  cost?: number | null;
  /** A duration as it is written: `10m`. */
  time?: string | null;
  then?: string;
};

export type RunAlert = {
  kind: AlertKind;
  at: string;
  detail: string;
  cleared?: { by: string; at: string; reason: string } | null;
};

export type RunStep = {
  n: number;
  kind: string;
  name: string;
  input: unknown;
  output: unknown;
  failed: boolean;
  cost: number;
  elapsed_ms?: number | null;
  epoch: number;
  at: string;
};

export type RunOrder = {
  epoch: number;
  kind: OrderKind;
  reason: string;
  instruction?: Instruction | null;
  replaced?: Instruction | null;
  step?: number | null;
  result?: unknown;
  budget?: RunBudget | null;
  by: string;
  at: string;
  acknowledged_at?: string | null;
};

export type RunView = {
  id: string;
  loop: string;
  key?: string | null;
  state: RunState;
  epoch: number;
  obeyed: number;
  instruction: Instruction;
  budget: RunBudget;
  used: { steps: number; failed: number; cost: number; time_s: number; share: number };
  last_step?: RunStep | null;
  pending: RunOrder[];
  open_gates: number;
  alerts: RunAlert[];
  started_by: string;
  agent: string;
  created_at: string;
  seen_at: string;
  lease_until?: string | null;
  ended_at?: string | null;
  summary?: string | null;
};

export type HaltInForce = { scope: string; reason: string; at: string };

export type Fleet = {
  states: Record<string, number>;
  alerts: Record<string, number>;
  gates: { loop: string; open: number; approved: number }[];
  agents: { id: string; name: string; live: number }[];
  halts: HaltInForce[];
};
