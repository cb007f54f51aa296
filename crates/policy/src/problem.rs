//! What is wrong with a loop file, and where.

use std::fmt;

use serde::Serialize;

/// One thing that keeps a loop file from being published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Line in the file, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// JSON pointer to the part of the document at fault; empty for the whole.
    pub path: String,
    /// Stable code: `syntax`, `too_large`, `duplicate_key`, `unknown_key`, `missing_key`,
    /// `wrong_kind`, `out_of_range`, `bad_name`, `bad_rule`, `bad_schema`, `bad_pattern`,
    /// `not_declared`, `not_unique`, `conflict`.
    pub code: &'static str,
    /// What is wrong, as one sentence without a full stop.
    pub message: String,
    /// How to mend it, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}

/// A place in the source: line and column, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pos {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Pos {
    pub(crate) const START: Self = Self { line: 1, column: 1 };

    pub(crate) fn problem(
        self,
        path: impl Into<String>,
        code: &'static str,
        message: impl Into<String>,
    ) -> Problem {
        Problem {
            line: self.line,
            column: self.column,
            path: path.into(),
            code,
            message: message.into(),
            hint: None,
        }
    }
}

impl Problem {
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
