//! What can be wrong with a file or with what was asked of it.

use tandem_learn::LearnError;

/// An error that says what, where and how to mend it.
#[derive(Debug, thiserror::Error)]
pub enum OfflineError {
    /// A place in a file is wrong.
    #[error("{file}, line {line}{}: {message}", column_text(.column.as_deref()))]
    Cell {
        /// The file; `standard input` for `-`.
        file: String,
        /// Line, counted from 1.
        line: u64,
        /// Name of the column, where one cell is to blame.
        column: Option<String>,
        /// What is wrong and how to mend it.
        message: String,
    },
    /// The file as a whole is wrong: empty, no such column, one class only.
    #[error("{file}: {message}")]
    File {
        /// The file.
        file: String,
        /// What is wrong and how to mend it.
        message: String,
    },
    /// Options contradict each other or the data.
    #[error("{0}")]
    Usage(String),
    /// A file cannot be read or written.
    #[error("{file}: {source}")]
    Io {
        /// The file.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// The numbers cannot be computed.
    #[error(transparent)]
    Learn(#[from] LearnError),
}

fn column_text(column: Option<&str>) -> String {
    column.map_or_else(String::new, |name| format!(", column `{name}`"))
}
