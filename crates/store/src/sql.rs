//! One SQL text for two databases: numbered parameters and the few type names that differ.

use std::borrow::Cow;

/// Rewrites `$1` to `?1` for SQLite, which would otherwise number `$n` by first appearance.
/// Literals, quoted names and comments are left alone.
pub(crate) fn for_sqlite(sql: &str) -> Cow<'_, str> {
    if !sql.contains('$') {
        return Cow::Borrowed(sql);
    }
    let mut out = String::with_capacity(sql.len());
    let mut chars = sql.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' | '"' => {
                out.push(c);
                // A doubled quote closes and reopens: the same text comes out.
                for inner in chars.by_ref() {
                    out.push(inner);
                    if inner == c {
                        break;
                    }
                }
            }
            '-' if chars.peek() == Some(&'-') => {
                out.push(c);
                for inner in chars.by_ref() {
                    out.push(inner);
                    if inner == '\n' {
                        break;
                    }
                }
            }
            '$' if chars.peek().is_some_and(char::is_ascii_digit) => out.push('?'),
            _ => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Turns a migration into SQLite's words: `ROWID_KEY` and `SEQUENCE_KEY` are integer primary keys,
/// the latter filled in by the database.
pub(crate) fn schema_for_sqlite(sql: &str) -> String {
    sql.replace("ROWID_KEY", "INTEGER PRIMARY KEY")
        .replace("SEQUENCE_KEY", "INTEGER PRIMARY KEY AUTOINCREMENT")
}

/// Turns a migration into PostgreSQL's words.
pub(crate) fn schema_for_postgres(sql: &str) -> String {
    sql.replace("ROWID_KEY", "BIGINT PRIMARY KEY")
        .replace("SEQUENCE_KEY", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY")
        .replace(" WITHOUT ROWID", "")
        .replace("BLOB", "BYTEA")
}

/// `head VALUES ($1, $2), ($3, $4) tail` for `rows` rows of `columns` columns.
pub(crate) fn values(head: &str, columns: usize, rows: usize, tail: &str) -> String {
    use std::fmt::Write as _;
    let mut sql = String::with_capacity(head.len() + tail.len() + rows * (columns * 6 + 4) + 10);
    sql.push_str(head);
    sql.push_str(" VALUES ");
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            let number = row * columns + column + 1;
            let comma = if column == 0 { "" } else { ", " };
            // Writing to a `String` cannot fail.
            let _ = write!(sql, "{comma}${number}");
        }
        sql.push(')');
    }
    sql.push(' ');
    sql.push_str(tail);
    sql
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_renumbered_outside_literals_only() {
        assert_eq!(for_sqlite("SELECT $2, $1"), "SELECT ?2, ?1");
        assert_eq!(for_sqlite("SELECT '$1''$2', \"$3\", $1"), "SELECT '$1''$2', \"$3\", ?1");
        assert_eq!(for_sqlite("SELECT 1 -- $1\n, $1"), "SELECT 1 -- $1\n, ?1");
        assert_eq!(for_sqlite("SELECT x->>'$.a'"), "SELECT x->>'$.a'");
    }

    #[test]
    fn rows_are_numbered_through() {
        let sql = values("INSERT INTO t (a, b)", 2, 2, "ON CONFLICT DO NOTHING");
        assert_eq!(sql, "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4) ON CONFLICT DO NOTHING");
    }
}
