//! API keys: `tdm_` and 256 random bits, shown once.

use std::sync::{Arc, PoisonError};

use tandem_domain::roles::Role;
use tandem_domain::{KeyId, MemberId, Timestamp};
use tandem_store::keys::{self, Key};
use tandem_store::{Tx, members, spaces};

use super::members::{disabled, text};
use super::persons::set_identified;
use super::{
    Accounts, DEFAULT_SPACE, check_text, record, same_space, secrets, to_grants, to_stored,
};
use crate::access::{Action, Scope, allow};
use crate::cases::{IdemKey, remember, replayed};
use crate::errors::{EngineError, Result};
use crate::gates::absences::stand_ins;
use crate::principal::{Actor, LoopScope, Principal};

/// Shortest secret that may be set from outside.
const SHORTEST: usize = 24;

/// A key as pages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyView {
    /// Its id.
    pub id: KeyId,
    /// Its name.
    pub name: String,
    /// The first characters of the secret.
    pub prefix: String,
    /// Whose it is; `None` for a machine's.
    pub member: Option<MemberId>,
    /// Its roles. A member's key has the member's roles where it names none.
    pub grants: Vec<(LoopScope, Role)>,
    /// What it is limited to; empty for no limit.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to half a minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A key to make.
#[derive(Debug, Clone, Default)]
pub struct NewKey {
    /// Its name.
    pub name: String,
    /// Its roles. A member's key may only have fewer than the member.
    pub grants: Vec<(LoopScope, Role)>,
    /// What it is limited to (`read`, `submit`, `review`, `manage`, `admin`).
    pub scopes: Vec<String>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// Whose it is.
    pub member: Option<MemberId>,
}

/// A key that was made.
#[derive(Debug, Clone)]
pub struct MadeKey {
    /// The key.
    pub key: KeyView,
    /// Its secret: shown now and never again. Empty when an idempotency key was replayed.
    pub secret: String,
}

/// What is kept in memory of a key.
pub(super) struct Known {
    pub(super) principal: Arc<Principal>,
    pub(super) expires_at: Option<Timestamp>,
    /// The secret of the key's AWS pair; only where it was found by its access key id.
    pub(super) aws_secret: String,
}

impl Accounts {
    /// Makes a key.
    pub async fn make_key(&self, by: &Principal, new: NewKey) -> Result<MadeKey> {
        self.make_key_once(by, new, None).await
    }

    /// Makes a key, or finds the one that this idempotency key made; its secret is not shown again.
    pub async fn make_key_once(
        &self,
        by: &Principal,
        new: NewKey,
        idem: Option<IdemKey>,
    ) -> Result<MadeKey> {
        allow(by, Action::KeyWrite, None)?;
        let secret = format!("{}{}", secrets::KEY_PREFIX, secrets::fresh(&self.inner.ids)?);
        let made = self.insert_key(by, new, &secret, false, idem).await?;
        let (key, fresh) =
            made.ok_or_else(|| EngineError::internal("a fresh key was not stored"))?;
        Ok(MadeKey { key, secret: if fresh { secret } else { String::new() } })
    }

    /// Sets the first key, an admin's, where the default space has none yet. Returns `None`, and
    /// changes nothing, where it has.
    pub async fn bootstrap(&self, secret: &str) -> Result<Option<KeyView>> {
        let fits = secret.starts_with(secrets::KEY_PREFIX)
            && secret.len() >= SHORTEST
            && secret.chars().all(|c| c.is_ascii_graphic());
        if !fits {
            return Err(EngineError::Invalid {
                code: "invalid_key",
                path: None,
                message: format!(
                    "the admin key must begin with `{}` and have at least {SHORTEST} printable \
                     ASCII characters; draw it from a good source of randomness",
                    secrets::KEY_PREFIX
                ),
                problems: Vec::new(),
            });
        }
        let new = NewKey {
            name: "admin".to_owned(),
            grants: vec![(LoopScope::All, Role::Admin)],
            ..NewKey::default()
        };
        let system = Principal::system(DEFAULT_SPACE);
        let made = self.insert_key(&system, new, secret, true, None).await?;
        Ok(made.map(|(key, _)| key))
    }

    async fn insert_key(
        &self,
        by: &Principal,
        new: NewKey,
        secret: &str,
        only_first: bool,
        idem: Option<IdemKey>,
    ) -> Result<Option<(KeyView, bool)>> {
        check_text("/name", &new.name, 200)?;
        check_scopes(&new.scopes)?;
        let prefix: String = secret.chars().take(12).collect();
        let (hash, ids, by) = (secrets::hash(secret), self.inner.ids.clone(), by.clone());
        self.inner
            .store
            .write(move |tx: &mut dyn Tx| {
                spaces::insert(tx, &by.space, &by.space)?;
                if only_first && keys::exists_any(tx, &by.space)? {
                    return Ok(None);
                }
                if let Some(id) = replayed(tx, &by, idem.as_ref())? {
                    let id = id.parse().map_err(EngineError::internal)?;
                    let key = keys::get(tx, id)?.ok_or_else(|| EngineError::not_found("key"))?;
                    return Ok(Some((view(key), false)));
                }
                let now = tx.now();
                check_key(tx, &by, &new, now)?;
                let key = Key {
                    id: KeyId(ids.uuid(now)?),
                    space: by.space.clone(),
                    name: new.name.trim().to_owned(),
                    prefix: prefix.clone(),
                    hash: hash.to_vec(),
                    member_id: new.member,
                    roles: to_stored(&new.grants),
                    scopes: new.scopes.clone(),
                    created_at: now,
                    expires_at: new.expires_at,
                    last_used_at: None,
                    revoked_at: None,
                    made_by: by.requester(),
                };
                keys::insert(tx, &key)?;
                if let Some(id) = key.member_id
                    && by.member().is_none_or(|(own, _)| own != id)
                {
                    // Somebody else holds what acts as them: whose account it is, is to be agreed on again.
                    set_identified(tx, id, None)?;
                }
                let data = [
                    ("key", text(key.id)),
                    ("member", key.member_id.map_or(serde_json::Value::Null, text)),
                    ("roles", record::roles(&key.roles)),
                    ("scopes", key.scopes.iter().cloned().collect()),
                ];
                record::note(tx, &ids, &by, "key.made", data)?;
                remember(tx, &by, idem.as_ref(), &key.id.to_string())?;
                Ok(Some((view(key), true)))
            })
            .await
    }

    /// Revokes a key; revoking it again changes nothing.
    pub async fn revoke_key(&self, by: &Principal, id: KeyId) -> Result<()> {
        allow(by, Action::KeyWrite, None)?;
        let (ids, by) = (self.inner.ids.clone(), by.clone());
        let done = self
            .inner
            .store
            .write(move |tx: &mut dyn Tx| {
                let key = keys::get(tx, id)?.ok_or_else(|| EngineError::not_found("key"))?;
                same_space(&by, &key.space, (), "key")?;
                if keys::revoke(tx, id)? {
                    record::note(tx, &ids, &by, "key.revoked", [("key", text(id))])?;
                }
                Ok::<_, EngineError>(())
            })
            .await;
        self.forget();
        done
    }

    /// Keys in order of id, after `after`.
    pub async fn keys(
        &self,
        by: &Principal,
        after: Option<KeyId>,
        limit: u32,
    ) -> Result<Vec<KeyView>> {
        allow(by, Action::KeyRead, None)?;
        let space = by.space.clone();
        self.inner
            .store
            .read(move |tx: &mut dyn Tx| {
                Ok(keys::list(tx, &space, after, limit)?.into_iter().map(view).collect())
            })
            .await
    }

    /// Who holds this secret.
    ///
    /// # Errors
    /// [`EngineError::Unauthenticated`] for an unknown, expired or revoked key, and for the key of
    /// a disabled member.
    pub async fn by_key(&self, secret: &str) -> Result<Arc<Principal>> {
        if !secret.starts_with(secrets::KEY_PREFIX) || secret.len() > 200 {
            return Err(EngineError::Unauthenticated);
        }
        let hash = secrets::hash(secret);
        let known = match self.inner.keys.get(&hash) {
            Some(known) => known,
            None => self.load_key(hash).await?,
        };
        if known.expires_at.is_some_and(|end| end <= self.now()) {
            return Err(EngineError::Unauthenticated);
        }
        Ok(Arc::clone(&known.principal))
    }

    async fn load_key(&self, hash: [u8; 32]) -> Result<Arc<Known>> {
        let generation = self.inner.keys.generation();
        let known = self
            .inner
            .store
            .read(move |tx: &mut dyn Tx| {
                let key = keys::by_hash(tx, &hash)?.filter(|key| key.revoked_at.is_none());
                let key = key.ok_or(EngineError::Unauthenticated)?;
                let expires_at = key.expires_at;
                let principal = Arc::new(principal(tx, key)?);
                let aws_secret = String::new();
                Ok::<_, EngineError>(Arc::new(Known { principal, expires_at, aws_secret }))
            })
            .await?;
        self.keep(hash, generation, &known);
        Ok(known)
    }

    /// Keeps in memory what was found, and notes that the key was used.
    fn keep(&self, hash: [u8; 32], generation: u64, known: &Arc<Known>) {
        self.mark_used(known);
        self.inner.keys.put(hash, generation, Arc::clone(known));
    }

    /// Notes that the key was used.
    pub(super) fn mark_used(&self, known: &Known) {
        if let Actor::Key { id, .. } = known.principal.actor {
            self.inner.used.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        }
    }
}

pub(super) fn principal(tx: &mut dyn Tx, key: Key) -> Result<Principal> {
    let mut grants = to_grants(&key.roles);
    let (mut member, mut stands_in_for, mut skills) = (None, Vec::new(), Vec::new());
    if let Some(id) = key.member_id {
        let found = members::get(tx, id)?.filter(|member| member.disabled_at.is_none());
        let found = found.ok_or(EngineError::Unauthenticated)?;
        let own = to_grants(&members::roles(tx, id)?);
        let stands_in = stand_ins(tx, id)?;
        stands_in_for = stands_in.persons;
        let own: Vec<_> = own.into_iter().chain(stands_in.grants).collect();
        grants = if grants.is_empty() { own } else { overlap(&grants, &own) };
        member = Some((id, found.person_id));
        skills = found.skills;
    }
    Ok(Principal {
        actor: Actor::Key { id: key.id, member, made_by: key.made_by },
        name: key.name,
        space: key.space,
        grants,
        scopes: key.scopes,
        stands_in_for,
        skills,
    })
}

/// What both lists allow.
fn overlap(wanted: &[(LoopScope, Role)], held: &[(LoopScope, Role)]) -> Vec<(LoopScope, Role)> {
    let mut both = Vec::new();
    for (scope, role) in wanted {
        for (own, _) in held.iter().filter(|(_, own)| own == role) {
            match (scope, own) {
                (LoopScope::All, own) => both.push((own.clone(), *role)),
                (LoopScope::Named(_), LoopScope::All) => both.push((scope.clone(), *role)),
                (named, own) if named == own => both.push((scope.clone(), *role)),
                _ => {}
            }
        }
    }
    both
}

fn check_key(tx: &mut dyn Tx, by: &Principal, new: &NewKey, now: Timestamp) -> Result<()> {
    if new.expires_at.is_some_and(|end| end <= now) {
        return Err(EngineError::invalid("invalid_input", "/expires_at", "this time is over"));
    }
    let Some(id) = new.member else {
        if new.grants.is_empty() {
            return Err(EngineError::invalid(
                "invalid_input",
                "/roles",
                "a machine's key needs a role; or name the member it belongs to",
            ));
        }
        return Ok(());
    };
    let member = members::get(tx, id)?.filter(|member| member.space == by.space);
    let member = member.ok_or_else(|| {
        EngineError::invalid("invalid_input", "/member", "there is no such member")
    })?;
    if member.disabled_at.is_some() { Err(disabled()) } else { Ok(()) }
}

fn check_scopes(scopes: &[String]) -> Result<()> {
    for (at, scope) in scopes.iter().enumerate() {
        if !Scope::ALL.iter().any(|known| known.as_str() == scope) {
            return Err(EngineError::invalid(
                "invalid_input",
                format!("/scopes/{at}"),
                format!(
                    "this is not a scope; scopes are {}",
                    Scope::ALL.map(Scope::as_str).join(", ")
                ),
            ));
        }
    }
    Ok(())
}

fn view(key: Key) -> KeyView {
    KeyView {
        id: key.id,
        name: key.name,
        prefix: key.prefix,
        member: key.member_id,
        grants: to_grants(&key.roles),
        scopes: key.scopes,
        created_at: key.created_at,
        expires_at: key.expires_at,
        last_used_at: key.last_used_at,
        revoked_at: key.revoked_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_members_key_never_has_more_than_the_member() {
        let named = |name: &str| LoopScope::Named(name.to_owned());
        let held = [(named("a"), Role::Reviewer), (LoopScope::All, Role::Submitter)];
        let wanted = [
            (LoopScope::All, Role::Reviewer),
            (named("b"), Role::Submitter),
            (LoopScope::All, Role::Admin),
        ];
        assert_eq!(
            overlap(&wanted, &held),
            [(named("a"), Role::Reviewer), (named("b"), Role::Submitter)]
        );
    }
}
