//! Commands: what somebody wants done to a case, with what the shell knows about them.

use serde_json::Value;

use crate::case::{Answer, AppealEvidence, Assertion, LinkTry, Verdict};
use crate::ids::{MemberId, PersonId};
use crate::policy::{Draws, Facts};
use crate::provenance::Written;
use crate::time::{Span, Timestamp};

/// A member who acts, and the natural person behind the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reviewer {
    /// The account.
    pub member: MemberId,
    /// The person.
    pub person: PersonId,
    /// Whether they may work on arbitration tasks.
    pub arbiter: bool,
    /// Whether their role decides appeals of this loop; the shell says so.
    pub appeals: bool,
    /// Persons with whom they are one for four eyes: absent ones they stand in for, whoever stands in
    /// for them, and persons that were found to be the same.
    pub stands_in_for: [Option<PersonId>; MAX_ONE_WITH],
}

/// Most absent persons that one member stands in for.
pub const MAX_STAND_INS: usize = 4;
/// Most persons that one member is one with for four eyes.
pub const MAX_ONE_WITH: usize = 12;

impl Reviewer {
    /// The person and those they are one with.
    pub fn persons(&self) -> impl Iterator<Item = PersonId> + use<> {
        let all = self.stands_in_for;
        std::iter::once(self.person).chain(all.into_iter().flatten())
    }
}

/// A proposal that comes in.
#[derive(Debug, Clone, PartialEq)]
pub struct NewProposal {
    /// The suggested answer.
    pub output: Answer,
    /// Confidence by field; `""` for the whole.
    pub confidence: std::collections::BTreeMap<String, f64>,
    /// Probabilities of options by field.
    pub probabilities: std::collections::BTreeMap<String, std::collections::BTreeMap<String, f64>>,
    /// Model and version.
    pub model: Option<String>,
    /// Evidence.
    pub evidence: Vec<Value>,
    /// Who proposes.
    pub by: String,
}

/// What one reviewer says.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJudgment {
    /// What they say.
    pub verdict: Verdict,
    /// The answer, for `modify` and `answer`.
    pub answer: Option<Answer>,
    /// The proposal they looked at; the newest where absent.
    pub proposal: Option<u32>,
    /// Reason codes.
    pub reasons: Vec<String>,
    /// Failure modes.
    pub failure_modes: Vec<String>,
    /// A rating from 1 to 5.
    pub rating: Option<u8>,
    /// Ticked items.
    pub checklist: Vec<String>,
    /// A remark.
    pub comment: Option<String>,
    /// Why, for the record.
    pub rationale: Option<String>,
    /// Plain words for the person affected; the loop's own where absent.
    pub notice: Option<String>,
    /// Digest of the bytes that were shown, for calls of tools; the shell compared it.
    pub seen: Option<String>,
    /// The sign-off over many cases that it is part of.
    pub batch: Option<String>,
    /// What the reviewer's own key signed; the shell verified it.
    pub signed: Option<Box<Assertion>>,
    /// Who wrote its texts, and what was suggested on the case.
    pub written: Written,
    /// Time spent in milliseconds.
    pub elapsed_ms: u64,
}

/// An appeal that comes in.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAppeal {
    /// Who contests the decision.
    pub by: String,
    /// Why it is wrong.
    pub statement: String,
    /// What speaks for that.
    pub evidence: Vec<AppealEvidence>,
    /// Who hands it in: member or key, as text.
    pub lodged_by: String,
    /// Persons who do not decide it though the case does not say so: who signed the permission that
    /// decided. The shell adds them.
    pub excluded: Vec<PersonId>,
}

/// What somebody wants done to a case that exists.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// A further proposal.
    Propose {
        /// The proposal.
        proposal: NewProposal,
        /// Whether it is only recorded beside the live one.
        shadow: bool,
    },
    /// Lease a seat of task `task`.
    Claim {
        /// Numbers of the tasks that the reviewer may take a seat of; any open one where absent.
        tasks: Option<Vec<u32>>,
        /// Who.
        reviewer: Reviewer,
    },
    /// Prolong a lease.
    Renew {
        /// Number of the claim.
        claim: u32,
        /// Its token.
        token: u64,
        /// Who.
        reviewer: Reviewer,
    },
    /// Give a claim back.
    Release {
        /// Number of the claim.
        claim: u32,
        /// Whose; `None` when an orchestrator or the expiry timer frees it.
        by: Option<Reviewer>,
    },
    /// Free the seat of a lease that ran out.
    ExpireClaim {
        /// Number of the claim.
        claim: u32,
    },
    /// Say what the answer is.
    Judge {
        /// Claim and token; `None`: claim and judge in one step.
        claim: Option<(u32, u64)>,
        /// Without a claim: numbers of the tasks that the reviewer may take a seat of; any open one where
        /// absent.
        tasks: Option<Vec<u32>>,
        /// Who.
        reviewer: Reviewer,
        /// What.
        judgment: Box<NewJudgment>,
        /// Earlier judgments that no longer count: their authors were removed since, or turned out to be
        /// one person.
        void: Vec<u32>,
        /// What the policy found out about an answer that is another call than the proposed one.
        edited: Option<Box<Facts>>,
    },
    /// Undo one's judgment in the undo window.
    Undo {
        /// Number of the judgment.
        judgment: u32,
        /// Who.
        reviewer: Reviewer,
    },
    /// Take a judgment back later. The decision stands until somebody reopens the case.
    Retract {
        /// Number of the judgment.
        judgment: u32,
        /// Who; `None` for an orchestrator.
        by: Option<Reviewer>,
    },
    /// Take the turn in the conversation beside the case.
    TakeOver {
        /// Who.
        reviewer: Reviewer,
    },
    /// Give the turn back to the agent.
    HandBack {
        /// Who; `None` for an orchestrator.
        by: Option<Reviewer>,
    },
    /// Withdraw a machine's decision before it takes effect.
    Veto {
        /// Who.
        reviewer: Reviewer,
    },
    /// Timer: the held decision takes effect.
    TakeEffect {
        /// Number of the decision.
        decision: u32,
    },
    /// Timer: the deadline passed.
    Deadline,
    /// Timer: a revision did not come in time.
    RevisionTimeout {
        /// The attempt it was for.
        attempt: u32,
    },
    /// Links of the chain, or models that check, answered.
    Tried {
        /// The step of the chain at which they were asked.
        step: u32,
        /// What they said.
        tries: Vec<LinkTry>,
        /// What follows.
        then: Then,
    },
    /// Timer: the chain did not come to an end in time.
    ChainTimeout {
        /// Which wait.
        round: u32,
    },
    /// Timer: the undo window of an audit or cross-check is over and its result counts.
    SettleAudit {
        /// Number of the task.
        task: u32,
    },
    /// Timer: nobody decided in time; the task goes up the ladder.
    ClimbLadder {
        /// Number of the task.
        task: u32,
    },
    /// Timer: an approval was not consumed in time.
    Unconsumed {
        /// Number of the decision.
        decision: u32,
    },
    /// Timer: an approval may not be consumed any more.
    Expire {
        /// Number of the decision.
        decision: u32,
    },
    /// Timer: nobody said what became of an execution.
    ExecutionUnknown {
        /// Number of the decision.
        decision: u32,
    },
    /// Whoever executed says what became of it.
    Executed {
        /// What they say.
        told: Told,
    },
    /// Put its open task into another queue, where claims begin anew.
    Transfer {
        /// The queue.
        queue: String,
        /// The bulk change it is part of, for the event.
        bulk: Option<String>,
    },
    /// Change its priority.
    Reprioritise {
        /// 0..=9, 9 first.
        priority: u8,
        /// The bulk change it is part of, for the event.
        bulk: Option<String>,
    },
    /// The submitter withdraws the case.
    Cancel,
    /// Open a decided case again.
    Reopen,
    /// Contest the decision that is in force.
    Appeal {
        /// What comes in.
        appeal: Box<NewAppeal>,
    },
    /// Take the open appeal back.
    WithdrawAppeal {
        /// Who asks: member or key, as text.
        by: String,
    },
    /// Timer: an appeal was not decided in time.
    AppealOverdue {
        /// Its number.
        appeal: u32,
    },
    /// Hand the decision to whoever asked.
    Deliver,
    /// Take the grant: the point of no return.
    Consume {
        /// Digest of what the consumer is about to execute.
        digest: String,
        /// Who executes.
        consumer: String,
        /// Id of the grant, if this call is the one that gets it.
        grant: String,
        /// How long the grant is good for.
        valid: Span,
        /// Whether a halt is in force.
        halted: bool,
        /// Whether the decision is sealed in the ledger.
        sealed: bool,
    },
}

/// What whoever executed says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Whether it succeeded.
    pub succeeded: bool,
    /// When that happened; words that are older than what is known already change nothing.
    pub occurred_at: Timestamp,
    /// The grant it was executed with; without it, the one that was held then.
    pub grant: Option<String>,
}

/// What follows from what a link said.
#[derive(Debug, Clone, PartialEq)]
pub enum Then {
    /// The next link is asked.
    Ask(u32),
    /// This is proposed.
    Propose(NewProposal),
    /// The proposal that was held for checks is routed.
    Checked,
    /// People decide.
    GiveUp,
}

/// What the shell knows when it runs a command.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Context {
    /// The store's clock.
    pub now: Timestamp,
    /// The draws of this case.
    pub draws: Draws,
    /// Version of the loop in force.
    pub loop_version: u32,
    /// Epoch of the loop's autonomy.
    pub epoch: u32,
    /// Whether a halt is in force: nothing becomes effective by machine or timer then.
    pub halted: bool,
    /// The natural person behind whoever gives the command, where there is one.
    pub person: Option<PersonId>,
    /// For a deadline or a ladder: how much of the time so far did not count, because the server was
    /// down or halted over a call, or the queue was paused with its clock. For a decision held for a
    /// veto: how much of the time for it nobody watched yet.
    pub lost: Span,
}

/// What the shell must do in the same transaction.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Run a command later.
    SetTimer {
        /// What fires; one timer per case and name.
        timer: Timer,
        /// When.
        at: Timestamp,
    },
    /// Forget a timer.
    ClearTimer {
        /// Which.
        timer: Timer,
    },
    /// The case came to something a waiter may want: effective, blocked or cancelled.
    WakeWaiters,
    /// The queue has something new to claim.
    WakeQueue,
    /// An effective decision teaches: the shell makes examples of it.
    Learn {
        /// Number of the decision.
        decision: u32,
    },
    /// What an earlier decision taught must be forgotten.
    Unlearn {
        /// Number of the decision.
        decision: u32,
    },
    /// An automatic decision was made: one row of the audited stratum.
    AutomaticDecided {
        /// Probability that it is audited.
        propensity: f64,
        /// Whether it is.
        audited: bool,
    },
    /// An audit came to a result.
    AuditResult {
        /// Whether the automatic decision was wrong.
        error: bool,
        /// The person's answer, which teaches as well.
        judgment: u32,
    },
    /// What counts of an audited automatic decision changed: others looked again.
    AuditOverruled {
        /// Whether the automatic decision counts as wrong now.
        error: bool,
    },
    /// An audit's judgment was taken back; somebody else is asked.
    AuditRetracted {
        /// The judgment.
        judgment: u32,
    },
    /// Tell the outside.
    Publish {
        /// Topic, as in `case.decided`.
        topic: &'static str,
    },
    /// Ask the next link of the chain, or the models that check.
    AskChain,
    /// Ask the loop's proposer for a new proposal.
    AskProposer {
        /// Which attempt.
        attempt: u32,
    },
}

/// Timers of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Timer {
    /// A held decision takes effect.
    Effect(u32),
    /// A lease runs out.
    Lease(u32),
    /// The case is overdue.
    Deadline,
    /// A revision is overdue.
    Revision(u32),
    /// The chain is overdue.
    Chain(u32),
    /// The undo window of an audit or cross-check is over.
    Audit(u32),
    /// A task goes up the ladder.
    Ladder(u32),
    /// An approval should be consumed by now.
    Consume(u32),
    /// An approval ends.
    Expiry(u32),
    /// The result of an execution should be known by now.
    Execution(u32),
    /// An appeal should be decided by now.
    Appeal(u32),
}

impl Timer {
    /// Name under which it is stored, one per case.
    pub fn name(self) -> String {
        match self {
            Self::Effect(n) => format!("effect:{n}"),
            Self::Lease(n) => format!("lease:{n}"),
            Self::Deadline => "deadline".to_owned(),
            Self::Revision(n) => format!("revision:{n}"),
            Self::Chain(n) => format!("chain:{n}"),
            Self::Audit(n) => format!("audit:{n}"),
            Self::Ladder(n) => format!("ladder:{n}"),
            Self::Consume(n) => format!("consume:{n}"),
            Self::Expiry(n) => format!("expiry:{n}"),
            Self::Execution(n) => format!("execution:{n}"),
            Self::Appeal(n) => format!("appeal:{n}"),
        }
    }

    /// The command that fires, from the stored name.
    pub fn command(name: &str) -> Option<Command> {
        let (kind, n) = name.split_once(':').unwrap_or((name, "0"));
        let n = n.parse().ok()?;
        match kind {
            "effect" => Some(Command::TakeEffect { decision: n }),
            "lease" => Some(Command::ExpireClaim { claim: n }),
            "deadline" => Some(Command::Deadline),
            "revision" => Some(Command::RevisionTimeout { attempt: n }),
            "chain" => Some(Command::ChainTimeout { round: n }),
            "audit" => Some(Command::SettleAudit { task: n }),
            "ladder" => Some(Command::ClimbLadder { task: n }),
            "consume" => Some(Command::Unconsumed { decision: n }),
            "expiry" => Some(Command::Expire { decision: n }),
            "appeal" => Some(Command::AppealOverdue { appeal: n }),
            "execution" => Some(Command::ExecutionUnknown { decision: n }),
            _ => None,
        }
    }
}
