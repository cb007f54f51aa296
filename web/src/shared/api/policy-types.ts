/** What the policy tuner and the autonomy page read: dry runs, evidence, and what people sign. */
import type { ErrorInterval, JsonObject } from "./types";

/** An off-policy estimate of the share wrong. */
export type DryRunEstimate = {
  estimate: number;
  lower: number;
  upper: number;
  certainty: number;
  effective_cases: number;
  known: number;
  /** Share of the cases that nobody could have looked at. */
  unknown_share: number;
};

export type DryRunReason = { code: string; name?: string | null; cases: number };

export type DryRunOutcome = {
  automatic_share: number;
  review_share: number;
  block_share: number;
  error?: DryRunEstimate | null;
  wrong?: number | null;
  cost?: number | null;
  reasons: DryRunReason[];
};

export type DryRunChange = { case: string; from: string; to: string; reason: string; wrong?: boolean | null };

export type DryRunPoint = {
  threshold: number;
  coverage: number;
  error?: DryRunEstimate | null;
  cost?: number | null;
};

export type DryRunGroup = {
  group: string;
  cases: number;
  automatic_share: number;
  error?: DryRunEstimate | null;
  set_size?: number | null;
};

export type DryRunSets = { alpha: number; empty: number; one: number; two: number; more: number };

/** What a draft would have done with recorded cases. */
export type DryRun = {
  cases: number;
  known: number;
  widens: string[];
  before: DryRunOutcome;
  after: DryRunOutcome;
  changed: { to_auto: number; to_review: number; to_block: number; examples: DryRunChange[] };
  /** Strictest threshold first. */
  curve: DryRunPoint[];
  groups: DryRunGroup[];
  sets: DryRunSets[];
  notes: string[];
};

export type AutonomyLevel = {
  level: number;
  threshold: number;
  coverage: number;
  cases: number;
  error?: number | null;
  progress: number;
  certified: boolean;
  further_cases?: number | null;
};

/** The first claim: what the next case may be trusted with, if cases stay as they are. */
export type AutonomyCertificate = {
  claim: string;
  /** Share of cases for which a claim about real errors would hold now. */
  error_coverage?: number | null;
  acting?: number | null;
  acting_coverage: number;
  certified?: number | null;
  certified_coverage: number;
  achievable_coverage: number;
  next?: AutonomyLevel | null;
  levels: AutonomyLevel[];
  waiting: number;
  overdue: number;
  sentence: string;
};

/** The third claim: no bound, but an alarm. */
export type AutonomyDetector = {
  evidence: number;
  bar: number;
  audit_probability: number;
  surge_left: number;
};

/** A threshold that has earned to act and waits for a signature. */
export type AutonomyProposal = {
  group: string;
  epoch: number;
  level: number;
  threshold: number;
  coverage: number;
  cases: number;
  error?: number | null;
  target_error: number;
  delta: number;
  claim: string;
  at: string;
};

export type AutonomyDemotion = {
  epoch: number;
  case: string;
  threshold: number;
  audits: number;
  errors: number;
  evidence: number;
  bar: number;
  at: string;
};

export type AutonomyGroup = {
  group: string;
  /** `warming_up`, `earning`, `proposed`, `acting` or `demoted`. */
  standing: string;
  model: string;
  next_model?: string | null;
  epoch: number;
  gathered: number;
  wanted: number;
  cases: number;
  automatic: number;
  audits: number;
  audit_errors: number;
  certificate?: AutonomyCertificate | null;
  detector?: AutonomyDetector | null;
  proposal?: AutonomyProposal | null;
  demotion?: AutonomyDemotion | null;
  updated_at: string;
};

export type StandingOrder = {
  max_coverage: number;
  expires_at: string;
  reason: string;
  first: string;
  /** Who agreed; in force only then. */
  second?: string | null;
  asked_at: string;
};

/** Who did something; `kind` is `member`, `key`, `machine`, `timer`, or empty where it was not kept. */
export type AutonomyActor = { kind: string; id?: string | null; name?: string | null };

export type AutonomyEvent = { at: string; kind: string; data: JsonObject; by: AutonomyActor };

/** What second looks say of how often people miss an error. */
export type AutonomyPeople = {
  share: number;
  looks: number;
  waiting: number;
  errors: number;
  missed: number;
  /** 1 while nothing is known. */
  miss_rate_at_most: number;
  not_counted_at_most: number;
  certainty: number;
};

/** What a loop's autonomy rests on. */
export type Autonomy = {
  target_error: number;
  certainty: number;
  audit_rate: number;
  by?: string | null;
  /** Whether the certainty is that of all groups together. */
  together: boolean;
  enforced: boolean;
  people?: AutonomyPeople | null;
  groups: AutonomyGroup[];
  /** The second claim: over all automatic cases of the policy's epoch. */
  realised?: ErrorInterval | null;
  /** The same about real errors. */
  realised_error?: { upper: number; certainty: number } | null;
  order?: StandingOrder | null;
  history: AutonomyEvent[];
};
