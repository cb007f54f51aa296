//! Members who are away, and who stands in for them.
//!
//! Whoever stands in may review what the absent one may, and is one person with them for four eyes. They
//! do once they said yes to exactly that; where calls are approved by passkey, with their own.

use std::sync::Arc;

use serde_json::{Value, json};
use tandem_domain::command::MAX_STAND_INS;
use tandem_domain::loops::SignOff;
use tandem_domain::roles::Role;
use tandem_domain::{MemberId, PersonId, Timestamp};
use tandem_store::{Tx, absences, loops, members};

use crate::access::{Action, allow};
use crate::accounts::{Accounts, to_grants};
use crate::engine::{Engine, Inner};
use crate::errors::{EngineError, Result};
use crate::passkeys::{self, Challenge, RawAssertion};
use crate::principal::{LoopScope, Principal};
use crate::record::digest_hex;

/// Most loops that are looked through.
const MOST_LOOPS: u32 = 1_000;
/// Most members that are offered.
const MOST_MEMBERS: u32 = 500;

pub use tandem_store::absences::Absence;

/// That a member is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewAbsence {
    /// Until when.
    pub until: Timestamp,
    /// Who stands in.
    pub delegate: MemberId,
}

/// A member who is away, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbsenceView {
    /// The absence.
    pub absence: Absence,
    /// Name of who is away.
    pub name: String,
    /// Name of who is asked to stand in.
    pub delegate_name: String,
    /// SHA-256, hex, of who is away until when and who stands in: what the delegate says yes to.
    pub digest: String,
    /// Whether saying yes takes the delegate's passkey: a loop that the absent one reviews asks for
    /// one where calls are approved.
    pub takes_passkey: bool,
}

impl Accounts {
    /// Says that a member is away and asks somebody to stand in, or that they are back (`None`): one's
    /// own, or any for an admin. Nobody stands in before they said yes.
    pub async fn set_absence(
        &self,
        by: &Principal,
        member: MemberId,
        absence: Option<NewAbsence>,
    ) -> Result<Option<Absence>> {
        if !is_self(by, member) {
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
                let now = tx.now();
                if until <= now {
                    let message = "the absence would be over already";
                    return Err(EngineError::invalid("invalid_input", "/until", message));
                }
                let stand_in = known(tx, &by, delegate)?;
                check_delegate(tx, &away, &stand_in, member, delegate)?;
                let absence = Absence { member, delegate, until, asked_at: now, accepted_at: None };
                absences::ask(tx, &by.space, absence)?;
                let data = [
                    ("delegate", text(delegate)),
                    ("digest", Value::String(digest_of(&absence)?)),
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
        if !is_self(by, member) {
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

impl Engine {
    /// Who is away: oneself and those for whom one stands in or is asked to; everybody for whoever may
    /// read members. With them, who could stand in for oneself.
    pub async fn absences(
        &self,
        by: &Principal,
    ) -> Result<(Vec<AbsenceView>, Vec<(MemberId, String)>)> {
        let all = allow(by, Action::MemberRead, None).is_ok();
        let own = by.member();
        if !all && own.is_none() {
            return Err(EngineError::forbidden("only people are away: sign in"));
        }
        let (inner, by) = (Arc::clone(&self.inner), by.clone());
        let found = self.inner.store.read(move |tx| {
            let mut found = absences::of_space(tx, &by.space)?;
            found.retain(|absence| {
                let mine = |(member, _)| absence.member == member || absence.delegate == member;
                all || own.is_some_and(mine)
            });
            let views = found.into_iter().map(|absence| view(tx, &inner, absence));
            let views = views.collect::<Result<Vec<_>>>()?;
            let delegates = match own {
                Some((_, person)) => could_stand_in(tx, &by.space, person)?,
                None => Vec::new(),
            };
            Ok::<_, EngineError>((views, delegates))
        });
        found.await
    }

    /// What a delegate's passkey signs to say yes.
    pub async fn absence_challenge(
        &self,
        by: &Principal,
        member: MemberId,
        digest: &str,
    ) -> Result<Challenge> {
        let (delegate, _) = person(by)?;
        let inner = Arc::clone(&self.inner);
        let digest = digest.to_owned();
        let seen = digest.clone();
        let asked = self.inner.store.read(move |tx| {
            let absence = asked_of(tx, member, delegate)?;
            check_seen(&view(tx, &inner, absence)?, &seen)
        });
        asked.await?;
        self.challenge_over(by, "stand_in", move |nonce| subject(&digest, delegate, nonce)).await
    }

    /// Says yes to standing in, by the digest of what was read.
    pub async fn accept_absence(
        &self,
        by: &Principal,
        member: MemberId,
        digest: &str,
        assertion: Option<RawAssertion>,
    ) -> Result<AbsenceView> {
        let (delegate, own) = person(by)?;
        let (inner, by, digest) = (Arc::clone(&self.inner), by.clone(), digest.to_owned());
        let done = self.inner.store.write(move |tx| {
            let absence = asked_of(tx, member, delegate)?;
            let shown = view(tx, &inner, absence)?;
            check_seen(&shown, &digest)?;
            if absence.accepted_at.is_some() {
                return Ok(shown);
            }
            let away = known(tx, &by, member)?;
            if away.person_id == own {
                let message = "somebody else must stand in";
                return Err(EngineError::forbidden(message));
            }
            let signed = match &assertion {
                Some(raw) => {
                    let over = subject(&digest, delegate, &raw.nonce)?;
                    Some(passkeys::verified(tx, &inner, delegate, "stand_in", over, raw)?)
                }
                None if shown.takes_passkey => {
                    return Err(EngineError::Conflict {
                        code: "passkey_needed",
                        message: "standing in here is signed with your passkey".to_owned(),
                        resource: None,
                    });
                }
                None => None,
            };
            let kept = signed.as_ref().map(serde_json::to_string).transpose();
            let kept = kept.map_err(EngineError::internal)?;
            if !absences::accept(tx, &absence, kept.as_deref())? {
                return Err(changed());
            }
            let data = [
                ("delegate", text(delegate)),
                ("digest", Value::String(digest.clone())),
                ("member", text(member)),
                ("signed", signed.map_or(Value::Null, |signed| Value::String(signed.subject))),
                ("until", Value::String(absence.until.to_string())),
            ];
            crate::accounts::note(tx, &inner.ids, &by, "absence.accepted", data)?;
            let accepted = absences::of(tx, member)?.ok_or_else(changed)?;
            view(tx, &inner, accepted)
        });
        let done = done.await;
        self.accounts().forget();
        done
    }

    /// Says no to standing in, or ends it: the safe direction.
    pub async fn decline_absence(&self, by: &Principal, member: MemberId) -> Result<()> {
        let (delegate, _) = person(by)?;
        let (inner, by) = (Arc::clone(&self.inner), by.clone());
        let done = self.inner.store.write(move |tx| {
            let absence = asked_of(tx, member, delegate)?;
            absences::clear(tx, member)?;
            let data = [
                ("delegate", text(delegate)),
                ("digest", Value::String(digest_of(&absence)?)),
                ("member", text(member)),
            ];
            crate::accounts::note(tx, &inner.ids, &by, "absence.declined", data)
        });
        let done = done.await;
        self.accounts().forget();
        done
    }
}

fn is_self(by: &Principal, member: MemberId) -> bool {
    by.member().is_some_and(|(own, _)| own == member)
}

fn person(by: &Principal) -> Result<(MemberId, PersonId)> {
    let message = "a person says whether they stand in: sign in, or use a key that belongs to you";
    by.member().ok_or_else(|| EngineError::forbidden(message))
}

fn asked_of(tx: &mut dyn Tx, member: MemberId, delegate: MemberId) -> Result<Absence> {
    let found = absences::of(tx, member)?.filter(|absence| absence.delegate == delegate);
    found.ok_or_else(|| EngineError::not_found("absence in which you are asked to stand in"))
}

fn check_seen(shown: &AbsenceView, digest: &str) -> Result<()> {
    if shown.digest == digest { Ok(()) } else { Err(changed()) }
}

fn changed() -> EngineError {
    EngineError::Conflict {
        code: "seen_mismatch",
        message: "what you were asked changed meanwhile; look at it again".to_owned(),
        resource: None,
    }
}

/// Digest of what a delegate says yes to.
fn digest_of(absence: &Absence) -> Result<String> {
    digest_hex(&json!({
        "asked_at": absence.asked_at,
        "delegate": absence.delegate,
        "member": absence.member,
        "until": absence.until,
    }))
}

/// What a passkey signs: hexadecimal, and as bytes.
fn subject(digest: &str, delegate: MemberId, nonce: &str) -> Result<(String, Vec<u8>)> {
    let over = json!({"absence": digest, "delegate": delegate, "nonce": nonce});
    let digest = digest_hex(&over)?;
    let bytes = hex::decode(&digest).map_err(EngineError::internal)?;
    Ok((digest, bytes))
}

fn view(tx: &mut dyn Tx, inner: &Inner, absence: Absence) -> Result<AbsenceView> {
    let name = |tx: &mut dyn Tx, id| -> Result<String> {
        Ok(members::get(tx, id)?.map_or_else(String::new, |found| found.name))
    };
    let away = members::get(tx, absence.member)?;
    let space = away.as_ref().map_or_else(String::new, |away| away.space.clone());
    Ok(AbsenceView {
        name: away.map_or_else(String::new, |away| away.name),
        delegate_name: name(tx, absence.delegate)?,
        digest: digest_of(&absence)?,
        takes_passkey: takes_passkey(tx, inner, &space, absence.member)?,
        absence,
    })
}

/// Whether the absent member reviews in a loop where approving a call takes a passkey.
fn takes_passkey(tx: &mut dyn Tx, inner: &Inner, space: &str, member: MemberId) -> Result<bool> {
    let grants = review_of(&to_grants(&members::roles(tx, member)?));
    for row in loops::list(tx, space, None, MOST_LOOPS)? {
        if row.head == 0 || !grants.iter().any(|(scope, _)| scope.covers(Some(&row.name))) {
            continue;
        }
        let handle = inner.loops.head(tx, row.id)?;
        let spec = handle.spec();
        let mut tools = spec.actions().flat_map(|(_, action)| action.tools.values());
        if tools.any(|tool| spec.sign_off(tool) == SignOff::Webauthn) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Members who are other persons and not disabled, by name.
fn could_stand_in(tx: &mut dyn Tx, space: &str, own: PersonId) -> Result<Vec<(MemberId, String)>> {
    let found = members::list(tx, space, None, MOST_MEMBERS)?;
    let others = found.into_iter().filter(|it| it.disabled_at.is_none() && it.person_id != own);
    let mut others: Vec<_> = others.map(|it| (it.id, it.name)).collect();
    others.sort_by(|a, b| a.1.cmp(&b.1));
    Ok(others)
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
    let others = absences::of_delegate(tx, delegate)?;
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
        grants.extend(review_of(&to_grants(&members::roles(tx, absence.member)?)));
    }
    Ok(StandIns { persons, grants })
}

/// The roles by which somebody reviews.
fn review_of(grants: &[(LoopScope, Role)]) -> Vec<(LoopScope, Role)> {
    let review = |grant: &&(LoopScope, Role)| matches!(grant.1, Role::Reviewer | Role::Arbiter);
    grants.iter().filter(review).cloned().collect()
}
