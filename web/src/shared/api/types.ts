/** The wire shapes the app reads, in the server's own snake_case words. */

export type * from "./policy-types";
export type * from "./run-types";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export type Role = "submitter" | "reviewer" | "arbiter" | "orchestrator" | "auditor" | "admin";
export type RoleGrant = { loop: string; role: Role };

export type Member = {
  id: string;
  name: string;
  email: string;
  roles?: RoleGrant[];
  created_at?: string;
  disabled_at?: string | null;
  identified_at?: string | null;
  skills?: string[];
  signin_link?: string | null;
};

export type Session = {
  member: Member;
  csrf: string;
  space?: string;
  roles: RoleGrant[];
  ledger_anchored?: boolean;
};

/** AWS credentials of a key. */
export type AwsCredentials = {
  access_key_id: string;
  secret_access_key: string;
};

export type Key = {
  id: string;
  name: string;
  prefix: string;
  roles: RoleGrant[];
  expires_at?: string | null;
  created_at: string;
  last_used_at?: string | null;
  revoked_at?: string | null;
  secret?: string;
};

/** A standing permission: calls of a tool that persons allowed beforehand. */
export type StandingGrant = {
  id: string;
  loop: string;
  terms: {
    tool: string;
    scope?: JsonObject;
    when?: string;
    max_count: number;
    sum?: { of: string; max: number };
    until: string;
    consumer?: string;
    run?: string;
    agent?: string;
  };
  reason: string;
  state: "asked" | "active" | "revoked" | "expired" | "spent";
  suspended: boolean;
  digest: string;
  needed: number;
  asked_by: string | null;
  asked_at: string;
  signatures: { member: string; at: string }[];
  used: number;
  used_sum: number;
  ended: { at: string; by: string | null; reason: string } | null;
};
export type StandingUse = { n: number; case: string; digest: string; amount: number | null; at: string };

export type Webhook = {
  id: string;
  url: string;
  kinds: string[];
  loops: string[];
  payload: "thin" | "full";
  state: "active" | "paused" | "disabled";
  why?: string | null;
  failures: number;
  failing_since?: string | null;
  next_probe_at?: string | null;
  old_secret_until?: string | null;
  created_at: string;
  updated_at: string;
  secret?: string;
};

/** A way in or out beside HTTP, and how it is. */
export type Channel = {
  id: string;
  kind: string;
  name: string;
  direction: "in" | "out";
  loop?: string | null;
  kinds: string[];
  loops: string[];
  payload: "thin" | "full";
  state: "active" | "paused";
  health: {
    status: "up" | "down" | "connecting" | "paused" | "unavailable";
    connected_at?: string | null;
    last_at?: string | null;
    error?: string | null;
    error_at?: string | null;
    failures: number;
    retry_at?: string | null;
    done: number;
    dead: number;
    waiting?: number | null;
    oldest_at?: string | null;
  };
  broker?: { url: string };
  desk?: { create: { url: string }; sync?: JsonObject };
};

/** A kind of channel, and whether this build has it. */
export type ChannelKind = {
  kind: string;
  title: string;
  available: boolean;
  enable?: string | null;
  directions: ("in" | "out")[];
};

/** A message of a channel; inward those that were no good. */
export type ChannelMessage = {
  id: string;
  kind: string;
  subject: string;
  source?: string | null;
  state: "waiting" | "done" | "dead";
  attempts: number;
  code?: string | null;
  path?: string | null;
  error?: string | null;
  body?: string | null;
  case?: string | null;
  created_at: string;
};

export type Delivery = {
  id: string;
  kind: string;
  subject: string;
  state: "waiting" | "done" | "dead";
  attempts: number;
  next_attempt_at?: string | null;
  status?: number | null;
  took_ms?: number | null;
  error?: string | null;
  response?: string | null;
  created_at: string;
  finished_at?: string | null;
};

export type Page<T> = { items: T[]; next_cursor?: string | null };

export type Status = "queued" | "claimed" | "waiting_for_proposal" | "held" | "decided" | "cancelled" | "reopened";

export type Reason = {
  code: string;
  name?: string | null;
  value?: number | null;
  threshold?: number | null;
  why?: string | null;
};

export type Evidence = {
  for?: string;
  in?: string;
  start?: number;
  end?: number;
  weight?: number;
  text?: string;
  source?: string;
};

export type Proposal = {
  id: string;
  output: JsonObject;
  confidence?: number | Record<string, number> | null;
  probabilities?: Record<string, Record<string, number>> | null;
  model?: string | null;
  evidence?: Evidence[];
  shadow?: boolean;
  at?: string;
  /** Of a call of a tool: what whoever approves says they saw. */
  digest?: string | null;
};

export type Route = {
  to: "auto" | "review" | "block";
  queue?: string;
  reviewers?: number;
  loop_version?: number;
  epoch?: number;
  mode?: string;
  reasons: Reason[];
  propensity?: number;
  draw?: number;
  audit?: boolean;
  would_be?: string | null;
};

/** A stretch of a text with one author, in code points. */
export type AuthorSpan = {
  from: number;
  to: number;
  by: "human" | "model";
  model?: string | null;
  suggestion?: string | null;
};

/** Who wrote the texts of a judgment. */
export type Authorship = { ai_share?: number | null; spans: Record<string, AuthorSpan[]> };

/** A change of a revision, in code points of the text that was sent. */
export type Hunk = { from: number; to: number; text: string };

/** Words that take the place of those between `from` and `to`. */
export type Suggestion = { id?: string | null; from: number; to: number; text: string; hunks: Hunk[] };

export type Suggestions = { link: string; model?: string | null; took_ms: number; suggestions: Suggestion[] };

export type Judgment = {
  id: string;
  task?: string;
  proposal?: string | null;
  member?: string | null;
  verdict: Verdict;
  answer?: JsonObject | null;
  reasons?: string[];
  failure_modes?: string[];
  comment?: string | null;
  rationale?: string | null;
  notice?: string | null;
  provenance?: Authorship | null;
  elapsed_ms?: number | null;
  blind?: boolean;
  state?: string;
  at?: string;
};

export type Verdict = "approve" | "reject" | "modify" | "answer" | "request_changes" | "escalate" | "skip" | "unsure";

export type Change = { path: string; before: Json; after: Json };

export type Decision = {
  id: string;
  output: JsonObject | null;
  outcome: "approved" | "modified" | "rejected" | "labelled" | "blocked";
  by: "machine" | "people" | "deadline" | "import";
  rule?: string;
  judgments?: (string | number)[];
  changes?: Change[];
  reason_codes?: string[];
  rationale?: string | null;
  notice?: string | null;
  model?: string | null;
  loop_version?: number;
  decided_at: string;
  effective_at?: string | null;
  state: "held" | "effective" | "withdrawn" | "superseded" | "suspended";
  delivery?: string;
  digest?: string;
  /** Whether and until when it can be contested; absent where the loop allows no appeals. */
  appeal?: { until: string; open: boolean; state?: AppealState | null } | null;
  ruling?: { appeal: number; contested: string; outcome: "upheld" | "overturned" } | null;
  gate?: Gate | null;
};

export type AppealState = "open" | "upheld" | "overturned" | "withdrawn";

/** Somebody affected contests a decision. */
export type Appeal = {
  n: number;
  state: AppealState;
  by: string;
  statement: string;
  evidence: { title?: string | null; text?: string | null; media?: string | null }[];
  contested?: string | null;
  decision?: string | null;
  meanwhile: "stands" | "suspended";
  blind: boolean;
  lodged_at: string;
  deadline: string;
  overdue: boolean;
  closed_at?: string | null;
  own: boolean;
};

/** What a decision over a call of a tool is bound to, and what became of it. */
export type Gate = {
  tool?: string | null;
  executor?: string | null;
  target?: string | null;
  expires_at: string;
  alarm?: string | null;
  execution?: string | null;
};

/** What one link of the chain, or one model that checks, said of a case. */
export type LinkTry = {
  link: string;
  kind: string;
  started: string;
  took_ms: number;
  outcome: string;
  why?: string | null;
  output?: JsonObject | null;
  confidence?: number | null;
  model?: string | null;
};

export type Case = {
  id: string;
  chain?: LinkTry[];
  loop: string;
  loop_version: number;
  key?: string | null;
  subject?: string | null;
  status: Status;
  input: JsonObject;
  tags?: string[];
  group?: Record<string, string> | null;
  priority?: number;
  deadline?: string | null;
  overdue?: boolean;
  requested_human?: boolean;
  transcript?: { from: Speaker; text: string }[];
  attempted?: string | null;
  turn?: Turn;
  interim?: { output: JsonObject; decided: boolean } | null;
  run?: string | null;
  created_at: string;
  updated_at?: string;
  proposal?: Proposal | null;
  proposals?: Proposal[];
  route?: Route | null;
  progress?: { needed: number; have: number; held: number };
  decision?: Decision | null;
  decisions?: Decision[];
  appeals?: Appeal[];
  judgments?: Judgment[];
};

/** A call of a tool as its reviewer is shown it. */
export type ActionShown = {
  field: string;
  tool: string;
  title?: string | null;
  risk: string;
  reversible: boolean;
  executor?: string | null;
  target?: string | null;
  canonical: string;
  digest?: string | null;
  needed: number;
  approved_by: { name: string; at: string; signed?: boolean }[];
  edit_asks_anew: boolean;
};

export type Contribution = {
  feature: string;
  field?: string;
  start?: number | null;
  end?: number | null;
  /** Left, top, width and height in an image, as fractions of its sides. */
  region?: [number, number, number, number] | null;
  weight: number;
};

export type Claim = {
  id: string;
  token: number | string;
  expires_at: string;
  lease_s: number;
  undo_s?: number;
  blind?: boolean;
  task?: { id: string; queue: string; created_at?: string };
  case: Case;
  proposal?: Proposal | null;
  action?: ActionShown | null;
  explanation?: { contributions: Contribution[]; class?: string | null } | null;
  reasons?: Reason[];
  /** Where the seat is an appeal's. */
  appeal?: Appeal | null;
  guidelines?: string | null;
  loop?: unknown;
  waiting?: number;
};

export type JudgeReply = {
  case: Case;
  judgment: { id: string; undo_until?: string | null };
  next?: Claim | null;
};

export type Speaker = "agent" | "person" | "subject" | "note";
export type Turn = { holder: "agent" | "person"; member?: string | null; since?: string | null };
export type Message = {
  id: string;
  n: number;
  client_id: string;
  from: Speaker;
  member?: string | null;
  body: string;
  at: string;
};
export type Conversation = { items: Message[]; turn: Turn };

export type Comment = { id: string; member?: string | null; body: string; at: string };

export type TimelineEntry = {
  index: number | null;
  id: string;
  kind: string;
  at: string;
  actor?: Actor | null;
  data?: JsonObject;
};

export type Actor = { kind: "member" | "key" | "machine" | "timer"; id?: string; name?: string };

export type LedgerEvent = {
  /** Its place in the ledger; null while it is unsealed. */
  index: number | null;
  id?: string;
  kind: string;
  at: string;
  loop?: string | null;
  case?: string | null;
  actor?: Actor | null;
  data?: JsonObject;
};

/** A sealed event as it was hashed, and the hash of its leaf. */
export type LedgerEntry = { index: number; event: Omit<LedgerEvent, "index">; leaf: string };

export type OptionSpec = string | { value: string; label?: string; help?: string; key?: string };

export type FieldSpec = { title?: string; required?: boolean } & (
  | { kind: "choice"; options: OptionSpec[]; multi?: boolean }
  | { kind: "number"; min?: number; max?: number; unit?: string }
  | { kind: "text"; max_length?: number }
  | { kind: "form"; schema: JsonObject }
  | { kind: "action"; tools: Record<string, ToolSpec> }
);

export type ToolSpec = { schema: JsonObject; title?: string; risk?: string; reversible?: boolean };

export type InputKind = "text" | "html" | "image" | "audio" | "pdf" | "chat" | "json" | "table" | "number";

export type LoopSpec = {
  loop: string;
  title?: string;
  mode?: string;
  coverage?: string;
  enforce?: boolean;
  input: Record<string, { kind: InputKind; title?: string }>;
  answer: Record<string, FieldSpec>;
  guidelines?: string;
  reject_reasons?: string[];
  failure_modes?: string[];
  checklist?: { id: string; text: string; required?: boolean }[];
  queues?: Record<string, { title?: string }>;
  policy?: JsonObject;
  review?: JsonObject;
  /** What the person affected is told of a decision. */
  notice?: { template?: string | null; rejected?: string | null; required?: boolean };
  learner?: JsonObject;
  /** Who suggests words to a person at work on a text. */
  copilot?: { model?: string; fields?: string[] };
};

export type LoopSummary = {
  name: string;
  title?: string | null;
  version: number;
  mode: string;
  coverage?: string;
  enforce?: boolean;
  open: number;
  decided: number;
  automatic_share?: number | null;
  created_at?: string;
};

export type LoopVersion = {
  version: number;
  state: string;
  published_at?: string | null;
  published_by?: string | null;
  /** Who asked for it, where it takes a second person. */
  proposed_by?: string | null;
  reason?: string | null;
};

export type LoopView = {
  name: string;
  title?: string | null;
  version: number;
  /** The version in force; 0 while there is none. */
  head: number;
  versions: LoopVersion[];
  spec: LoopSpec;
  source: string;
  format?: string;
  /** In which ways the version shown widens what the machine may do over the one in force. */
  widens: string[];
  model?: { version: number; stage: string } | null;
};

export type Job = { id: string; kind: string; state: string; progress: number; error?: string | null };

export type QueueRow = {
  loop: string;
  queue: string;
  waiting: number;
  claimed: number;
  oldest_at?: string | null;
  with_deadline: number;
  overdue: number;
  within_deadline?: number | null;
  by_purpose?: { purpose: string; tasks: number }[] | null;
  paused?: QueuePause | null;
  working: number;
  per_hour?: number | null;
  empty_in_s?: number | null;
  capacity?: QueueCapacity | null;
};

/** What people can look at in a queue, and what gives way while that is not enough. */
export type QueueCapacity = {
  looks: number;
  looks_per_hour?: number | null;
  source: string;
  look_s?: number | null;
  wait_s?: number | null;
  bound_s: number;
  overloaded_at?: string | null;
  gives_way: string[];
  next: string[];
};

/** Seats that a member holds in a loop. */
export type Seats = { loop: string; member: string; name: string; seats: number; since: string };

/** A member who is away, and who is asked to stand in. */
export type Absence = {
  member: string;
  name: string;
  delegate: string;
  delegate_name: string;
  until: string;
  asked_at: string;
  accepted_at?: string | null;
  digest: string;
  takes_passkey: boolean;
};
export type Absences = { items: Absence[]; delegates: { id: string; name: string }[] };

/** A change of which accounts are one natural person. */
export type PersonChange = {
  id: string;
  kind: "merge" | "split" | "identify";
  member: string;
  into?: string | null;
  reason: string;
  state: string;
  asked_by: string;
  asked_at: string;
  settled_by?: string | null;
};

/** One sign-off over many waiting calls. */
export type Batch = {
  id: string;
  loop: string;
  tool: string;
  member: string;
  at: string;
  digest: string;
  approved: { case: string; digest: string; decided: boolean }[];
  left_out: { case: string; code: string; why: string }[];
  sum?: number | null;
};

/** A machine's decision that is held for a veto. */
export type HeldDecision = {
  case: string;
  key?: string | null;
  output?: JsonObject | null;
  decided_at: string;
  veto_s: number;
  left_s: number;
  running: boolean;
};
export type HeldDecisions = { items: HeldDecision[]; watched: boolean };

export type QueuePause = {
  since: string;
  clock: string;
  reason: string;
  by?: string | null;
  by_name?: string | null;
};

export type QueueAlert = {
  id?: string | null;
  loop: string;
  on: string;
  queue?: string | null;
  case?: string | null;
  value?: number | null;
  above?: number | null;
  raised_at: string;
  cleared_at?: string | null;
};

export type BulkChange =
  | { kind: "transfer"; queue: string }
  | { kind: "reprioritise"; priority: number }
  | { kind: "release" };

export type Bulk = {
  id?: string | null;
  state: string;
  count: number;
  changed: number;
  skipped: number;
};

export type Halt = {
  scope: string;
  loop?: string | null;
  halted: boolean;
  by?: string | null;
  by_name?: string | null;
  reason: string;
  at: string;
};

export type Share = { estimate: number; lower: number; upper: number; n?: number };

/** The share wrong among automatic cases; both ends hold together, at every moment. */
export type ErrorInterval = {
  estimate: number | null;
  lower: number;
  upper: number;
  certainty: number;
  method?: string;
  /** Since when cases are counted. */
  holds_from?: string | null;
  cases?: number;
  /** Kish's effective number of judged audits. */
  effective_audits?: number;
};

export type LearningPoint = {
  examples?: number;
  judgments: number;
  trained_on?: number;
  random?: { trained_on: number; accuracy: Share } | null;
  accuracy: Share | null;
  model_version?: number;
  at?: string;
};

export type AgreementPoint = { judgments: number; agreement: Share; at?: string };

export type ModelRow = {
  version: number;
  name?: string;
  kind?: string;
  stage: string;
  trained_on?: number | null;
  metrics?: { accuracy?: Share | null; cross_validated?: number | null } | null;
  created_at?: string;
  duration_ms?: number | null;
  /** Its score on the newest frozen evaluation set. */
  score?: { set: number; accuracy: Share; macro_f1?: number | null; nll?: number | null } | null;
  /** That score beside the live model's, case by case. */
  compared?: { against: string; candidate: number; current: number; p_value: number } | null;
  /** How it did beside what people were shown. */
  shadow?: {
    right: Share;
    against?: string | null;
    cases: number;
    candidate: number;
    current: number;
    p_better: number;
    p_worse: number;
  } | null;
  /** Why promotion would be refused now. */
  refusal?: string | null;
};

export type ErrorStats = {
  cases: number;
  decided?: number;
  automatic: number;
  automatic_share: number | null;
  automatic_share_recent?: number | null;
  audited: number;
  audits_pending?: number;
  audit_errors: number;
  error: ErrorInterval | null;
  progress?: { target: number; further_cases: number } | null;
  judgments: number;
  reviewed: number;
};

export type QueueStats = {
  waiting: number;
  claimed: number;
  held: number;
  decided: number;
  oldest_at?: string | null;
  open_tasks?: number;
  per_queue?: { queue: string; open: number; oldest_at?: string | null }[];
};

export type Checkpoint = {
  origin: string;
  size: number;
  root: string;
  note: string | null;
  at?: string | null;
  vkey?: string | null;
  anchored_size?: number | null;
  unsealed: { count: number; oldest_at?: string | null };
};

export type VerifyReport = {
  /** verified, unanchored (verified, with a tail that no witness holds) or broken. */
  state: string;
  events?: number;
  rows?: number;
  size?: number;
  root?: string | null;
  problem_count?: number;
  anchored_size?: number | null;
  problems?: { code: string; index?: number | null; id?: string | null; detail: string }[];
  seconds?: number;
};

export type DemoView = {
  enabled: boolean;
  truth_error?: number | null;
  counts?: Record<string, number>;
  card?: DemoCard | null;
  plug?: { pid?: number } | null;
};

export type DemoCard = {
  looked: number;
  total: number;
  measured: number | null;
  interval: { lower: number; upper: number } | [number, number] | null;
  truth: number | null;
  hours_saved: number | null;
};

/** How one link fares since the server started. */
export type ChainLink = {
  link: string;
  kind: string;
  place?: string | null;
  calls: number;
  answered?: number | null;
  p50_ms?: number | null;
  p95_ms?: number | null;
  breaker?: string | null;
  last_failure?: { at: string; outcome: string; why: string } | null;
};

export type Chain = { waiting: number; links: ChainLink[] };

export type ChainTest = { tries: LinkTry[] };
