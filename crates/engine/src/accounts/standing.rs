//! What somebody who asked for something earlier may do now.

use tandem_domain::{KeyId, MemberId};
use tandem_store::{Tx, keys, members};

use super::{Accounts, to_grants};
use crate::errors::{EngineError, Result};
use crate::gates::absences::stand_ins;
use crate::principal::{Actor, Principal};

impl Accounts {
    /// The principal of this id as it stands now; `None` for one that was removed, disabled or
    /// revoked, or has expired.
    pub(crate) async fn standing(&self, space: &str, id: &str) -> Result<Option<Principal>> {
        let (space, id) = (space.to_owned(), id.to_owned());
        if id == Principal::system(&space).id() {
            return Ok(Some(Principal::system(&space)));
        }
        let found = self.inner.store.read(move |tx: &mut dyn Tx| {
            let principal = match (id.parse::<MemberId>(), id.parse::<KeyId>()) {
                (Ok(id), _) => member(tx, id)?,
                (_, Ok(id)) => key(tx, id)?,
                _ => None,
            };
            Ok::<_, EngineError>(principal.filter(|found| found.space == space))
        });
        found.await
    }
}

/// A member as they stand now, with whom they stand in for.
pub(crate) fn member(tx: &mut dyn Tx, id: MemberId) -> Result<Option<Principal>> {
    let found = members::get(tx, id)?.filter(|member| member.disabled_at.is_none());
    let Some(member) = found else { return Ok(None) };
    let stands_in = stand_ins(tx, id)?;
    let mut grants = to_grants(&members::roles(tx, id)?);
    grants.extend(stands_in.grants);
    Ok(Some(Principal {
        actor: Actor::Member { id, person: member.person_id },
        name: member.name,
        space: member.space,
        grants,
        scopes: Vec::new(),
        stands_in_for: stands_in.persons,
        skills: member.skills,
    }))
}

fn key(tx: &mut dyn Tx, id: KeyId) -> Result<Option<Principal>> {
    let now = tx.now();
    let found = keys::get(tx, id)?
        .filter(|key| key.revoked_at.is_none() && key.expires_at.is_none_or(|end| end > now));
    match found.map(|key| super::keys::principal(tx, key)).transpose() {
        // The key of a disabled member.
        Err(EngineError::Unauthenticated) => Ok(None),
        other => other,
    }
}
