//! Members, keys, sessions and sign-in links: who may come in, and as whom.
//!
//! Secrets (keys, cookies, links) are 256 random bits, shown once and stored as SHA-256; passwords
//! are argon2id hashes, computed on blocking threads, a few at a time. Every change of rights is an
//! event of the ledger, by ids only: no name or e-mail enters it. What a request needs is kept in
//! memory for two seconds at most, so that a revocation on another node takes no longer to hold.

mod aws;
mod cache;
mod keys;
mod limiter;
mod members;
mod passwords;
mod persons;
mod record;
mod secrets;
mod sessions;
mod standing;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tandem_domain::roles::Role;
use tandem_domain::{KeyId, Timestamp};
use tandem_store::members::RoleGrant;
use tandem_store::{Store, Tx};

pub use aws::{AwsPair, AwsSigned};
pub use keys::{KeyView, MadeKey, NewKey};
pub use members::{AddedMember, MemberChange, MemberView, NewMember};
pub use persons::{PersonChange, PersonChangeView};
pub(crate) use record::note;
pub use sessions::{Session, SignedIn};
pub(crate) use standing::member as standing_member;

use crate::errors::{EngineError, Result};
use crate::ids::IdGen;
use crate::principal::{LoopScope, Principal};
use cache::Cache;

/// The space that exists without being made.
pub const DEFAULT_SPACE: &str = "default";
/// How often it is noted which keys were used.
const FLUSH_EVERY: Duration = Duration::from_secs(30);

/// Everybody who may come in. Cheap to clone.
#[derive(Clone)]
pub struct Accounts {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    ids: Arc<IdGen>,
    keys: Cache<keys::Known>,
    sessions: Cache<Session>,
    passwords: passwords::Passwords,
    limiter: limiter::Limiter,
    used: Mutex<std::collections::HashSet<KeyId>>,
}

impl Accounts {
    /// Opens the accounts of a store. On a tokio runtime it also notes now and then which keys were
    /// used, until the last clone is dropped.
    pub fn start(store: Store) -> Self {
        let accounts = Self {
            inner: Arc::new(Inner {
                store,
                ids: Arc::default(),
                keys: Cache::default(),
                sessions: Cache::default(),
                passwords: passwords::Passwords::new(),
                limiter: limiter::Limiter::default(),
                used: Mutex::default(),
            }),
        };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let weak = Arc::downgrade(&accounts.inner);
            runtime.spawn(async move {
                loop {
                    tokio::time::sleep(FLUSH_EVERY).await;
                    let Some(inner) = weak.upgrade() else { return };
                    if let Err(error) = (Self { inner }).flush_used().await {
                        tracing::warn!(%error, "could not note which keys were used");
                    }
                }
            });
        }
        accounts
    }

    /// Notes which keys were used since the last call, and forgets expired sessions and links.
    pub async fn flush_used(&self) -> Result<()> {
        let used: Vec<KeyId> = {
            let mut used = self.inner.used.lock().unwrap_or_else(PoisonError::into_inner);
            used.drain().collect()
        };
        self.inner
            .store
            .write(move |tx: &mut dyn Tx| {
                for &key in &used {
                    tandem_store::keys::touch(tx, key)?;
                }
                tandem_store::sessions::purge(tx)?;
                Ok(())
            })
            .await
    }

    /// The time by the store's clock.
    pub fn now(&self) -> Timestamp {
        Timestamp(self.inner.store.clock().now_micros())
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.store
    }

    pub(crate) fn ids(&self) -> Arc<IdGen> {
        Arc::clone(&self.inner.ids)
    }

    /// Forgets what is kept in memory: rights changed.
    pub(crate) fn forget(&self) {
        self.inner.keys.clear();
        self.inner.sessions.clear();
    }
}

/// Stored roles as the principal carries them; unknown ones (of a newer version) are left out.
pub(crate) fn to_grants(stored: &[RoleGrant]) -> Vec<(LoopScope, Role)> {
    stored
        .iter()
        .filter_map(|grant| {
            let scope = match grant.scope.as_str() {
                "*" => LoopScope::All,
                name => LoopScope::Named(name.to_owned()),
            };
            Some((scope, grant.role.parse().ok()?))
        })
        .collect()
}

fn to_stored(grants: &[(LoopScope, Role)]) -> Vec<RoleGrant> {
    let mut stored: Vec<_> = grants
        .iter()
        .map(|(scope, role)| RoleGrant {
            scope: match scope {
                LoopScope::All => "*".to_owned(),
                LoopScope::Named(name) => name.clone(),
            },
            role: role.as_str().to_owned(),
        })
        .collect();
    stored.sort();
    stored.dedup();
    stored
}

fn check_text(path: &str, text: &str, most: usize) -> Result<()> {
    let length = text.chars().count();
    if text.trim().is_empty() || length > most || text.chars().any(char::is_control) {
        return Err(EngineError::invalid(
            "invalid_input",
            path,
            format!("it takes 1 to {most} visible characters"),
        ));
    }
    Ok(())
}

fn same_space<T>(principal: &Principal, space: &str, found: T, what: &str) -> Result<T> {
    if space == principal.space { Ok(found) } else { Err(EngineError::not_found(what)) }
}
