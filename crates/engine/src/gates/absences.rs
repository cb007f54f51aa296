//! Members who are away, and who stands in for them.
//!
//! Whoever stands in may review what the absent one may, and is one person with them for four eyes.

use serde_json::Value;
use tandem_domain::command::MAX_STAND_INS;
use tandem_domain::roles::Role;
use tandem_domain::{MemberId, PersonId, Timestamp};
use tandem_store::{Tx, absences, members};

use crate::access::{Action, allow};
use crate::accounts::{Accounts, to_grants};
use crate::errors::{EngineError, Result};
use crate::principal::{LoopScope, Principal};

pub use tandem_store::absences::Absence;

/// That a member is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewAbsence {
    /// Until when.
    pub until: Timestamp,
    /// Who stands in.
    pub delegate: MemberId,
}

impl Accounts {
    /// Says that a member is away, or back (`None`): one's own, or any for an admin.
    pub async fn set_absence(
        &self,
        by: &Principal,
        member: MemberId,
        absence: Option<NewAbsence>,
    ) -> Result<Option<Absence>> {
        if by.member().is_none_or(|(own, _)| own != member) {
            allow(by, Action::MemberWrite, None)?;
        }
        let (ids, by) = (self.ids(), by.clone());
        let done = self
            .store()
            .write(move |tx: &mut dyn Tx| {
                let away = known(tx, &by, member)?;
                let Some(NewAbsence { until, delegate }) = absence else {
                    absences::clear(tx, member)?;
                    let data = [("member", text(member))];
                    crate::accounts::note(tx, &ids, &by, "member.back", data)?;
                    return Ok(None);
                };
                if until <= tx.now() {
                    let message = "the absence would be over already";
                    return Err(EngineError::invalid("invalid_input", "/until", message));
                }
                let stand_in = known(tx, &by, delegate)?;
                check_delegate(tx, &away, &stand_in, member, delegate)?;
                let absence = Absence { member, delegate, until };
                absences::set(tx, &by.space, absence)?;
                let data = [
                    ("delegate", text(delegate)),
                    ("member", text(member)),
                    ("until", Value::String(until.to_string())),
                ];
                crate::accounts::note(tx, &ids, &by, "member.away", data)?;
                Ok::<_, EngineError>(Some(absence))
            })
            .await;
        self.forget();
        done
    }

    /// A member's absence, if it lasts.
    pub async fn absence(&self, by: &Principal, member: MemberId) -> Result<Option<Absence>> {
        if by.member().is_none_or(|(own, _)| own != member) {
            allow(by, Action::MemberRead, None)?;
        }
        let by = by.clone();
        self.store()
            .read(move |tx: &mut dyn Tx| {
                known(tx, &by, member)?;
                Ok(absences::of(tx, member)?)
            })
            .await
    }
}

fn known(tx: &mut dyn Tx, by: &Principal, id: MemberId) -> Result<members::Member> {
    members::get(tx, id)?
        .filter(|member| member.space == by.space)
        .ok_or_else(|| EngineError::not_found("member"))
}

fn check_delegate(
    tx: &mut dyn Tx,
    away: &members::Member,
    stand_in: &members::Member,
    member: MemberId,
    delegate: MemberId,
) -> Result<()> {
    let refuse =
        |message: &str| Err(EngineError::invalid("invalid_input", "/delegate", message.to_owned()));
    if away.person_id == stand_in.person_id {
        return refuse("somebody else must stand in");
    }
    if stand_in.disabled_at.is_some() {
        return refuse("the member is disabled");
    }
    let others = absences::delegated_to(tx, delegate)?;
    if others.iter().filter(|absence| absence.member != member).count() >= MAX_STAND_INS {
        return refuse("the member stands in for as many as one can");
    }
    Ok(())
}

fn text(id: MemberId) -> Value {
    Value::String(id.to_string())
}

/// What a member gains by standing in: the persons, and their roles of review.
#[derive(Debug, Default)]
pub(crate) struct StandIns {
    /// The absent persons.
    pub(crate) persons: Vec<PersonId>,
    /// What they may review.
    pub(crate) grants: Vec<(LoopScope, Role)>,
}

/// Whom a member stands in for now.
pub(crate) fn stand_ins(tx: &mut dyn Tx, delegate: MemberId) -> Result<StandIns> {
    let StandIns { mut persons, mut grants } = StandIns::default();
    for absence in absences::delegated_to(tx, delegate)? {
        let away = members::get(tx, absence.member)?.filter(|m| m.disabled_at.is_none());
        let Some(away) = away else { continue };
        persons.push(away.person_id);
        let roles = to_grants(&members::roles(tx, absence.member)?);
        let review = |grant: &(LoopScope, Role)| matches!(grant.1, Role::Reviewer | Role::Arbiter);
        grants.extend(roles.into_iter().filter(review));
    }
    Ok(StandIns { persons, grants })
}
