//! Why a command was refused: a stable code, a plain sentence, and where in the input.

/// A command that the state, the facts or the rules do not allow. Nothing changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// Stable code, part of the API.
    pub code: Code,
    /// JSON pointer into the input that is at fault, when one part is.
    pub path: Option<String>,
    /// What is wrong and how to mend it.
    pub message: String,
}

/// Codes of refusals. Their text form is stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// The input does not fit the loop: unknown or missing fields, wrong kinds.
    InvalidInput,
    /// The answer or proposal does not fit the loop's fields.
    InvalidAnswer,
    /// A confidence or probability is out of range or does not fit the options.
    InvalidConfidence,
    /// The verdict does not go with what it came with.
    InvalidVerdict,
    /// What is said about who wrote a text does not fit it.
    InvalidProvenance,
    /// The case is in a state that does not allow the command.
    InvalidTransition,
    /// The claim was lost: it expired and its seat went to somebody else, or it was released.
    ClaimLost,
    /// The token is not the newest for this seat.
    StaleToken,
    /// The judgment names a proposal that was superseded.
    ProposalSuperseded,
    /// This member already judged, skipped or decided here, or proposed what is judged.
    NotEligible,
    /// No seat is free.
    NoSeat,
    /// The thing named does not exist.
    NotFound,
    /// The time to do this is over.
    TooLate,
    /// The digest does not match what was decided.
    DigestMismatch,
    /// Another consumer holds the grant.
    AlreadyConsumed,
    /// A halt is in force.
    Halted,
    /// The decision is not sealed in the ledger yet; try again in a moment.
    NotSealed,
    /// A person has the turn in the conversation.
    TakenOver,
    /// What was judged is not what is to be run: the bytes shown are other bytes.
    SeenMismatch,
    /// The queue is paused.
    QueuePaused,
    /// Nobody who may veto has watched the held decision for long enough.
    Unwatched,
    /// What is approved takes a signature by the reviewer's own key.
    SignOffNeeded,
    /// An appeal is open, and stands against this.
    AppealOpen,
    /// The decision cannot be contested.
    NotAppealable,
}

impl Code {
    /// The code as it is written in errors.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid_input",
            Self::InvalidAnswer => "invalid_answer",
            Self::InvalidConfidence => "invalid_confidence",
            Self::InvalidVerdict => "invalid_verdict",
            Self::InvalidProvenance => "invalid_provenance",
            Self::InvalidTransition => "invalid_transition",
            Self::ClaimLost => "claim_lost",
            Self::StaleToken => "stale_token",
            Self::ProposalSuperseded => "proposal_superseded",
            Self::NotEligible => "not_eligible",
            Self::NoSeat => "no_seat",
            Self::NotFound => "not_found",
            Self::TooLate => "too_late",
            Self::DigestMismatch => "digest_mismatch",
            Self::AlreadyConsumed => "already_consumed",
            Self::Halted => "halted",
            Self::NotSealed => "not_sealed",
            Self::TakenOver => "taken_over",
            Self::SeenMismatch => "seen_mismatch",
            Self::QueuePaused => "queue_paused",
            Self::Unwatched => "unwatched",
            Self::SignOffNeeded => "sign_off_needed",
            Self::AppealOpen => "appeal_open",
            Self::NotAppealable => "not_appealable",
        }
    }
}

impl Refusal {
    /// A refusal without a place in the input.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, path: None, message: message.into() }
    }

    /// A refusal that points into the input.
    pub fn at(code: Code, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code, path: Some(path.into()), message: message.into() }
    }

    /// The same refusal with `prefix` before its path: the input was part of something larger.
    pub fn under(mut self, prefix: &str) -> Self {
        self.path = Some(format!("{prefix}{}", self.path.unwrap_or_default()));
        self
    }
}
