//! Members: natural persons' accounts and their roles.

use serde_json::{Value, json};
use tandem_domain::roles::Role;
use tandem_domain::{MemberId, PersonId, Span, Timestamp};
use tandem_store::members::{self, Member, RoleGrant};
use tandem_store::{Tx, sessions};

use super::persons::set_identified;
use super::{Accounts, check_text, record, same_space, secrets, to_grants, to_stored};
use crate::access::{Action, allow};
use crate::cases::{IdemKey, remember, replayed};
use crate::errors::{EngineError, Result};
use crate::gates::absences::StandIns;
use crate::ids::IdGen;
use crate::principal::{Actor, LoopScope, Principal};

/// Most skills of an account.
const MOST_SKILLS: usize = 64;
/// How long a sign-in link is good for.
const LINK_VALID: Span = Span::seconds(3 * 24 * 3_600);

/// A member as pages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberView {
    /// Its id.
    pub id: MemberId,
    /// The natural person behind it.
    pub person: PersonId,
    /// Its name.
    pub name: String,
    /// Its e-mail address, in lower case.
    pub email: String,
    /// Its roles.
    pub grants: Vec<(LoopScope, Role)>,
    /// When it was added.
    pub created_at: Timestamp,
    /// Since when it may not sign in.
    pub disabled_at: Option<Timestamp>,
    /// Since when two admins agree which natural person's it is.
    pub identified_at: Option<Timestamp>,
    /// What the person can do, as queues ask for it.
    pub skills: Vec<String>,
}

/// A member to add.
#[derive(Debug, Clone)]
pub struct NewMember {
    /// Its name.
    pub name: String,
    /// Its e-mail address.
    pub email: String,
    /// Its password; without one it comes in by a sign-in link.
    pub password: Option<String>,
    /// Its roles.
    pub grants: Vec<(LoopScope, Role)>,
    /// The person, when they have an account already: four eyes are two persons, not two accounts.
    pub person: Option<PersonId>,
}

/// A member that was added.
#[derive(Debug, Clone)]
pub struct AddedMember {
    /// The member.
    pub member: MemberView,
    /// The token of a sign-in link that works once, where no password was given.
    pub link: Option<String>,
}

/// What to change about a member; `None` leaves it.
#[derive(Debug, Clone, Default)]
pub struct MemberChange {
    /// Its name.
    pub name: Option<String>,
    /// All its roles.
    pub grants: Option<Vec<(LoopScope, Role)>>,
    /// Whether it is shut out.
    pub disabled: Option<bool>,
    /// All its skills.
    pub skills: Option<Vec<String>>,
}

impl Accounts {
    /// Adds a member.
    pub async fn add_member(&self, by: &Principal, new: NewMember) -> Result<AddedMember> {
        self.add_member_once(by, new, None).await
    }

    /// Adds a member, or finds the one that this idempotency key added; its link is not shown again.
    pub async fn add_member_once(
        &self,
        by: &Principal,
        new: NewMember,
        idem: Option<IdemKey>,
    ) -> Result<AddedMember> {
        allow(by, Action::MemberWrite, None)?;
        check_text("/name", &new.name, 200)?;
        let email = normal_email(&new.email)?;
        let password_hash = match &new.password {
            Some(password) => Some(self.inner.passwords.hash(password).await?),
            None => None,
        };
        let link = password_hash.is_none().then(|| secrets::fresh(&self.inner.ids)).transpose()?;
        let (ids, by, given) = (self.inner.ids.clone(), by.clone(), link.clone());
        let roles = to_stored(&new.grants);
        let (member, fresh) = self
            .inner
            .store
            .write(move |tx: &mut dyn Tx| {
                if let Some(id) = replayed(tx, &by, idem.as_ref())? {
                    let id = id.parse().map_err(EngineError::internal)?;
                    let (member, roles) = (find(tx, &by, id)?, members::roles(tx, id)?);
                    return Ok((view(member, &roles), false));
                }
                let now = tx.now();
                let person_id = match new.person {
                    Some(person) => person,
                    None => PersonId(ids.uuid(now)?),
                };
                let member = Member {
                    id: MemberId(ids.uuid(now)?),
                    space: by.space.clone(),
                    person_id,
                    name: new.name.trim().to_owned(),
                    email: email.clone(),
                    password_hash: password_hash.clone(),
                    created_at: now,
                    disabled_at: None,
                    identified_at: None,
                    skills: Vec::new(),
                };
                insert(tx, &ids, &by, &member, &roles)?;
                if let Some(link) = &given {
                    let hash = secrets::hash(link);
                    sessions::insert_link(tx, &hash, &by.space, member.id, now + LINK_VALID)?;
                }
                remember(tx, &by, idem.as_ref(), &member.id.to_string())?;
                Ok::<_, EngineError>((view(member, &roles), true))
            })
            .await?;
        Ok(AddedMember { member, link: link.filter(|_| fresh) })
    }

    /// Makes a further sign-in link for a member.
    pub async fn sign_in_link(&self, by: &Principal, id: MemberId) -> Result<String> {
        allow(by, Action::MemberWrite, None)?;
        let link = secrets::fresh(&self.inner.ids)?;
        let (ids, by, hash) = (self.inner.ids.clone(), by.clone(), secrets::hash(&link));
        self.inner
            .store
            .write(move |tx: &mut dyn Tx| {
                let member = find(tx, &by, id)?;
                if member.disabled_at.is_some() {
                    return Err(disabled());
                }
                let expires_at = tx.now() + LINK_VALID;
                sessions::insert_link(tx, &hash, &by.space, member.id, expires_at)?;
                // Whoever opens it is who holds the link: whose account it is, is to be agreed on again.
                set_identified(tx, member.id, None)?;
                record::note(tx, &ids, &by, "member.link_made", [("member", text(id))])
            })
            .await?;
        Ok(link)
    }

    /// Changes a member's name, roles or whether it is shut out. Nobody changes their own rights.
    pub async fn change_member(
        &self,
        by: &Principal,
        id: MemberId,
        change: MemberChange,
    ) -> Result<MemberView> {
        allow(by, Action::MemberWrite, None)?;
        if let Some(name) = &change.name {
            check_text("/name", name, 200)?;
        }
        check_skills(change.skills.as_deref().unwrap_or_default())?;
        let (ids, by) = (self.inner.ids.clone(), by.clone());
        let member = self
            .inner
            .store
            .write(move |tx: &mut dyn Tx| {
                let member = find(tx, &by, id)?;
                apply(tx, &ids, &by, member, &change)
            })
            .await;
        self.forget();
        member
    }

    /// One member.
    pub async fn member(&self, by: &Principal, id: MemberId) -> Result<MemberView> {
        if by.member().is_none_or(|(own, _)| own != id) {
            allow(by, Action::MemberRead, None)?;
        }
        let by = by.clone();
        self.inner
            .store
            .read(move |tx: &mut dyn Tx| {
                let member = find(tx, &by, id)?;
                let roles = members::roles(tx, id)?;
                Ok(view(member, &roles))
            })
            .await
    }

    /// Members in order of id, after `after`.
    pub async fn members(
        &self,
        by: &Principal,
        after: Option<MemberId>,
        limit: u32,
    ) -> Result<Vec<MemberView>> {
        allow(by, Action::MemberRead, None)?;
        let space = by.space.clone();
        self.inner
            .store
            .read(move |tx: &mut dyn Tx| {
                let found = members::list(tx, &space, after, limit)?;
                let mut views = Vec::with_capacity(found.len());
                for member in found {
                    let roles = members::roles(tx, member.id)?;
                    views.push(view(member, &roles));
                }
                Ok(views)
            })
            .await
    }

    /// The member with this e-mail address, for the command line.
    pub async fn member_by_email(&self, by: &Principal, email: &str) -> Result<MemberView> {
        allow(by, Action::MemberRead, None)?;
        let (space, email) = (by.space.clone(), normal_email(email)?);
        self.inner
            .store
            .read(move |tx: &mut dyn Tx| {
                let member = members::by_email(tx, &space, &email)?
                    .ok_or_else(|| EngineError::not_found("member"))?;
                let roles = members::roles(tx, member.id)?;
                Ok(view(member, &roles))
            })
            .await
    }
}

fn check_skills(skills: &[String]) -> Result<()> {
    if skills.len() > MOST_SKILLS {
        let message = format!("an account has at most {MOST_SKILLS} skills");
        return Err(EngineError::invalid("invalid_input", "/skills", message));
    }
    for (at, skill) in skills.iter().enumerate() {
        check_text(&format!("/skills/{at}"), skill, 100)?;
    }
    Ok(())
}

fn insert(
    tx: &mut dyn Tx,
    ids: &IdGen,
    by: &Principal,
    member: &Member,
    roles: &[RoleGrant],
) -> Result<()> {
    if !members::insert(tx, member)? {
        return Err(EngineError::Conflict {
            code: "email_taken",
            message: "another member has this e-mail address".to_owned(),
            resource: None,
        });
    }
    for role in roles {
        members::grant(tx, &by.space, member.id, role)?;
    }
    let data = [
        ("member", text(member.id)),
        ("person", text(member.person_id)),
        ("roles", record::roles(roles)),
    ];
    record::note(tx, ids, by, "member.added", data)
}

fn apply(
    tx: &mut dyn Tx,
    ids: &IdGen,
    by: &Principal,
    mut member: Member,
    change: &MemberChange,
) -> Result<MemberView> {
    let own = by.member().is_some_and(|(_, person)| person == member.person_id);
    if own && (change.grants.is_some() || change.disabled.is_some() || change.skills.is_some()) {
        return Err(EngineError::forbidden(
            "nobody changes their own rights; ask another admin to do it",
        ));
    }
    if let Some(name) = &change.name {
        // Two admins agreed on the name that it bore.
        member.identified_at = member.identified_at.filter(|_| own || name.trim() == member.name);
        name.trim().clone_into(&mut member.name);
    }
    if let Some(disabled) = change.disabled {
        member.disabled_at = disabled.then(|| member.disabled_at.unwrap_or_else(|| tx.now()));
        if disabled {
            sessions::delete_of_member(tx, member.id)?;
        }
    }
    if let Some(skills) = &change.skills {
        member.skills.clone_from(skills);
        member.skills.sort();
        member.skills.dedup();
    }
    members::update(tx, &member)?;
    let before = members::roles(tx, member.id)?;
    let after = change.grants.as_deref().map_or_else(|| before.clone(), to_stored);
    let added: Vec<_> = after.iter().filter(|role| !before.contains(role)).cloned().collect();
    let removed: Vec<_> = before.iter().filter(|role| !after.contains(role)).cloned().collect();
    for role in &added {
        members::grant(tx, &member.space, member.id, role)?;
    }
    for role in &removed {
        members::revoke(tx, member.id, role)?;
    }
    let data = [
        ("added", record::roles(&added)),
        ("disabled", Value::Bool(member.disabled_at.is_some())),
        ("member", text(member.id)),
        ("removed", record::roles(&removed)),
        ("renamed", Value::Bool(change.name.is_some())),
        ("skills", change.skills.as_ref().map_or(Value::Null, |_| json!(member.skills))),
    ];
    record::note(tx, ids, by, "member.changed", data)?;
    Ok(view(member, &after))
}

fn find(tx: &mut dyn Tx, by: &Principal, id: MemberId) -> Result<Member> {
    let member = members::get(tx, id)?.ok_or_else(|| EngineError::not_found("member"))?;
    let space = member.space.clone();
    same_space(by, &space, member, "member")
}

pub(super) fn view(member: Member, roles: &[RoleGrant]) -> MemberView {
    MemberView {
        id: member.id,
        person: member.person_id,
        name: member.name,
        email: member.email,
        grants: to_grants(roles),
        created_at: member.created_at,
        disabled_at: member.disabled_at,
        identified_at: member.identified_at,
        skills: member.skills,
    }
}

/// The principal of a member who signed in.
pub(super) fn principal(member: &MemberView, space: &str, stands_in: StandIns) -> Principal {
    let mut grants = member.grants.clone();
    grants.extend(stands_in.grants);
    Principal {
        actor: Actor::Member { id: member.id, person: member.person },
        name: member.name.clone(),
        space: space.to_owned(),
        grants,
        scopes: Vec::new(),
        stands_in_for: stands_in.persons,
        skills: member.skills.clone(),
    }
}

/// An address is recognised, not proven: whoever owns it is whoever follows the link.
pub(super) fn normal_email(email: &str) -> Result<String> {
    let email = email.trim().to_lowercase();
    let fits = email.len() <= 254
        && !email.chars().any(|c| c.is_whitespace() || c.is_control())
        && email.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty() && !host.is_empty() && !host.contains('@')
        });
    if fits {
        Ok(email)
    } else {
        Err(EngineError::invalid(
            "invalid_input",
            "/email",
            "this is not an e-mail address like name@example.org",
        ))
    }
}

pub(super) fn disabled() -> EngineError {
    EngineError::Conflict {
        code: "member_disabled",
        message: "the member is disabled; enable it first".to_owned(),
        resource: None,
    }
}

pub(super) fn text(id: impl std::fmt::Display) -> Value {
    Value::String(id.to_string())
}
