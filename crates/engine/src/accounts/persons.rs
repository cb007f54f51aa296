//! Whose an account is, and accounts that turn out to be one natural person, or two: asked for by an admin,
//! confirmed by another.

use serde::{Deserialize, Serialize};
use tandem_domain::{MemberId, PersonChangeId, PersonId, Timestamp};
use tandem_store::{Tx, members, persons};

use super::members::text;
use super::{Accounts, note};
use crate::access::{Action, allow};
use crate::errors::{EngineError, Result};
use crate::gates::approvers::one_with;
use crate::principal::Principal;

/// Longest reason in bytes.
const LONGEST_REASON: usize = 4_096;

/// What to change about who is who.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PersonChange {
    /// Two accounts are one natural person's.
    Merge {
        /// An account.
        member: MemberId,
        /// The other account; the person keeps the id of this one.
        into: MemberId,
    },
    /// An account is another natural person's than the accounts it is linked with.
    Split {
        /// The account.
        member: MemberId,
    },
    /// An account is that of the natural person whose name it bears.
    Identify {
        /// The account.
        member: MemberId,
    },
}

/// A change of who is who.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonChangeView {
    /// Its id.
    pub id: PersonChangeId,
    /// What changes.
    #[serde(flatten)]
    pub change: PersonChange,
    /// Why.
    pub reason: String,
    /// `asked`, `confirmed` or `declined`.
    pub state: String,
    /// The admin who asked.
    pub asked_by: MemberId,
    /// When.
    pub asked_at: Timestamp,
    /// The admin who confirmed or declined.
    pub settled_by: Option<MemberId>,
    /// When.
    pub settled_at: Option<Timestamp>,
}

impl Accounts {
    /// Asks for a change of who is who. Nothing changes until another admin confirms it.
    pub async fn ask_person_change(
        &self,
        by: &Principal,
        change: PersonChange,
        reason: &str,
    ) -> Result<PersonChangeView> {
        allow(by, Action::MemberWrite, None)?;
        if reason.trim().is_empty() || reason.len() > LONGEST_REASON {
            let message = format!("say why, in 1 to {LONGEST_REASON} bytes");
            return Err(EngineError::invalid("invalid_input", "/reason", message));
        }
        let (ids, by, reason) = (self.ids(), by.clone(), reason.to_owned());
        let asked = self.store().write(move |tx: &mut dyn Tx| {
            let (asked_by, _) = admin(tx, &by, change)?;
            check(tx, &by, change)?;
            let now = tx.now();
            let view = PersonChangeView {
                id: PersonChangeId(ids.uuid(now)?),
                change,
                reason: reason.clone(),
                state: "asked".to_owned(),
                asked_by,
                asked_at: now,
                settled_by: None,
                settled_at: None,
            };
            persons::insert_change(tx, view.id, &by.space, &view.state, &body(&view)?)?;
            note(tx, &ids, &by, "person.change_asked", data(&view))?;
            Ok::<_, EngineError>(view)
        });
        asked.await
    }

    /// Confirms a change that another admin asked for, or declines it.
    pub async fn settle_person_change(
        &self,
        by: &Principal,
        id: PersonChangeId,
        confirm: bool,
    ) -> Result<PersonChangeView> {
        allow(by, Action::MemberWrite, None)?;
        let (ids, by) = (self.ids(), by.clone());
        let done = self.store().write(move |tx: &mut dyn Tx| {
            let (state, text) = persons::lock_change(tx, &by.space, id)?
                .ok_or_else(|| EngineError::not_found(format!("change {id}")))?;
            let mut view: PersonChangeView =
                serde_json::from_str(&text).map_err(EngineError::internal)?;
            if state != "asked" {
                return Err(conflict("settled", "the change was confirmed or declined already"));
            }
            let (member, own) = admin(tx, &by, view.change)?;
            if confirm {
                let first = members::get(tx, view.asked_by)?;
                let first = first.filter(|first| first.disabled_at.is_none());
                let first = first.ok_or_else(|| {
                    conflict("asker_removed", "whoever asked for it is no longer an admin here")
                })?;
                let now = tx.now();
                let asker = one_with(tx, first.id, first.person_id, now)?;
                if asker.iter().any(|person| own.contains(person)) {
                    let message = "who is who is changed by two admins: another one must confirm";
                    return Err(conflict("second_person_needed", message));
                }
                check(tx, &by, view.change)?;
                carry_out(tx, &by, &ids, view.change)?;
            }
            let state = if confirm { "confirmed" } else { "declined" };
            state.clone_into(&mut view.state);
            view.settled_by = Some(member);
            view.settled_at = Some(tx.now());
            persons::save_change(tx, id, state, &body(&view)?)?;
            let kind = match (confirm, view.change) {
                (false, _) => "person.change_declined",
                (true, PersonChange::Merge { .. }) => "person.merged",
                (true, PersonChange::Split { .. }) => "person.split",
                (true, PersonChange::Identify { .. }) => "person.identified",
            };
            note(tx, &ids, &by, kind, data(&view))?;
            Ok::<_, EngineError>(view)
        });
        let done = done.await;
        self.forget();
        done
    }

    /// The newest changes of who is who.
    pub async fn person_changes(
        &self,
        by: &Principal,
        limit: u32,
    ) -> Result<Vec<PersonChangeView>> {
        allow(by, Action::MemberRead, None)?;
        let space = by.space.clone();
        let found = self.store().read(move |tx: &mut dyn Tx| {
            let found = persons::changes(tx, &space, limit)?;
            let read = |(_, _, text): (_, _, String)| {
                serde_json::from_str(&text).map_err(EngineError::internal)
            };
            found.into_iter().map(read).collect::<Result<Vec<_>>>()
        });
        found.await
    }
}

/// The admin, with everybody they are one with. A person, and none of those concerned: nobody changes
/// who they are themselves.
fn admin(
    tx: &mut dyn Tx,
    by: &Principal,
    change: PersonChange,
) -> Result<(MemberId, Vec<PersonId>)> {
    let (member, person) = by.member().ok_or_else(|| {
        EngineError::forbidden(
            "a person says who is who: sign in, or use a key that belongs to a member",
        )
    })?;
    let now = tx.now();
    let own = one_with(tx, member, person, now)?;
    let concerned = match change {
        PersonChange::Merge { member, into } => vec![member, into],
        PersonChange::Split { member } | PersonChange::Identify { member } => vec![member],
    };
    for concerned in concerned {
        let found = members::get(tx, concerned)?;
        if found.is_some_and(|found| own.contains(&found.person_id)) {
            return Err(EngineError::forbidden(
                "nobody changes who they are themselves; two other admins do it",
            ));
        }
    }
    Ok((member, own))
}

fn person_of(tx: &mut dyn Tx, by: &Principal, member: MemberId) -> Result<PersonId> {
    let found = members::get(tx, member)?.filter(|found| found.space == by.space);
    Ok(found.ok_or_else(|| EngineError::not_found("member"))?.person_id)
}

fn check(tx: &mut dyn Tx, by: &Principal, change: PersonChange) -> Result<()> {
    match change {
        PersonChange::Merge { member, into } => {
            if person_of(tx, by, member)? == person_of(tx, by, into)? {
                return Err(conflict("one_person", "they are one person already"));
            }
        }
        PersonChange::Split { member } => {
            let person = person_of(tx, by, member)?;
            if persons::members_of(tx, &by.space, person)?.len() < 2 {
                return Err(conflict("one_account", "the person has no other account"));
            }
        }
        PersonChange::Identify { member } => {
            person_of(tx, by, member)?;
            if members::get(tx, member)?.is_some_and(|found| found.identified_at.is_some()) {
                return Err(conflict(
                    "identified",
                    "two admins agreed on whose account it is already",
                ));
            }
        }
    }
    Ok(())
}

fn carry_out(
    tx: &mut dyn Tx,
    by: &Principal,
    ids: &crate::ids::IdGen,
    change: PersonChange,
) -> Result<()> {
    match change {
        PersonChange::Merge { member, into } => {
            let (from, to) = (person_of(tx, by, member)?, person_of(tx, by, into)?);
            for account in persons::members_of(tx, &by.space, from)? {
                persons::set_person(tx, account, to)?;
            }
            persons::copy_aliases(tx, &by.space, from, to, None)?;
            persons::add_alias(tx, &by.space, to, from, None)?;
        }
        PersonChange::Split { member } => {
            let from = person_of(tx, by, member)?;
            let now = tx.now();
            let fresh = PersonId(ids.uuid(now)?);
            persons::set_person(tx, member, fresh)?;
            // What the account asked for and said before stays its own.
            persons::copy_aliases(tx, &by.space, from, fresh, Some(now))?;
            persons::add_alias(tx, &by.space, fresh, from, Some(now))?;
            set_identified(tx, member, None)?;
        }
        PersonChange::Identify { member } => {
            let now = tx.now();
            set_identified(tx, member, Some(now))?;
        }
    }
    Ok(())
}

/// Says since when it is agreed whose account it is, or that it is not any more.
pub(super) fn set_identified(
    tx: &mut dyn Tx,
    member: MemberId,
    since: Option<Timestamp>,
) -> Result<()> {
    if let Some(found) = members::get(tx, member)? {
        members::update(tx, &members::Member { identified_at: since, ..found })?;
    }
    Ok(())
}

fn body(view: &PersonChangeView) -> Result<String> {
    serde_json::to_string(view).map_err(EngineError::internal)
}

fn data(view: &PersonChangeView) -> [(&'static str, serde_json::Value); 4] {
    let (member, into) = match view.change {
        PersonChange::Merge { member, into } => (member, text(into)),
        PersonChange::Split { member } | PersonChange::Identify { member } => {
            (member, serde_json::Value::Null)
        }
    };
    [
        ("asked_by", text(view.asked_by)),
        ("change", text(view.id)),
        ("into", into),
        ("member", text(member)),
    ]
}

fn conflict(code: &'static str, message: &str) -> EngineError {
    EngineError::Conflict { code, message: message.to_owned(), resource: None }
}
