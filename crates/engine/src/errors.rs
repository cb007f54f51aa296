//! What can go wrong between a request and its commit, told so that a caller can act on it.

use tandem_domain::refusal::Refusal;
use tandem_ledger::canonical::CanonicalError;
use tandem_store::StoreError;

/// Result of everything in this crate.
pub type Result<T, E = EngineError> = std::result::Result<T, E>;

/// A request that was not carried out. Nothing of it was written.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The state machine of the case does not allow it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The input is at fault.
    #[error("{message}")]
    Invalid {
        /// Stable code.
        code: &'static str,
        /// JSON pointer into the input.
        path: Option<String>,
        /// What is wrong and how to mend it.
        message: String,
        /// For files with several faults: each with its place.
        problems: Vec<Problem>,
    },
    /// The thing named does not exist, or not for this principal.
    #[error("there is no such {what}")]
    NotFound {
        /// What was looked for, as in `case case_…`.
        what: String,
    },
    /// The principal's roles do not allow it.
    #[error("{why}")]
    Forbidden {
        /// Which right is missing.
        why: String,
    },
    /// Nobody is signed in, or the credentials are not good.
    #[error("sign in, or send a valid key as `Authorization: Bearer tdm_…`")]
    Unauthenticated,
    /// It contradicts something that is already there.
    #[error("{message}")]
    Conflict {
        /// Stable code.
        code: &'static str,
        /// What contradicts what.
        message: String,
        /// The resource that is already there.
        resource: Option<String>,
    },
    /// Whoever was asked outside did not answer with anything that could be used.
    #[error("{message}")]
    Outside {
        /// Stable code.
        code: &'static str,
        /// Who was asked, and what came of it.
        message: String,
    },
    /// A run is not in a state, or not under the newest orders, for what was asked.
    #[error("{message}")]
    Run {
        /// Stable code.
        code: &'static str,
        /// Where the run stands.
        message: String,
        /// The same to act on, with what the run was told.
        run: Box<crate::runs::Standing>,
    },
    /// Too much is waiting to be written.
    #[error("busy: try again in {retry_after_s} s")]
    Busy {
        /// Seconds to wait before the next try.
        retry_after_s: u64,
    },
    /// No space left. Nothing was written, and the gates stay shut.
    #[error("no space is left for the database; free some and retry")]
    DiskFull,
    /// The database cannot be reached now, or the engine is shutting down. Retry with the same key.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// A defect in this program or damaged data. The text is for the log.
    #[error("internal error: {0}")]
    Internal(String),
    /// What was computed before the transaction no longer holds; the engine computes it again.
    #[error("the loop changed meanwhile")]
    Stale,
}

/// One fault of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line, from 1; 0 where unknown.
    pub line: u32,
    /// Column, from 1; 0 where unknown.
    pub column: u32,
    /// JSON pointer into the file.
    pub path: String,
    /// Stable code.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub hint: Option<String>,
}

impl EngineError {
    /// The stable code of the error, part of the API.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code.as_str(),
            Self::Invalid { code, .. }
            | Self::Conflict { code, .. }
            | Self::Outside { code, .. }
            | Self::Run { code, .. } => code,
            Self::NotFound { .. } => "not_found",
            Self::Forbidden { .. } => "forbidden",
            Self::Unauthenticated => "unauthenticated",
            Self::Busy { .. } => "busy",
            Self::DiskFull => "disk_full",
            Self::Unavailable(_) | Self::Stale => "unavailable",
            Self::Internal(_) => "internal",
        }
    }

    /// An input that is at fault at `path`.
    pub fn invalid(
        code: &'static str,
        path: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self::Invalid {
            code,
            path: Some(path.into()),
            message: message.into(),
            problems: Vec::new(),
        }
    }

    /// A thing that is not there.
    pub fn not_found(what: impl Into<String>) -> Self {
        Self::NotFound { what: what.into() }
    }

    /// A missing right.
    pub fn forbidden(why: impl Into<String>) -> Self {
        Self::Forbidden { why: why.into() }
    }

    /// A defect or damage.
    pub fn internal(what: impl std::fmt::Display) -> Self {
        Self::Internal(what.to_string())
    }
}

impl From<StoreError> for EngineError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy { retry_after } => {
                Self::Busy { retry_after_s: retry_after.as_secs().max(1) }
            }
            StoreError::DiskFull(_) => Self::DiskFull,
            StoreError::Contended(_) => Self::Busy { retry_after_s: 1 },
            StoreError::Unavailable(_) | StoreError::Closed | StoreError::Locked(_) => {
                Self::Unavailable(error.to_string())
            }
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<CanonicalError> for EngineError {
    fn from(error: CanonicalError) -> Self {
        Self::Invalid {
            code: "invalid_input",
            path: None,
            message: error.to_string(),
            problems: Vec::new(),
        }
    }
}
