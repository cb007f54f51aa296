//! The schema's history: an append-only list of files whose checksums are verified at every start.

use sha2::{Digest, Sha256};

use crate::{Result, StoreError};

/// One file of `migrations/`.
pub(crate) struct Migration {
    pub(crate) version: i64,
    pub(crate) name: &'static str,
    pub(crate) sql: &'static str,
}

/// All migrations, oldest first. Only ever append; a published file never changes.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "0001_foundation",
        sql: include_str!("../migrations/0001_foundation.sql"),
    },
    Migration {
        version: 2,
        name: "0002_two_persons",
        sql: include_str!("../migrations/0002_two_persons.sql"),
    },
    Migration {
        version: 3,
        name: "0003_autonomy",
        sql: include_str!("../migrations/0003_autonomy.sql"),
    },
    Migration {
        version: 4,
        name: "0004_claim_orders",
        sql: include_str!("../migrations/0004_claim_orders.sql"),
    },
    Migration {
        version: 5,
        name: "0005_second_looks",
        sql: include_str!("../migrations/0005_second_looks.sql"),
    },
    Migration {
        version: 6,
        name: "0006_models",
        sql: include_str!("../migrations/0006_models.sql"),
    },
    Migration {
        version: 7,
        name: "0007_webhooks",
        sql: include_str!("../migrations/0007_webhooks.sql"),
    },
    Migration { version: 8, name: "0008_gates", sql: include_str!("../migrations/0008_gates.sql") },
    Migration { version: 9, name: "0009_runs", sql: include_str!("../migrations/0009_runs.sql") },
    Migration {
        version: 10,
        name: "0010_control_room",
        sql: include_str!("../migrations/0010_control_room.sql"),
    },
    Migration {
        version: 11,
        name: "0011_chain",
        sql: include_str!("../migrations/0011_chain.sql"),
    },
    Migration {
        version: 12,
        name: "0012_queues",
        sql: include_str!("../migrations/0012_queues.sql"),
    },
    Migration {
        version: 13,
        name: "0013_voice",
        sql: include_str!("../migrations/0013_voice.sql"),
    },
    Migration {
        version: 14,
        name: "0014_signoff",
        sql: include_str!("../migrations/0014_signoff.sql"),
    },
    Migration {
        version: 15,
        name: "0015_appeals",
        sql: include_str!("../migrations/0015_appeals.sql"),
    },
    Migration {
        version: 16,
        name: "0016_copilot",
        sql: include_str!("../migrations/0016_copilot.sql"),
    },
    Migration { version: 17, name: "0017_desk", sql: include_str!("../migrations/0017_desk.sql") },
    Migration {
        version: 18,
        name: "0018_dialects",
        sql: include_str!("../migrations/0018_dialects.sql"),
    },
    Migration {
        version: 19,
        name: "0019_channels",
        sql: include_str!("../migrations/0019_channels.sql"),
    },
    Migration {
        version: 20,
        name: "0020_notifications",
        sql: include_str!("../migrations/0020_notifications.sql"),
    },
    Migration {
        version: 21,
        name: "0021_reserved",
        sql: include_str!("../migrations/0021_reserved.sql"),
    },
    Migration { version: 22, name: "0022_who", sql: include_str!("../migrations/0022_who.sql") },
];

/// The table that remembers what was applied.
pub(crate) const LOG_TABLE: &str = "CREATE TABLE IF NOT EXISTS migrations \
    (version BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)";

impl Migration {
    /// SHA-256 of the file, hexadecimal.
    pub(crate) fn checksum(&self) -> String {
        hex::encode(Sha256::digest(self.sql))
    }
}

/// Compares what the database has applied (version, checksum; oldest first) with this binary and
/// returns what is still to do.
pub(crate) fn pending(applied: &[(i64, String)]) -> Result<&'static [Migration]> {
    for (at, (version, checksum)) in applied.iter().enumerate() {
        let Some(known) = MIGRATIONS.get(at).filter(|known| known.version == *version) else {
            return Err(StoreError::Setup(format!(
                "the database has schema version {version}, this program knows up to {}; \
                 start it with the program that wrote it, or a newer one",
                MIGRATIONS.len()
            )));
        };
        if known.checksum() != *checksum {
            return Err(StoreError::Setup(format!(
                "migration {} differs from the one this database was made with; \
                 use an unmodified release of this program",
                known.name
            )));
        }
    }
    Ok(&MIGRATIONS[applied.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_or_unknown_migration_is_refused() {
        let first = &MIGRATIONS[0];
        assert_eq!(pending(&[]).unwrap().len(), MIGRATIONS.len());
        assert_eq!(pending(&[(1, first.checksum())]).unwrap().len(), MIGRATIONS.len() - 1);
        assert!(pending(&[(1, "00".to_owned())]).is_err());
        let future: Vec<_> = MIGRATIONS.iter().map(|m| (m.version, m.checksum())).collect();
        let mut future = future;
        future.push((999, "00".to_owned()));
        assert!(matches!(pending(&future), Err(StoreError::Setup(_))));
    }
}
