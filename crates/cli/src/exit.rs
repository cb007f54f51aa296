//! Exit codes, the same for every command.

use tandem_store::StoreError;

use crate::http::ClientError;

/// Done; for `ledger verify`: verified, and a witness holds a checkpoint over the last event.
pub(crate) const OK: u8 = 0;
/// It failed, or what was checked is bad.
pub(crate) const FAILED: u8 = 1;
/// `ledger verify`: verified, but with a tail that no witness holds.
pub(crate) const UNANCHORED: u8 = 2;
/// `ledger verify`: nothing could be verified, because a file cannot be read.
pub(crate) const UNREADABLE: u8 = 3;
/// The command line is wrong.
pub(crate) const USAGE: u8 = 64;
/// The server cannot be reached, or is too busy.
pub(crate) const UNAVAILABLE: u8 = 69;
/// A running server holds the data directory.
pub(crate) const LOCKED: u8 = 75;
/// The key is missing, not valid, or not allowed to do this.
pub(crate) const FORBIDDEN: u8 = 77;

/// The codes with their meaning, for the reference.
pub(crate) const TABLE: [(u8, &str); 8] = [
    (OK, "done; `ledger verify`: verified, and a witness holds a checkpoint over the last event"),
    (
        FAILED,
        "it failed, or what was checked is bad; the message says what, where and how to mend it",
    ),
    (
        UNANCHORED,
        "`ledger verify`: verified, but with a tail (or, without a witness, all of it) that no witness holds",
    ),
    (
        UNREADABLE,
        "`ledger verify`: nothing could be verified: a file cannot be read, or the pinned key is no key",
    ),
    (USAGE, "the command line is wrong"),
    (UNAVAILABLE, "the server cannot be reached or is too busy; try again"),
    (LOCKED, "a running server holds the data directory; talk to it or stop it"),
    (FORBIDDEN, "the key is missing, not valid, or not allowed to do this"),
];

/// An error that carries its exit code.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Coded {
    /// The exit code.
    pub(crate) code: u8,
    /// What, where, and how to mend it.
    pub(crate) message: String,
}

impl Coded {
    /// A mistake on the command line that clap cannot see.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { code: USAGE, message: message.into() }
    }
}

/// The exit code that fits an error.
pub(crate) fn code_of(error: &anyhow::Error) -> u8 {
    for cause in error.chain() {
        if let Some(coded) = cause.downcast_ref::<Coded>() {
            return coded.code;
        }
        match cause.downcast_ref::<ClientError>() {
            Some(ClientError::Problem { status: 401 | 403, .. }) => return FORBIDDEN,
            Some(
                ClientError::Unreachable { .. } | ClientError::Problem { status: 429 | 503, .. },
            ) => return UNAVAILABLE,
            _ => {}
        }
        match cause.downcast_ref::<StoreError>() {
            Some(StoreError::Locked(_)) => return LOCKED,
            Some(StoreError::Busy { .. } | StoreError::Unavailable(_)) => return UNAVAILABLE,
            _ => {}
        }
    }
    FAILED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_come_from_the_innermost_known_cause() {
        let locked = anyhow::Error::from(StoreError::Locked("/data".into())).context("opening");
        assert_eq!(code_of(&locked), LOCKED);
        let usage = anyhow::Error::from(Coded::usage("no"));
        assert_eq!(code_of(&usage), USAGE);
        assert_eq!(code_of(&anyhow::anyhow!("other")), FAILED);
    }

    #[test]
    fn every_code_is_in_the_table_once() {
        let mut codes: Vec<u8> = TABLE.iter().map(|(code, _)| *code).collect();
        codes.dedup();
        assert_eq!(codes.len(), TABLE.len());
    }
}
