"""Wire types, generated from openapi.json by tools/generate.py. Do not edit."""

# ruff: noqa: A003, E501
from __future__ import annotations

from typing import Any, Dict, List, Literal, Optional, Union

from typing_extensions import NotRequired, TypedDict


__all__ = [
    "Absence",
    "AbsenceAccepted",
    "AbsenceSeen",
    "Absences",
    "ActionShown",
    "AgreementPoint",
    "Alert",
    "Appeal",
    "AppealEvidence",
    "AppealRight",
    "Appeals",
    "Approval",
    "ArtefactIn",
    "Assertion",
    "Author",
    "AuthorSpan",
    "Authorship",
    "Autonomy",
    "AutonomyActor",
    "AutonomyCertificate",
    "AutonomyDetector",
    "AutonomyEvent",
    "AutonomyGroup",
    "AutonomyLevel",
    "AutonomyPeople",
    "AutonomyRealError",
    "AwsCredentials",
    "Batch",
    "BatchApproval",
    "BatchLeftOut",
    "BoundProgress",
    "BrokerAt",
    "Bulk",
    "BulkFilter",
    "BulkIn",
    "Case",
    "Chain",
    "ChainFailure",
    "ChainLink",
    "ChainTest",
    "ChainTestIn",
    "Change",
    "ChangesWanted",
    "Channel",
    "ChannelDirection",
    "ChannelHealth",
    "ChannelKind",
    "ChannelMessage",
    "ChannelPatch",
    "ChannelReplay",
    "ChannelReplayed",
    "ChannelState",
    "ChannelStatus",
    "ChannelTest",
    "Checkpoint",
    "Claim",
    "ClaimFilter",
    "ClaimOrder",
    "ClaimedTask",
    "Claims",
    "ClearRunAlert",
    "Comment",
    "Consistency",
    "Consume",
    "Controlled",
    "Conversation",
    "CostsIn",
    "Credentials",
    "Decision",
    "Delegate",
    "Delivery",
    "DeliveryState",
    "Desk",
    "DeskAt",
    "DeskCall",
    "DeskSync",
    "DryRunChange",
    "DryRunChanged",
    "DryRunEstimate",
    "DryRunGroup",
    "DryRunIn",
    "DryRunOut",
    "DryRunOutcome",
    "DryRunPoint",
    "DryRunReason",
    "DryRunSets",
    "Entry",
    "ErrorInterval",
    "ErrorStats",
    "EvaluationCase",
    "EvaluationIn",
    "EvaluationSet",
    "EvaluationSetIn",
    "Event",
    "Execution",
    "Fault",
    "Fool",
    "Gate",
    "Grant",
    "GrantKey",
    "Halt",
    "HaltIn",
    "HandBack",
    "Health",
    "HeldDecision",
    "HeldDecisions",
    "Hunk",
    "ImportedDecision",
    "Inclusion",
    "Interim",
    "Job",
    "Judged",
    "Judgment",
    "JudgmentDone",
    "Key",
    "LearningPoint",
    "LearningStats",
    "LedgerProblem",
    "Link",
    "LinkTry",
    "ListedAbsence",
    "ListedCase",
    "LiveModel",
    "LiveStats",
    "Loop",
    "LoopSummary",
    "LoopVersion",
    "Lower",
    "Media",
    "Member",
    "MemberPatch",
    "MemberQuality",
    "Message",
    "Model",
    "ModelCompared",
    "ModelIn",
    "ModelKind",
    "ModelNote",
    "ModelScore",
    "ModelShadow",
    "ModelShare",
    "NewAbsence",
    "NewAppeal",
    "NewBatch",
    "NewCase",
    "NewChannel",
    "NewComment",
    "NewJudgment",
    "NewKey",
    "NewMember",
    "NewMessage",
    "NewOutcome",
    "NewPasskey",
    "NewPersonChange",
    "NewProposal",
    "NewRun",
    "NewRunControl",
    "NewRunStep",
    "NewStandingGrant",
    "NewWebhook",
    "NotificationBatching",
    "NotificationChannel",
    "NotificationDelivery",
    "NotificationFeed",
    "NotificationHealth",
    "NotificationItem",
    "NotificationKind",
    "NotificationLink",
    "NotificationPreferences",
    "NotificationTarget",
    "NotificationTest",
    "NotificationWay",
    "NotificationsRead",
    "NotificationsReadIn",
    "OfPurpose",
    "OrderIn",
    "Outcome",
    "OutcomeSource",
    "PageAlert",
    "PageBatch",
    "PageCase",
    "PageChannel",
    "PageChannelKind",
    "PageChannelMessage",
    "PageComment",
    "PageDelivery",
    "PageEntry",
    "PageEvaluationCase",
    "PageEvaluationSet",
    "PageEvent",
    "PageHalt",
    "PageKey",
    "PageLoopSummary",
    "PageMember",
    "PageModel",
    "PageNotificationChannel",
    "PageOutcome",
    "PagePasskey",
    "PagePersonChange",
    "PageQueue",
    "PageRun",
    "PageRunControl",
    "PageRunStep",
    "PageSeats",
    "PageStandingGrant",
    "PageStandingGrantUse",
    "PageWebhook",
    "Passkey",
    "PasskeyChallenge",
    "PauseClock",
    "PauseIn",
    "PersonChange",
    "PersonChangeKind",
    "PredictionIn",
    "PriorityIn",
    "Problem",
    "Progress",
    "PromoteIn",
    "PromptIn",
    "Proposal",
    "PutLoop",
    "QualityStats",
    "Queue",
    "QueueCapacity",
    "QueueLine",
    "QueuePause",
    "QueueStats",
    "QuietHours",
    "Raise",
    "RandomSlice",
    "Reason",
    "ReleaseIn",
    "Released",
    "Renewed",
    "ReplayIn",
    "Replayed",
    "ResumeIn",
    "RoleGrant",
    "RoleName",
    "Rotation",
    "Route",
    "Ruling",
    "Run",
    "RunAgent",
    "RunBudget",
    "RunControl",
    "RunEnd",
    "RunFleet",
    "RunHalt",
    "RunHeartbeat",
    "RunLoopGates",
    "RunReport",
    "RunStanding",
    "RunStep",
    "RunUsed",
    "RunsControl",
    "Seats",
    "Selection",
    "Session",
    "Share",
    "SignOff",
    "SlackAccount",
    "SlackAccountIn",
    "Speaker",
    "StandingEnd",
    "StandingGrant",
    "StandingGrantRevocation",
    "StandingGrantShown",
    "StandingGrantUse",
    "StandingOrder",
    "StandingSignature",
    "StandingTerms",
    "SuggestIn",
    "SuggestKind",
    "Suggestion",
    "Suggestions",
    "SumLimit",
    "Task",
    "TicketSynced",
    "TimeStats",
    "Token",
    "TokenUsage",
    "TransferIn",
    "Turn",
    "Unsealed",
    "Utterance",
    "VerdictName",
    "Verified",
    "Webhook",
    "WebhookPatch",
    "WebhookPayload",
    "WebhookState",
    "Who",
]


class Absence(TypedDict):
    """Whether a member is away, and who stands in."""

    accepted_at: NotRequired[Optional[str]]
    delegate: NotRequired[Optional[str]]
    until: NotRequired[Optional[str]]


class AbsenceAccepted(TypedDict):
    """That a delegate says yes."""

    assertion: NotRequired[Optional[Assertion]]
    digest: str


class AbsenceSeen(TypedDict):
    """What a delegate says yes to."""

    digest: str


class Absences(TypedDict):
    """Who is away."""

    delegates: List[Delegate]
    items: List[ListedAbsence]


class ActionShown(TypedDict):
    """A call of a tool as its reviewer sees it."""

    approved_by: List[Approval]
    canonical: str
    digest: NotRequired[Optional[str]]
    edit_asks_anew: bool
    executor: NotRequired[Optional[str]]
    field: str
    needed: int
    reversible: bool
    risk: str
    target: NotRequired[Optional[str]]
    title: NotRequired[Optional[str]]
    tool: str


class AgreementPoint(TypedDict):
    """A point of the agreement curve: a stretch of judgments."""

    agreement: Share
    at: str
    judgments: int


class Alert(TypedDict):
    """Something that somebody should look at."""

    above: NotRequired[Optional[float]]
    case: NotRequired[Optional[str]]
    cleared_at: NotRequired[Optional[str]]
    id: NotRequired[Optional[str]]
    loop: str
    on: str
    queue: NotRequired[Optional[str]]
    raised_at: str
    value: NotRequired[Optional[float]]


class Appeal(TypedDict):
    """An appeal."""

    blind: bool
    by: str
    closed_at: NotRequired[Optional[str]]
    contested: NotRequired[Optional[str]]
    deadline: str
    decision: NotRequired[Optional[str]]
    evidence: List[AppealEvidence]
    lodged_at: str
    meanwhile: str
    n: int
    overdue: bool
    own: bool
    state: str
    statement: str


class AppealEvidence(TypedDict):
    """A piece of evidence: a text or an uploaded file."""

    media: NotRequired[Optional[str]]
    text: NotRequired[Optional[str]]
    title: NotRequired[Optional[str]]


class AppealRight(TypedDict):
    """Whether and until when a decision can be contested."""

    open: bool
    state: NotRequired[Optional[str]]
    until: str


class Appeals(TypedDict):
    """Appeals against decisions."""

    lodged: int
    median_seconds: NotRequired[Optional[float]]
    open: int
    overdue: int
    overturned: int
    overturned_share: NotRequired[Optional[Share]]
    p90_seconds: NotRequired[Optional[float]]
    upheld: int
    withdrawn: int


class Approval(TypedDict):
    """An approval of a call."""

    at: str
    name: str
    signed: bool


class ArtefactIn(TypedDict):
    """Where the bytes of a model are."""

    sha256: NotRequired[Optional[str]]
    uri: NotRequired[Optional[str]]


class Assertion(TypedDict):
    """What a passkey signed."""

    authenticator_data: str
    client_data: str
    credential: str
    nonce: str
    signature: str


AuthorSpan = TypedDict(
    "AuthorSpan",
    {
        "by": "Author",
        "from": "int",
        "model": "NotRequired[Optional[str]]",
        "suggestion": "NotRequired[Optional[str]]",
        "to": "int",
    },
)


class Authorship(TypedDict):
    """Who wrote the texts of a judgment."""

    ai_share: NotRequired[Optional[float]]
    spans: Dict[str, List[AuthorSpan]]


class Autonomy(TypedDict):
    """What a loop's autonomy rests on."""

    audit_rate: float
    by: NotRequired[Optional[str]]
    certainty: float
    enforced: bool
    groups: List[AutonomyGroup]
    history: List[AutonomyEvent]
    order: NotRequired[Optional[StandingOrder]]
    people: NotRequired[Optional[AutonomyPeople]]
    realised: NotRequired[Optional[ErrorInterval]]
    realised_error: NotRequired[Optional[AutonomyRealError]]
    target_error: float
    together: bool


class AutonomyActor(TypedDict):
    """Who did something."""

    id: NotRequired[Optional[str]]
    kind: str
    name: NotRequired[Optional[str]]


class AutonomyCertificate(TypedDict):
    """The certificate: what the next case may be trusted with, if cases stay as they are."""

    achievable_coverage: float
    acting: NotRequired[Optional[float]]
    acting_coverage: float
    certified: NotRequired[Optional[float]]
    certified_coverage: float
    claim: str
    error_coverage: NotRequired[Optional[float]]
    levels: List[AutonomyLevel]
    next: NotRequired[Optional[AutonomyLevel]]
    overdue: int
    sentence: str
    waiting: int


class AutonomyDetector(TypedDict):
    """The detector of decay: no bound, but an alarm that takes autonomy back at once."""

    audit_probability: float
    bar: float
    evidence: float
    surge_left: int


class AutonomyEvent(TypedDict):
    """Something that happened."""

    at: str
    by: AutonomyActor
    data: Dict[str, Any]
    kind: str


class AutonomyGroup(TypedDict):
    """Where one group stands."""

    audit_errors: float
    audits: int
    automatic: int
    cases: int
    certificate: NotRequired[Optional[AutonomyCertificate]]
    demotion: NotRequired[Optional[Dict[str, Any]]]
    detector: NotRequired[Optional[AutonomyDetector]]
    epoch: int
    gathered: int
    group: str
    model: str
    next_model: NotRequired[Optional[str]]
    proposal: NotRequired[Optional[Dict[str, Any]]]
    standing: str
    updated_at: str
    wanted: int


class AutonomyLevel(TypedDict):
    """One threshold."""

    cases: float
    certified: bool
    coverage: float
    error: NotRequired[Optional[float]]
    further_cases: NotRequired[Optional[int]]
    level: int
    progress: float
    threshold: float


class AutonomyPeople(TypedDict):
    """What second looks say of how often people miss an error."""

    certainty: float
    errors: int
    looks: int
    miss_rate_at_most: float
    missed: int
    not_counted_at_most: float
    share: float
    waiting: int


class AutonomyRealError(TypedDict):
    """The realised bound about real errors."""

    certainty: float
    upper: float


class AwsCredentials(TypedDict):
    """AWS credentials of a key."""

    access_key_id: str
    secret_access_key: str


class Batch(TypedDict):
    """A sign-off over many cases."""

    approved: List[BatchApproval]
    at: str
    digest: str
    id: str
    left_out: List[BatchLeftOut]
    loop: str
    member: str
    sum: NotRequired[Optional[float]]
    tool: str


class BatchApproval(TypedDict):
    """A case that was approved with others."""

    case: str
    decided: bool
    digest: str


class BatchLeftOut(TypedDict):
    """A case that was left out."""

    case: str
    code: str
    why: str


class BoundProgress(TypedDict):
    """How far it is to a bound."""

    further_cases: int
    target: float


class BrokerAt(TypedDict):
    """A broker, and the place at it."""

    durable: NotRequired[Optional[str]]
    exchange: NotRequired[Optional[str]]
    queue: NotRequired[Optional[str]]
    routing_key: NotRequired[Optional[str]]
    secret: NotRequired[Optional[str]]
    stream: NotRequired[Optional[str]]
    subject: NotRequired[Optional[str]]
    url: str
    user: NotRequired[Optional[str]]


class Bulk(TypedDict):
    """What a change comes to: only counted, under way, or done."""

    by: NotRequired[Optional[str]]
    change: Change
    changed: int
    count: int
    created_at: NotRequired[Optional[str]]
    done_at: NotRequired[Optional[str]]
    id: NotRequired[Optional[str]]
    loop: str
    reason: NotRequired[Optional[str]]
    sample: NotRequired[Optional[List[str]]]
    skipped: int
    state: str


class BulkFilter(TypedDict):
    """Which waiting cases of the loop; what is absent does not matter."""

    cases: NotRequired[List[str]]
    key_contains: NotRequired[Optional[str]]
    model: NotRequired[Optional[str]]
    older_than: NotRequired[Optional[str]]
    queue: NotRequired[Optional[str]]
    status: NotRequired[List[str]]
    tag: NotRequired[Optional[str]]


class BulkIn(TypedDict):
    """A change of many cases: counted with `dry_run`, done with the count confirmed."""

    change: Change
    dry_run: NotRequired[bool]
    expect: NotRequired[Optional[int]]
    filter: NotRequired[BulkFilter]
    loop: str
    reason: NotRequired[str]


class Case(TypedDict):
    """A case."""

    appeals: NotRequired[List[Appeal]]
    attempted: NotRequired[Optional[str]]
    chain: NotRequired[List[LinkTry]]
    changes_wanted: NotRequired[Optional[ChangesWanted]]
    created_at: str
    deadline: NotRequired[Optional[str]]
    decision: NotRequired[Optional[Decision]]
    decisions: List[Decision]
    group: NotRequired[Optional[Dict[str, str]]]
    id: str
    imported: NotRequired[bool]
    input: Dict[str, Any]
    interim: NotRequired[Optional[Interim]]
    judgments: List[Judgment]
    key: NotRequired[Optional[str]]
    loop: str
    loop_version: int
    overdue: bool
    priority: int
    progress: Progress
    proposal: NotRequired[Optional[Proposal]]
    proposals: List[Proposal]
    requested_human: bool
    route: NotRequired[Optional[Route]]
    run: NotRequired[Optional[str]]
    status: str
    subject: NotRequired[Optional[str]]
    tags: List[str]
    tasks: NotRequired[Optional[List[Task]]]
    transcript: NotRequired[List[Utterance]]
    turn: Turn
    updated_at: str


class Chain(TypedDict):
    """How the chain of a loop fares, since this server started."""

    links: List[ChainLink]
    waiting: int


class ChainFailure(TypedDict):
    """What failed last."""

    at: str
    outcome: str
    why: str


class ChainLink(TypedDict):
    """How one link fares."""

    answered: NotRequired[Optional[float]]
    breaker: NotRequired[Optional[str]]
    calls: int
    in_flight: int
    kind: str
    last_failure: NotRequired[Optional[ChainFailure]]
    link: str
    min_confidence: NotRequired[Optional[float]]
    outcomes: Dict[str, int]
    p50_ms: NotRequired[Optional[int]]
    p95_ms: NotRequired[Optional[int]]
    place: NotRequired[Optional[str]]
    usage: TokenUsage


class ChainTest(TypedDict):
    """What every link would say."""

    tries: List[LinkTry]


class ChainTestIn(TypedDict):
    """An input to try a chain with."""

    input: Dict[str, Any]
    tags: NotRequired[List[str]]


class Change(TypedDict):
    """A change people made."""

    after: Any
    before: Any
    path: str


class ChangesWanted(TypedDict):
    """What a reviewer wants changed."""

    attempt: int
    note: NotRequired[Optional[str]]
    reasons: List[str]


class Channel(TypedDict):
    """A way in or out beside HTTP."""

    broker: NotRequired[Optional[BrokerAt]]
    created_at: str
    desk: NotRequired[Optional[DeskAt]]
    direction: ChannelDirection
    health: ChannelHealth
    id: str
    kind: str
    kinds: List[str]
    loop: NotRequired[Optional[str]]
    loops: List[str]
    name: str
    payload: WebhookPayload
    state: ChannelState
    updated_at: str


class ChannelHealth(TypedDict):
    """How a channel is."""

    connected_at: NotRequired[Optional[str]]
    dead: int
    done: int
    error: NotRequired[Optional[str]]
    error_at: NotRequired[Optional[str]]
    failures: int
    last_at: NotRequired[Optional[str]]
    oldest_at: NotRequired[Optional[str]]
    retry_at: NotRequired[Optional[str]]
    status: ChannelStatus
    waiting: NotRequired[Optional[int]]


class ChannelKind(TypedDict):
    """A kind of channel, and whether this build has it."""

    available: bool
    directions: List[ChannelDirection]
    enable: NotRequired[Optional[str]]
    kind: str
    title: str


class ChannelMessage(TypedDict):
    """A message of a channel: outward any that is kept, inward one that was no good."""

    attempts: int
    body: NotRequired[Optional[str]]
    case: NotRequired[Optional[str]]
    code: NotRequired[Optional[str]]
    created_at: str
    error: NotRequired[Optional[str]]
    finished_at: NotRequired[Optional[str]]
    id: str
    kind: str
    next_attempt_at: NotRequired[Optional[str]]
    path: NotRequired[Optional[str]]
    source: NotRequired[Optional[str]]
    state: DeliveryState
    subject: str


class ChannelPatch(TypedDict):
    """What to change about a channel; what is left out stays."""

    broker: NotRequired[Optional[BrokerAt]]
    desk: NotRequired[Optional[DeskAt]]
    kinds: NotRequired[Optional[List[str]]]
    loop: NotRequired[Optional[str]]
    loops: NotRequired[Optional[List[str]]]
    name: NotRequired[Optional[str]]
    paused: NotRequired[Optional[bool]]
    payload: NotRequired[Optional[WebhookPayload]]


class ChannelReplay(TypedDict):
    """What to send or hand in again: one message by `id`, or all that were given up since a time."""

    id: NotRequired[Optional[str]]
    since: NotRequired[Optional[str]]


class ChannelReplayed(TypedDict):
    """What became of what was replayed."""

    case: NotRequired[Optional[str]]
    count: int
    refused: int


class ChannelTest(TypedDict):
    """What a test met."""

    detail: str
    ok: bool
    took_ms: int


class Checkpoint(TypedDict):
    """The newest checkpoint."""

    anchored_size: NotRequired[Optional[int]]
    at: NotRequired[Optional[str]]
    note: NotRequired[Optional[str]]
    origin: str
    root: str
    size: int
    unsealed: Unsealed
    vkey: NotRequired[Optional[str]]


class Claim(TypedDict):
    """A seat of a task leased to one reviewer."""

    action: NotRequired[Optional[ActionShown]]
    appeal: NotRequired[Optional[Appeal]]
    blind: bool
    case: Case
    expires_at: str
    explanation: NotRequired[Optional[Dict[str, Any]]]
    guidelines: NotRequired[Optional[str]]
    id: str
    lease_s: float
    loop: str
    proposal: NotRequired[Optional[Proposal]]
    reasons: List[Reason]
    task: ClaimedTask
    token: int
    undo_s: float
    waiting: int


class ClaimFilter(TypedDict):
    """Which cases to claim."""

    case: NotRequired[Optional[str]]
    limit: NotRequired[Optional[int]]
    loops: NotRequired[List[str]]
    order: NotRequired[ClaimOrder]
    queues: NotRequired[List[str]]


class ClaimedTask(TypedDict):
    """A task as its reviewer sees it."""

    created_at: str
    id: str
    queue: str


class Claims(TypedDict):
    """Claims."""

    claims: List[Claim]


class ClearRunAlert(TypedDict):
    """An alert to clear."""

    kind: str
    reason: str


class Comment(TypedDict):
    """A remark on a case."""

    at: str
    body: str
    id: str
    member: NotRequired[Optional[str]]


Consistency = TypedDict(
    "Consistency",
    {
        "from": "int",
        "from_root": "str",
        "hashes": "List[str]",
        "to": "int",
        "to_root": "str",
    },
)


class Consume(TypedDict):
    """Taking the grant of a decision."""

    consumer: str
    digest: str


class Controlled(TypedDict):
    """Which runs were ordered."""

    runs: List[str]


class Conversation(TypedDict):
    """A part of a conversation."""

    items: List[Message]
    turn: Turn


class CostsIn(TypedDict):
    """What an error and a review cost, in one unit."""

    error: float
    review: float


class Credentials(TypedDict):
    """An address and a password."""

    email: str
    password: str


class Decision(TypedDict):
    """A decision."""

    appeal: NotRequired[Optional[AppealRight]]
    batches: NotRequired[List[str]]
    by: str
    changes: List[Change]
    decided_at: str
    delivery: str
    digest: str
    effective_at: str
    gate: NotRequired[Optional[Gate]]
    id: str
    judgments: List[str]
    loop_version: int
    model: NotRequired[Optional[str]]
    notice: NotRequired[Optional[str]]
    outcome: str
    output: NotRequired[Optional[Dict[str, Any]]]
    rationale: NotRequired[Optional[str]]
    reason_codes: List[str]
    rule: str
    ruling: NotRequired[Optional[Ruling]]
    standing_grant: NotRequired[Optional[str]]
    state: str


class Delegate(TypedDict):
    """Somebody who could stand in."""

    id: str
    name: str


class Delivery(TypedDict):
    """A message for an endpoint, and what became of it."""

    attempts: int
    created_at: str
    error: NotRequired[Optional[str]]
    finished_at: NotRequired[Optional[str]]
    id: str
    kind: str
    next_attempt_at: NotRequired[Optional[str]]
    response: NotRequired[Optional[str]]
    state: DeliveryState
    status: NotRequired[Optional[int]]
    subject: str
    took_ms: NotRequired[Optional[int]]


class Desk(TypedDict):
    """How the desk of a loop does."""

    alerts: List[Alert]
    queues: List[Queue]


class DeskAt(TypedDict):
    """A help desk: how it is told of a case, and where its answers say what."""

    create: DeskCall
    id_at: str
    sync: NotRequired[Optional[DeskSync]]
    update: NotRequired[Optional[DeskCall]]
    url_at: NotRequired[Optional[str]]


class DeskCall(TypedDict):
    """A request with placeholders such as `{{case.id}}`."""

    body: NotRequired[Dict[str, Any]]
    headers: NotRequired[Dict[str, str]]
    method: str
    url: str


class DeskSync(TypedDict):
    """Where a message of the desk says what: JSON pointers into it."""

    comment_at: NotRequired[Optional[str]]
    status_at: str
    ticket_at: str


DryRunChange = TypedDict(
    "DryRunChange",
    {
        "case": "str",
        "from": "str",
        "reason": "str",
        "to": "str",
        "wrong": "NotRequired[Optional[bool]]",
    },
)


class DryRunChanged(TypedDict):
    """Cases that would have gone elsewhere."""

    examples: List[DryRunChange]
    to_auto: int
    to_block: int
    to_review: int


class DryRunEstimate(TypedDict):
    """An off-policy estimate."""

    certainty: float
    effective_cases: float
    estimate: float
    known: int
    lower: float
    unknown_share: float
    upper: float


class DryRunGroup(TypedDict):
    """What would have happened to the cases of one proposed class."""

    automatic_share: float
    cases: int
    error: NotRequired[Optional[DryRunEstimate]]
    group: str
    set_size: NotRequired[Optional[float]]


class DryRunIn(TypedDict):
    """What to try."""

    costs: NotRequired[Optional[CostsIn]]
    format: NotRequired[Optional[str]]
    limit: NotRequired[Optional[int]]
    source: NotRequired[Optional[str]]


class DryRunOut(TypedDict):
    """What a draft would have done."""

    after: DryRunOutcome
    before: DryRunOutcome
    cases: int
    changed: DryRunChanged
    curve: List[DryRunPoint]
    groups: List[DryRunGroup]
    known: int
    notes: List[str]
    sets: List[DryRunSets]
    widens: List[str]


class DryRunOutcome(TypedDict):
    """Where cases went, or would have gone."""

    automatic_share: float
    block_share: float
    cost: NotRequired[Optional[float]]
    error: NotRequired[Optional[DryRunEstimate]]
    reasons: List[DryRunReason]
    review_share: float
    wrong: NotRequired[Optional[float]]


class DryRunPoint(TypedDict):
    """A threshold."""

    cost: NotRequired[Optional[float]]
    coverage: float
    error: NotRequired[Optional[DryRunEstimate]]
    threshold: float


class DryRunReason(TypedDict):
    """How often a reason was given."""

    cases: int
    code: str
    name: NotRequired[Optional[str]]


class DryRunSets(TypedDict):
    """Prediction sets at one alpha."""

    alpha: float
    empty: float
    more: float
    one: float
    two: float


class Entry(TypedDict):
    """A sealed event, byte for byte as it was hashed."""

    event: Dict[str, Any]
    index: int
    leaf: str


class ErrorInterval(TypedDict):
    """The share wrong among automatic cases since the epoch began."""

    cases: int
    certainty: float
    effective_audits: float
    epoch: int
    estimate: NotRequired[Optional[float]]
    holds_from: NotRequired[Optional[str]]
    horvitz_thompson: NotRequired[Optional[float]]
    lower: float
    method: str
    standard_error: NotRequired[Optional[float]]
    unauditable: int
    upper: float


class ErrorStats(TypedDict):
    """Errors among automatic cases, and how much is automatic."""

    audit_errors: float
    audited: int
    audits_pending: int
    automatic: int
    automatic_share: NotRequired[Optional[float]]
    automatic_share_recent: NotRequired[Optional[float]]
    cases: int
    decided: int
    error: NotRequired[Optional[ErrorInterval]]
    judgments: int
    progress: NotRequired[Optional[BoundProgress]]
    reviewed: int


class EvaluationCase(TypedDict):
    """A case of an evaluation set, without its answer."""

    case: str
    input: Dict[str, Any]


class EvaluationIn(TypedDict):
    """What a model says about the newest evaluation set: one prediction for each of its cases."""

    predictions: List[PredictionIn]


class EvaluationSet(TypedDict):
    """A frozen evaluation set."""

    created_at: str
    digest: str
    name: str
    set: int
    size: int


class EvaluationSetIn(TypedDict):
    """A set to freeze."""

    name: str
    size: NotRequired[Optional[int]]


class Event(TypedDict):
    """Something that happened."""

    actor: Dict[str, Any]
    at: str
    case: NotRequired[Optional[str]]
    data: NotRequired[Optional[Dict[str, Any]]]
    id: str
    index: NotRequired[Optional[int]]
    kind: str
    loop: NotRequired[Optional[str]]


class Fault(TypedDict):
    """One fault of a file or body."""

    code: str
    column: int
    hint: NotRequired[Optional[str]]
    line: int
    message: str
    path: str


class Fool(TypedDict):
    """How many wrong proposals to plant."""

    n: int


class Gate(TypedDict):
    """What a decision over a call is bound to, and what became of it."""

    alarm: NotRequired[Optional[str]]
    execution: NotRequired[Optional[str]]
    executor: NotRequired[Optional[str]]
    expires_at: str
    target: NotRequired[Optional[str]]
    tool: NotRequired[Optional[str]]


class Grant(TypedDict):
    """A grant: the point of no return."""

    arguments: Dict[str, Any]
    digest: str
    expires_at: str
    grant: str
    note: NotRequired[Optional[str]]
    tool: NotRequired[Optional[str]]


class GrantKey(TypedDict):
    """The public half of the key that signs grants."""

    vkey: str


class Halt(TypedDict):
    """Whether gates stay shut, in the space or in a loop."""

    at: str
    by: NotRequired[Optional[str]]
    by_name: NotRequired[Optional[str]]
    by_person: NotRequired[Optional[str]]
    epoch: int
    halted: bool
    loop: NotRequired[Optional[str]]
    reason: str
    scope: str


class HaltIn(TypedDict):
    """An order to stop, or to go on."""

    reason: str
    scope: NotRequired[Optional[str]]


class HandBack(TypedDict):
    """Giving the turn back."""

    note: str


class Health(TypedDict):
    """How the server is."""

    status: str


class HeldDecision(TypedDict):
    """A machine's decision that is held for a veto."""

    case: str
    decided_at: str
    key: NotRequired[Optional[str]]
    left_s: float
    output: NotRequired[Optional[Dict[str, Any]]]
    running: bool
    veto_s: float


class HeldDecisions(TypedDict):
    """Decisions of a loop that are held for a veto."""

    items: List[HeldDecision]
    watched: bool


Hunk = TypedDict(
    "Hunk",
    {
        "from": "int",
        "text": "str",
        "to": "int",
    },
)


class ImportedDecision(TypedDict):
    """How an imported case was decided."""

    output: NotRequired[Optional[Dict[str, Any]]]


class Inclusion(TypedDict):
    """A proof that an event is in the tree (RFC 9162, section 2.1.3)."""

    hashes: List[str]
    leaf: int
    leaf_hash: str
    root: str
    size: int


class Interim(TypedDict):
    """What stands in for an answer. It is no decision and counts as none."""

    decided: bool
    output: Dict[str, Any]


class Job(TypedDict):
    """A background job."""

    created_at: str
    error: NotRequired[Optional[str]]
    finished_at: NotRequired[Optional[str]]
    id: str
    kind: str
    progress: float
    state: str


class Judged(TypedDict):
    """What came of a judgment."""

    case: Case
    judgment: JudgmentDone
    next: NotRequired[Optional[Claim]]


class Judgment(TypedDict):
    """A judgment."""

    answer: NotRequired[Optional[Dict[str, Any]]]
    at: str
    blind: bool
    checklist: List[str]
    comment: NotRequired[Optional[str]]
    elapsed_ms: int
    failure_modes: List[str]
    id: str
    member: str
    notice: NotRequired[Optional[str]]
    proposal: NotRequired[Optional[str]]
    provenance: NotRequired[Optional[Authorship]]
    rating: NotRequired[Optional[int]]
    rationale: NotRequired[Optional[str]]
    reasons: List[str]
    state: str
    task: str
    verdict: str


class JudgmentDone(TypedDict):
    """A judgment that was recorded."""

    id: str
    undo_until: NotRequired[Optional[str]]


class Key(TypedDict):
    """A key."""

    created_at: str
    expires_at: NotRequired[Optional[str]]
    id: str
    last_used_at: NotRequired[Optional[str]]
    member: NotRequired[Optional[str]]
    name: str
    prefix: str
    revoked_at: NotRequired[Optional[str]]
    roles: List[RoleGrant]
    scopes: List[str]
    secret: NotRequired[Optional[str]]


class LearningPoint(TypedDict):
    """A point of the learning curve: one model."""

    accuracy: NotRequired[Optional[Share]]
    at: str
    examples: int
    judgments: int
    model_version: int
    random: NotRequired[Optional[RandomSlice]]
    trained_on: int


class LearningStats(TypedDict):
    """How the loop learns."""

    agreement: List[AgreementPoint]
    models: List[Model]
    points: List[LearningPoint]


class LedgerProblem(TypedDict):
    """A problem of the ledger."""

    code: str
    detail: str
    id: NotRequired[Optional[str]]
    index: NotRequired[Optional[int]]


class Link(TypedDict):
    """The token of a sign-in link."""

    token: str


class LinkTry(TypedDict):
    """What one link of the chain, or one model that checks, said of a case."""

    confidence: NotRequired[Optional[float]]
    kind: str
    link: str
    model: NotRequired[Optional[str]]
    outcome: str
    output: NotRequired[Optional[Dict[str, Any]]]
    started: str
    took_ms: int
    usage: NotRequired[Optional[TokenUsage]]
    why: NotRequired[Optional[str]]


class ListedAbsence(TypedDict):
    """A member who is away."""

    accepted_at: NotRequired[Optional[str]]
    asked_at: str
    delegate: str
    delegate_name: str
    digest: str
    member: str
    name: str
    takes_passkey: bool
    until: str


class ListedCase(TypedDict):
    """A case as it was listed."""

    case: str
    digest: str


class LiveModel(TypedDict):
    """The model that proposes."""

    stage: str
    version: int


class LiveStats(TypedDict):
    """Everything the live page of a loop shows: the figures of `errors`, and these."""

    agreement: List[AgreementPoint]
    at: str
    audit_errors: float
    audited: int
    audits_pending: int
    automatic: int
    automatic_share: NotRequired[Optional[float]]
    automatic_share_recent: NotRequired[Optional[float]]
    cases: int
    decided: int
    error: NotRequired[Optional[ErrorInterval]]
    job: NotRequired[Optional[Job]]
    judgments: int
    model: NotRequired[Optional[Model]]
    models_trained: int
    points: List[LearningPoint]
    progress: NotRequired[Optional[BoundProgress]]
    queue: QueueStats
    reviewed: int
    time: TimeStats


class Loop(TypedDict):
    """A loop with its newest published version, or the one that was asked for."""

    created_at: str
    format: str
    head: int
    id: str
    model: NotRequired[Optional[LiveModel]]
    name: str
    source: str
    spec: Dict[str, Any]
    title: str
    version: int
    versions: List[LoopVersion]
    widens: List[str]


class LoopSummary(TypedDict):
    """A loop in the list."""

    automatic_share: NotRequired[Optional[float]]
    cases: int
    coverage: str
    created_at: str
    decided: int
    enforce: bool
    mode: str
    name: str
    open: int
    title: str
    version: int


class LoopVersion(TypedDict):
    """A version of a loop."""

    proposed_by: NotRequired[Optional[str]]
    published_at: str
    published_by: NotRequired[Optional[str]]
    reason: str
    state: str
    version: int


class Lower(TypedDict):
    """Autonomy that is taken back."""

    group: NotRequired[str]
    level: NotRequired[Optional[int]]
    reason: str


class Media(TypedDict):
    """A file that was kept."""

    id: str
    mime: str
    sha256: str
    size: int


class Member(TypedDict):
    """A member."""

    created_at: str
    disabled_at: NotRequired[Optional[str]]
    email: str
    id: str
    identified_at: NotRequired[Optional[str]]
    name: str
    person: str
    roles: List[RoleGrant]
    signin_link: NotRequired[Optional[str]]
    skills: List[str]


class MemberPatch(TypedDict):
    """What to change about a member."""

    disabled: NotRequired[Optional[bool]]
    name: NotRequired[Optional[str]]
    roles: NotRequired[Optional[List[RoleGrant]]]
    skills: NotRequired[Optional[List[str]]]


class MemberQuality(TypedDict):
    """One reviewer."""

    accepted: NotRequired[Optional[Share]]
    agreement: NotRequired[Optional[Share]]
    judgments: int
    median_ms: NotRequired[Optional[int]]
    member: str
    name: str


Message = TypedDict(
    "Message",
    {
        "at": "str",
        "body": "str",
        "client_id": "str",
        "from": "Speaker",
        "id": "str",
        "member": "NotRequired[Optional[str]]",
        "n": "int",
    },
)


class Model(TypedDict):
    """A model of a loop's registry."""

    compared: NotRequired[Optional[ModelCompared]]
    created_at: str
    duration_ms: int
    id: str
    kind: str
    metrics: Dict[str, Any]
    name: str
    note: NotRequired[Optional[ModelNote]]
    outside: NotRequired[Optional[ModelIn]]
    refusal: NotRequired[Optional[str]]
    score: NotRequired[Optional[ModelScore]]
    shadow: NotRequired[Optional[ModelShadow]]
    stage: str
    trained_on: int
    version: int


class ModelCompared(TypedDict):
    """Two models on the same frozen cases: only those tell where exactly one is right."""

    against: str
    candidate: int
    current: int
    p_value: float


class ModelIn(TypedDict):
    """A model from outside."""

    artefact: NotRequired[Optional[ArtefactIn]]
    kind: ModelKind
    metadata: NotRequired[Dict[str, Any]]
    metrics: NotRequired[Dict[str, Any]]
    name: str
    prompt: NotRequired[Optional[PromptIn]]
    trained_on: NotRequired[int]


class ModelNote(TypedDict):
    """Why a model was moved."""

    at: str
    by: str
    kind: str
    reason: str


class ModelScore(TypedDict):
    """A score on a frozen evaluation set."""

    accuracy: ModelShare
    macro_f1: NotRequired[Optional[float]]
    nll: NotRequired[Optional[float]]
    set: int


class ModelShadow(TypedDict):
    """A model in the shadow beside what people were shown."""

    against: NotRequired[Optional[str]]
    candidate: int
    cases: int
    current: int
    difference: NotRequired[Optional[float]]
    p_better: float
    p_worse: float
    right: ModelShare


class ModelShare(TypedDict):
    """A share with its interval (Wilson, 95 %)."""

    estimate: float
    lower: float
    n: int
    upper: float


class NewAbsence(TypedDict):
    """That a member is away, and who is asked to stand in."""

    delegate: NotRequired[Optional[str]]
    until: NotRequired[Optional[str]]


class NewAppeal(TypedDict):
    """An appeal to lodge."""

    by: str
    evidence: NotRequired[List[AppealEvidence]]
    statement: str


class NewBatch(TypedDict):
    """Waiting calls of one tool to approve together."""

    assertion: NotRequired[Optional[Assertion]]
    cases: List[ListedCase]
    checklist: NotRequired[List[str]]
    comment: NotRequired[Optional[str]]
    elapsed_ms: NotRequired[int]
    max_count: NotRequired[Optional[int]]
    sum: NotRequired[Optional[SumLimit]]
    tool: str


class NewCase(TypedDict):
    """A case to submit."""

    at: NotRequired[Optional[str]]
    attempted: NotRequired[Optional[str]]
    deadline: NotRequired[Optional[str]]
    decision: NotRequired[Optional[ImportedDecision]]
    group: NotRequired[Dict[str, str]]
    input: Dict[str, Any]
    interim: NotRequired[Optional[Dict[str, Any]]]
    key: NotRequired[Optional[str]]
    priority: NotRequired[int]
    proposal: NotRequired[Optional[NewProposal]]
    requested_human: NotRequired[bool]
    run: NotRequired[Optional[str]]
    run_epoch: NotRequired[Optional[int]]
    subject: NotRequired[Optional[str]]
    tags: NotRequired[List[str]]
    transcript: NotRequired[List[Utterance]]


class NewChannel(TypedDict):
    """A channel to add."""

    broker: NotRequired[Optional[BrokerAt]]
    desk: NotRequired[Optional[DeskAt]]
    direction: ChannelDirection
    kind: str
    kinds: NotRequired[List[str]]
    loop: NotRequired[Optional[str]]
    loops: NotRequired[List[str]]
    name: str
    payload: NotRequired[WebhookPayload]


class NewComment(TypedDict):
    """A remark to add."""

    body: str


class NewJudgment(TypedDict):
    """What a reviewer says."""

    answer: NotRequired[Optional[Dict[str, Any]]]
    assertion: NotRequired[Optional[Assertion]]
    checklist: NotRequired[List[str]]
    claim: NotRequired[Optional[str]]
    claim_next: NotRequired[Optional[ClaimFilter]]
    comment: NotRequired[Optional[str]]
    elapsed_ms: NotRequired[int]
    failure_modes: NotRequired[List[str]]
    notice: NotRequired[Optional[str]]
    proposal: NotRequired[Optional[str]]
    provenance: NotRequired[Dict[str, List[AuthorSpan]]]
    rating: NotRequired[Optional[int]]
    rationale: NotRequired[Optional[str]]
    reasons: NotRequired[List[str]]
    seen: NotRequired[Optional[str]]
    token: NotRequired[Optional[int]]
    verdict: VerdictName


class NewKey(TypedDict):
    """A key to make."""

    expires_at: NotRequired[Optional[str]]
    member: NotRequired[Optional[str]]
    name: str
    roles: NotRequired[List[RoleGrant]]
    scopes: NotRequired[List[str]]


class NewMember(TypedDict):
    """A member to add."""

    email: str
    name: str
    password: NotRequired[Optional[str]]
    person: NotRequired[Optional[str]]
    roles: NotRequired[List[RoleGrant]]


NewMessage = TypedDict(
    "NewMessage",
    {
        "body": "str",
        "from": "NotRequired[Optional[Speaker]]",
        "id": "NotRequired[Optional[str]]",
    },
)


class NewOutcome(TypedDict):
    """What the world said later."""

    answer: NotRequired[Optional[Dict[str, Any]]]
    execution: NotRequired[Optional[Execution]]
    failure_modes: NotRequired[List[str]]
    grant: NotRequired[Optional[str]]
    key: NotRequired[Optional[str]]
    occurred_at: str
    source: OutcomeSource


class NewPasskey(TypedDict):
    """A passkey to register."""

    attestation: str
    client_data: str
    name: str
    nonce: str


class NewPersonChange(TypedDict):
    """A change of who is which natural person."""

    into: NotRequired[Optional[str]]
    kind: PersonChangeKind
    member: str
    reason: str


class NewProposal(TypedDict):
    """A proposal to record."""

    confidence: NotRequired[Optional[Dict[str, Any]]]
    evidence: NotRequired[List[Dict[str, Any]]]
    model: NotRequired[Optional[str]]
    output: Dict[str, Any]
    probabilities: NotRequired[Dict[str, Dict[str, float]]]


class NewRun(TypedDict):
    """A run to start."""

    budget: NotRequired[RunBudget]
    constraints: NotRequired[List[str]]
    goal: str
    key: NotRequired[Optional[str]]
    lease: NotRequired[Optional[str]]
    loop: str
    stuck_after: NotRequired[Optional[str]]


class NewRunControl(TypedDict):
    """An order to a run."""

    budget: NotRequired[Optional[RunBudget]]
    constraints: NotRequired[Optional[List[str]]]
    goal: NotRequired[Optional[str]]
    kind: str
    reason: str
    result: NotRequired[Optional[Dict[str, Any]]]
    step: NotRequired[Optional[int]]


class NewRunStep(TypedDict):
    """A step to report."""

    cost: NotRequired[float]
    elapsed_ms: NotRequired[Optional[int]]
    failed: NotRequired[bool]
    input: NotRequired[Dict[str, Any]]
    kind: str
    name: str
    output: NotRequired[Dict[str, Any]]


class NewStandingGrant(TypedDict):
    """A standing permission to ask for."""

    agent: NotRequired[Optional[str]]
    consumer: NotRequired[Optional[str]]
    max_count: int
    run: NotRequired[Optional[str]]
    scope: NotRequired[Optional[Dict[str, Any]]]
    sum: NotRequired[Optional[SumLimit]]
    tool: str
    until: str
    when: NotRequired[Optional[str]]
    reason: str


class NewWebhook(TypedDict):
    """An endpoint to add."""

    kinds: NotRequired[List[str]]
    loops: NotRequired[List[str]]
    payload: NotRequired[WebhookPayload]
    url: str


class NotificationChannel(TypedDict):
    """A way of telling members."""

    dead: int
    deliveries: List[NotificationDelivery]
    failing_since: NotRequired[Optional[str]]
    failures: int
    health: NotificationHealth
    id: str
    kind: NotificationWay
    last_error: NotRequired[Optional[str]]
    last_ok_at: NotRequired[Optional[str]]
    name: str
    waiting: int


class NotificationDelivery(TypedDict):
    """A message of a way, and what became of it. Not whose it was."""

    attempts: int
    created_at: str
    error: NotRequired[Optional[str]]
    finished_at: NotRequired[Optional[str]]
    state: DeliveryState


class NotificationFeed(TypedDict):
    """A page of what the member was told, newest first."""

    items: List[NotificationItem]
    next_cursor: NotRequired[Optional[str]]
    unread: int


class NotificationItem(TypedDict):
    """Something that the member was told. It says what the loop file says, and which case; never
    what is in the case.
    """

    at: str
    case: NotRequired[Optional[str]]
    due: NotRequired[Optional[str]]
    id: str
    kind: NotificationKind
    loop: NotRequired[Optional[str]]
    on: NotRequired[Optional[str]]
    queue: NotRequired[Optional[str]]
    read_at: NotRequired[Optional[str]]
    risk: NotRequired[Optional[str]]
    run: NotRequired[Optional[str]]
    title: str
    tool: NotRequired[Optional[str]]
    waiting: NotRequired[Optional[int]]


class NotificationLink(TypedDict):
    """The secret of a link in a message: what stands behind `#`."""

    token: str


class NotificationPreferences(TypedDict):
    """What a member wants to be told of. What is left out is as by default."""

    batching: NotRequired[Dict[str, NotificationBatching]]
    daily_at: NotRequired[str]
    quiet: NotRequired[Optional[QuietHours]]
    ways: NotRequired[Dict[str, List[NotificationWay]]]
    zone: NotRequired[str]


class NotificationTarget(TypedDict):
    """Where a link led."""

    case: str


class NotificationTest(TypedDict):
    """What a test met."""

    delivered: bool
    error: NotRequired[Optional[str]]
    took_ms: int


class NotificationsRead(TypedDict):
    """How many notifications became read."""

    count: int


class NotificationsReadIn(TypedDict):
    """Which notifications were read: one by `id`, everything up to one with `upto`, everything
    with neither.
    """

    id: NotRequired[Optional[str]]
    upto: NotRequired[Optional[str]]


class OfPurpose(TypedDict):
    """Waiting tasks of one purpose."""

    purpose: str
    tasks: int


class OrderIn(TypedDict):
    """A standing order that is asked for, or agreed to."""

    expires_at: str
    max_coverage: float
    reason: str


class Outcome(TypedDict):
    """What the world said later about a case."""

    at: str
    body: Dict[str, Any]
    case: str
    id: str
    trusted: bool


class PageAlert(TypedDict):
    """Items of one page."""

    items: List[Dict[str, Any]]
    next_cursor: NotRequired[Optional[str]]


class PageBatch(TypedDict):
    """Items of one page."""

    items: List[Dict[str, Any]]
    next_cursor: NotRequired[Optional[str]]


class PageCase(TypedDict):
    """Items of one page."""

    items: List[Dict[str, Any]]
    next_cursor: NotRequired[Optional[str]]


class PageChannel(TypedDict):
    """Items of one page."""

    items: List[Dict[str, Any]]
    next_cursor: NotRequired[Optional[str]]


class PageChannelKind(TypedDict):
    """Items of one page."""

    items: List[Dict[str, Any]]
    next_cursor: NotRequired[Optional[str]]


class PageChannelMessage(TypedDict):
    """Items of one page."""

    items: List[Dict[str, Any]]
    next_cursor: NotRequired[Optional[str]]


class PageComment(TypedDict):
    """Items of one page."""

    items: List[Dict[str, Any]]
    next_cursor: NotRequired[Optional[str]]


class PageDelivery(TypedDict):
    """Items of one page."""

    items: List[Dict[str, Any]]
    next_cursor: NotRequired[Optional[str]]


class PageEntry(TypedDict):
    """Items of one page."""

    items: List[Dict[str, Any]]
    next_cursor: NotRequired[Optional[str]]


class PageEvaluationCase(TypedDict):
    """Items of one page."""

    items: List[Dict[str, Any]]
    next_cursor: NotRequired[Optional[str]]


class PageEvaluationSet(TypedDict):
    """Items of one page."""

    items: List[Dict[str, Any]]
    next_cursor: NotRequired[Optional[str]]


class PageEvent(TypedDict):
    """Items of one page."""

    items: List[Dict[str, Any]]
    next_cursor: NotRequired[Optional[str]]


class PageHalt(TypedDict):
    """Items of one page."""

    items: List[Dict[str, Any]]
    next_cursor: NotRequired[Optional[str]]


class PageKey(TypedDict):
    """Items of one page."""

    items: List[Dict[str, Any]]
    next_cursor: NotRequired[Optional[str]]


class PageLoopSummary(TypedDict):
    """Items of one page."""

    items: List[Dict[str, Any]]
    next_cursor: NotRequired[Optional[str]]


class PageMember(TypedDict):
    """Items of one page."""

    items: List[Dict[str, Any]]
    next_cursor: NotRequired[Optional[str]]


class PageModel(TypedDict):
    """Items of one page."""

    items: List[Dict[str, Any]]
    next_cursor: NotRequired[Optional[str]]


class PageNotificationChannel(TypedDict):
    """Items of one page."""

    items: List[Dict[str, Any]]
    next_cursor: NotRequired[Optional[str]]


class PageOutcome(TypedDict):
    """Items of one page."""

    items: List[Dict[str, Any]]
    next_cursor: NotRequired[Optional[str]]


class PagePasskey(TypedDict):
    """Items of one page."""

    items: List[Dict[str, Any]]
    next_cursor: NotRequired[Optional[str]]


class PagePersonChange(TypedDict):
    """Items of one page."""

    items: List[Dict[str, Any]]
    next_cursor: NotRequired[Optional[str]]


class PageQueue(TypedDict):
    """Items of one page."""

    items: List[Dict[str, Any]]
    next_cursor: NotRequired[Optional[str]]


class PageRun(TypedDict):
    """Items of one page."""

    items: List[Dict[str, Any]]
    next_cursor: NotRequired[Optional[str]]


class PageRunControl(TypedDict):
    """Items of one page."""

    items: List[Dict[str, Any]]
    next_cursor: NotRequired[Optional[str]]


class PageRunStep(TypedDict):
    """Items of one page."""

    items: List[Dict[str, Any]]
    next_cursor: NotRequired[Optional[str]]


class PageSeats(TypedDict):
    """Items of one page."""

    items: List[Dict[str, Any]]
    next_cursor: NotRequired[Optional[str]]


class PageStandingGrant(TypedDict):
    """Items of one page."""

    items: List[Dict[str, Any]]
    next_cursor: NotRequired[Optional[str]]


class PageStandingGrantUse(TypedDict):
    """Items of one page."""

    items: List[Dict[str, Any]]
    next_cursor: NotRequired[Optional[str]]


class PageWebhook(TypedDict):
    """Items of one page."""

    items: List[Dict[str, Any]]
    next_cursor: NotRequired[Optional[str]]


class Passkey(TypedDict):
    """A passkey."""

    algorithm: str
    created_at: str
    id: str
    last_used_at: NotRequired[Optional[str]]
    name: str


class PasskeyChallenge(TypedDict):
    """What a browser asks an authenticator for."""

    challenge: str
    credentials: List[str]
    expires_at: str
    nonce: str
    origin: str
    rp_id: str


class PauseIn(TypedDict):
    """Which queue to pause, and why."""

    clock: NotRequired[PauseClock]
    loop: str
    queue: str
    reason: str


class PersonChange(TypedDict):
    """A change of who is which natural person."""

    asked_at: str
    asked_by: str
    id: str
    into: NotRequired[Optional[str]]
    kind: PersonChangeKind
    member: str
    reason: str
    settled_by: NotRequired[Optional[str]]
    state: str


class PredictionIn(TypedDict):
    """What a model says about one case."""

    case: str
    output: Dict[str, Any]
    probabilities: NotRequired[Dict[str, Dict[str, float]]]


class PriorityIn(TypedDict):
    """How urgent a case is, and why."""

    priority: int
    reason: str


class Problem(TypedDict):
    """An error (RFC 9457, `application/problem+json`)."""

    code: str
    detail: str
    path: NotRequired[Optional[str]]
    problems: NotRequired[List[Fault]]
    resource: NotRequired[Optional[str]]
    retry_after_s: NotRequired[Optional[int]]
    run: NotRequired[Optional[RunStanding]]
    status: int
    title: str
    type: str


class Progress(TypedDict):
    """How far the deciding task is."""

    have: int
    held: int
    needed: int


class PromoteIn(TypedDict):
    """Why a model is moved."""

    force: NotRequired[bool]
    reason: NotRequired[str]


class PromptIn(TypedDict):
    """A version of a prompt."""

    parameters: NotRequired[Dict[str, Any]]
    template: str


class Proposal(TypedDict):
    """A proposal."""

    at: str
    confidence: Dict[str, float]
    digest: NotRequired[Optional[str]]
    evidence: List[Dict[str, Any]]
    id: str
    model: NotRequired[Optional[str]]
    output: Dict[str, Any]
    probabilities: Dict[str, Dict[str, float]]
    shadow: bool


class PutLoop(TypedDict):
    """A loop that was kept."""

    loop: Loop


class QualityStats(TypedDict):
    """Quality of the reviewers."""

    members: List[MemberQuality]


class Queue(TypedDict):
    """A queue of a loop: what waits in it, and how it goes."""

    by_purpose: NotRequired[Optional[List[OfPurpose]]]
    capacity: NotRequired[Optional[QueueCapacity]]
    claimed: int
    empty_in_s: NotRequired[Optional[int]]
    loop: str
    oldest_at: NotRequired[Optional[str]]
    overdue: int
    paused: NotRequired[Optional[QueuePause]]
    per_hour: NotRequired[Optional[float]]
    queue: str
    waiting: int
    with_deadline: int
    within_deadline: NotRequired[Optional[float]]
    working: int


class QueueCapacity(TypedDict):
    """What people can look at in a queue, and whether that is enough."""

    bound_s: float
    gives_way: List[str]
    look_s: NotRequired[Optional[float]]
    looks: int
    looks_per_hour: NotRequired[Optional[float]]
    next: List[str]
    overloaded_at: NotRequired[Optional[str]]
    source: str
    wait_s: NotRequired[Optional[float]]


class QueueLine(TypedDict):
    """One queue."""

    oldest_at: NotRequired[Optional[str]]
    open: int
    queue: str


class QueuePause(TypedDict):
    """That a queue is paused."""

    by: NotRequired[Optional[str]]
    by_name: NotRequired[Optional[str]]
    clock: str
    reason: str
    since: str


class QueueStats(TypedDict):
    """What waits."""

    claimed: int
    decided: int
    held: int
    oldest_at: NotRequired[Optional[str]]
    open_tasks: int
    per_queue: List[QueueLine]
    waiting: int


QuietHours = TypedDict(
    "QuietHours",
    {
        "from": "str",
        "to": "str",
    },
)


class Raise(TypedDict):
    """A proposal that is signed."""

    epoch: int
    group: NotRequired[str]
    level: int
    reason: str


class RandomSlice(TypedDict):
    """A model trained on a random part of the labelled rows, to compare the queue's choice with."""

    accuracy: Share
    trained_on: int


class Reason(TypedDict):
    """A reason of a route."""

    code: str
    name: NotRequired[Optional[str]]
    threshold: NotRequired[Optional[float]]
    value: NotRequired[Optional[float]]
    why: NotRequired[Optional[str]]


class ReleaseIn(TypedDict):
    """Whose claims to free, and why."""

    loop: NotRequired[Optional[str]]
    member: str
    reason: str


class Released(TypedDict):
    """How many claims were freed."""

    released: int


class Renewed(TypedDict):
    """A renewed lease."""

    expires_at: str
    token: int


class ReplayIn(TypedDict):
    """What to send again: one message by `id`, or all since a time."""

    id: NotRequired[Optional[str]]
    only_dead: NotRequired[bool]
    since: NotRequired[Optional[str]]


class Replayed(TypedDict):
    """How many messages are sent again."""

    count: int


class ResumeIn(TypedDict):
    """Which queue to resume, and why."""

    loop: str
    queue: str
    reason: str


class RoleGrant(TypedDict):
    """A role in one loop or in all."""

    loop: str
    role: RoleName


class Rotation(TypedDict):
    """How the secret is changed."""

    overlap_s: NotRequired[int]


class Route(TypedDict):
    """Where a case was sent."""

    audit: NotRequired[Optional[bool]]
    draw: NotRequired[Optional[float]]
    epoch: int
    facts: NotRequired[Optional[Dict[str, Any]]]
    loop_version: int
    mode: str
    propensity: NotRequired[Optional[float]]
    queue: str
    reasons: List[Reason]
    reviewers: int
    to: str
    would_be: NotRequired[Optional[str]]


class Ruling(TypedDict):
    """What a decision on an appeal says of the contested one."""

    appeal: int
    contested: str
    outcome: str


class Run(TypedDict):
    """A run."""

    agent: str
    alerts: List[Dict[str, Any]]
    budget: RunBudget
    created_at: str
    ended_at: NotRequired[Optional[str]]
    epoch: int
    id: str
    instruction: Dict[str, Any]
    key: NotRequired[Optional[str]]
    last_step: NotRequired[Optional[RunStep]]
    lease_until: NotRequired[Optional[str]]
    loop: str
    obeyed: int
    open_gates: int
    pending: List[RunControl]
    seen_at: str
    started_by: str
    state: str
    summary: NotRequired[Optional[str]]
    used: RunUsed


class RunAgent(TypedDict):
    """Who started runs."""

    id: str
    live: int
    name: str


class RunBudget(TypedDict):
    """How much a run may use. Absent parts are without limit."""

    cost: NotRequired[Optional[float]]
    steps: NotRequired[Optional[int]]
    then: NotRequired[str]
    time: NotRequired[Optional[str]]


class RunControl(TypedDict):
    """An order as it was recorded."""

    acknowledged_at: NotRequired[Optional[str]]
    at: str
    budget: NotRequired[Optional[RunBudget]]
    by: str
    epoch: int
    instruction: NotRequired[Optional[Dict[str, Any]]]
    kind: str
    reason: str
    replaced: NotRequired[Optional[Dict[str, Any]]]
    result: NotRequired[Optional[Dict[str, Any]]]
    step: NotRequired[Optional[int]]


class RunEnd(TypedDict):
    """The end of a run."""

    epoch: NotRequired[int]
    failed: NotRequired[bool]
    summary: NotRequired[Optional[str]]


class RunFleet(TypedDict):
    """Runs in numbers."""

    agents: List[RunAgent]
    alerts: Dict[str, int]
    gates: List[RunLoopGates]
    halts: List[RunHalt]
    states: Dict[str, int]


class RunHalt(TypedDict):
    """A halt that keeps the gates of a run shut."""

    at: str
    reason: str
    scope: str


class RunHeartbeat(TypedDict):
    """A sign of life."""

    epoch: NotRequired[int]


class RunLoopGates(TypedDict):
    """Gates of runs that stand in a loop."""

    approved: int
    loop: str
    open: int


class RunReport(TypedDict):
    """Steps to report, all or none."""

    epoch: NotRequired[int]
    steps: List[NewRunStep]


class RunStanding(TypedDict):
    """Where a run stands, and the orders that wait: the answer to a check-in, and part of a
    refusal.
    """

    controls: List[RunControl]
    epoch: int
    halt: NotRequired[Optional[RunHalt]]
    id: str
    instruction: NotRequired[Optional[Dict[str, Any]]]
    lease_until: NotRequired[Optional[str]]
    obeyed: int
    state: str


class RunStep(TypedDict):
    """A step as it was recorded."""

    at: str
    cost: float
    elapsed_ms: NotRequired[Optional[int]]
    epoch: int
    failed: bool
    input: Dict[str, Any]
    kind: str
    n: int
    name: str
    output: Dict[str, Any]


class RunUsed(TypedDict):
    """What a run used so far."""

    cost: float
    failed: int
    share: float
    steps: int
    time_s: float


class RunsControl(TypedDict):
    """An order to many runs."""

    kind: str
    loop: NotRequired[Optional[str]]
    reason: str
    states: NotRequired[List[str]]


class Seats(TypedDict):
    """Seats that a member holds in a loop."""

    loop: str
    member: str
    name: str
    seats: int
    since: str


Selection = TypedDict(
    "Selection",
    {
        "from": "int",
        "to": "int",
    },
)


class Session(TypedDict):
    """A session."""

    csrf: NotRequired[Optional[str]]
    ledger_anchored: bool
    member: NotRequired[Optional[Who]]
    roles: List[RoleGrant]
    space: str


class Share(TypedDict):
    """A share with its interval."""

    estimate: float
    lower: float
    n: int
    upper: float


class SignOff(TypedDict):
    """What is to be signed off."""

    answer: NotRequired[Optional[Dict[str, Any]]]
    seen: str
    verdict: VerdictName


class SlackAccount(TypedDict):
    """The account of the chat that is the member's."""

    account: NotRequired[Optional[str]]


class SlackAccountIn(TypedDict):
    """An account of the chat."""

    account: str


class StandingEnd(TypedDict):
    """Why a standing permission is over."""

    at: str
    by: NotRequired[Optional[str]]
    reason: str


class StandingGrant(TypedDict):
    """A standing permission: calls of a tool that persons allowed beforehand."""

    asked_at: str
    asked_by: NotRequired[Optional[str]]
    digest: str
    ended: NotRequired[Optional[StandingEnd]]
    id: str
    loop: str
    needed: int
    reason: str
    signatures: List[StandingSignature]
    state: str
    suspended: bool
    terms: StandingTerms
    used: int
    used_sum: float


class StandingGrantRevocation(TypedDict):
    """Why a standing permission is taken back."""

    reason: str


class StandingGrantShown(TypedDict):
    """What was shown of a standing permission."""

    digest: str


class StandingGrantUse(TypedDict):
    """A call that a standing permission covered."""

    amount: NotRequired[Optional[float]]
    at: str
    case: str
    digest: str
    n: int


class StandingOrder(TypedDict):
    """A standing order."""

    asked_at: str
    expires_at: str
    first: str
    max_coverage: float
    reason: str
    second: NotRequired[Optional[str]]


class StandingSignature(TypedDict):
    """Who signed."""

    at: str
    member: str


class StandingTerms(TypedDict):
    """Which calls a standing permission covers, and how many."""

    agent: NotRequired[Optional[str]]
    consumer: NotRequired[Optional[str]]
    max_count: int
    run: NotRequired[Optional[str]]
    scope: NotRequired[Optional[Dict[str, Any]]]
    sum: NotRequired[Optional[SumLimit]]
    tool: str
    until: str
    when: NotRequired[Optional[str]]


class SuggestIn(TypedDict):
    """A text that a person is at work on. Offsets are in code points."""

    case: NotRequired[Optional[str]]
    count: NotRequired[Optional[int]]
    cursor: NotRequired[Optional[int]]
    field: str
    input: NotRequired[Optional[Dict[str, Any]]]
    instruction: NotRequired[Optional[str]]
    kind: NotRequired[Optional[SuggestKind]]
    selection: NotRequired[Optional[Selection]]
    text: NotRequired[str]


Suggestion = TypedDict(
    "Suggestion",
    {
        "from": "int",
        "hunks": "List[Hunk]",
        "id": "NotRequired[Optional[str]]",
        "text": "str",
        "to": "int",
    },
)


class Suggestions(TypedDict):
    """What was suggested."""

    link: str
    model: NotRequired[Optional[str]]
    suggestions: List[Suggestion]
    took_ms: int


class SumLimit(TypedDict):
    """A bound on the sum of an argument."""

    max: float
    of: str


class Task(TypedDict):
    """A task."""

    blind: bool
    claimed_by: List[str]
    created_at: str
    id: str
    open: bool
    purpose: str
    queue: str
    seats: int


class TicketSynced(TypedDict):
    """What became of what a help desk told."""

    case: str
    comment: NotRequired[Optional[str]]
    status: NotRequired[Optional[str]]


class TimeStats(TypedDict):
    """Time per judgment."""

    median_ms: NotRequired[Optional[int]]
    n: int
    p90_ms: NotRequired[Optional[int]]


class Token(TypedDict):
    """The claim's token."""

    token: int


class TokenUsage(TypedDict):
    """Tokens, and what they cost."""

    cost: NotRequired[Optional[float]]
    input_tokens: int
    output_tokens: int


class TransferIn(TypedDict):
    """Where a case goes, and why."""

    queue: str
    reason: str


class Turn(TypedDict):
    """Who has the turn."""

    holder: str
    member: NotRequired[Optional[str]]
    since: NotRequired[Optional[str]]


class Unsealed(TypedDict):
    """What is recorded but not sealed yet."""

    count: int
    oldest_at: NotRequired[Optional[str]]


Utterance = TypedDict(
    "Utterance",
    {
        "from": "Speaker",
        "text": "str",
    },
)


class Verified(TypedDict):
    """What the verification of the live database found."""

    anchored_size: NotRequired[Optional[int]]
    events: int
    problem_count: int
    problems: List[LedgerProblem]
    root: NotRequired[Optional[str]]
    rows: int
    seconds: float
    signed_size: NotRequired[Optional[int]]
    size: int
    state: str


class Webhook(TypedDict):
    """An endpoint that messages are sent to."""

    created_at: str
    failing_since: NotRequired[Optional[str]]
    failures: int
    id: str
    kinds: List[str]
    loops: List[str]
    next_probe_at: NotRequired[Optional[str]]
    old_secret_until: NotRequired[Optional[str]]
    payload: WebhookPayload
    secret: NotRequired[Optional[str]]
    state: WebhookState
    updated_at: str
    url: str
    why: NotRequired[Optional[str]]


class WebhookPatch(TypedDict):
    """What to change about an endpoint; what is left out stays. Any change ends a pause after
    failures.
    """

    kinds: NotRequired[Optional[List[str]]]
    loops: NotRequired[Optional[List[str]]]
    paused: NotRequired[Optional[bool]]
    payload: NotRequired[Optional[WebhookPayload]]
    url: NotRequired[Optional[str]]


class Who(TypedDict):
    """Whoever is signed in."""

    email: str
    id: str
    name: str


Author = Literal["human", "model"]
ChannelDirection = Literal["in", "out"]
ChannelState = Literal["active", "paused"]
ChannelStatus = Literal["up", "down", "connecting", "paused", "unavailable"]
ClaimOrder = Literal["policy", "oldest", "uncertain", "diverse", "value", "grouped"]
DeliveryState = Literal["waiting", "done", "dead"]
Execution = Literal["succeeded", "failed"]
ModelKind = Literal["external", "prompt"]
NotificationBatching = Literal["at_once", "quarter_hour", "daily"]
NotificationHealth = Literal["good", "failing", "off"]
NotificationKind = Literal["approval", "escalated", "deadline", "overruled", "message", "alert", "unconsumed", "channel", "digest"]
NotificationWay = Literal["app", "email", "slack"]
OutcomeSource = Literal["user", "system"]
PauseClock = Literal["runs", "stops"]
PersonChangeKind = Literal["merge", "split", "identify"]
RoleName = Literal["submitter", "reviewer", "arbiter", "orchestrator", "auditor", "admin"]
Speaker = Literal["agent", "person", "subject", "note"]
SuggestKind = Literal["continue", "revise"]
VerdictName = Literal["approve", "reject", "modify", "answer", "request_changes", "escalate", "skip", "unsure"]
WebhookPayload = Literal["thin", "full"]
WebhookState = Literal["active", "paused", "disabled"]
