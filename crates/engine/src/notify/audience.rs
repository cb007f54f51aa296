//! Who may be told: the members of a space with what they may do, and what they want.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use tandem_domain::notify::{About, Preferences, Schedule};
use tandem_domain::roles::Role;
use tandem_domain::{MemberId, Timestamp};
use tandem_store::{Tx, absences, notifications};

use crate::access::{Action, allow};
use crate::accounts::to_grants;
use crate::errors::{EngineError, Result};
use crate::principal::{Actor, Principal};

/// Most calls of a loop that a member is told of within an hour, and of all loops.
const MOST_CALLS: u64 = 50;
const ALL_CALLS: u64 = 200;

/// The members of a space who may sign in.
pub(super) struct Audience {
    members: BTreeMap<MemberId, Principal>,
}

impl Audience {
    /// Reads them, with whom they stand in for.
    pub(super) fn read(tx: &mut dyn Tx, space: &str) -> Result<Self> {
        let mut members: BTreeMap<MemberId, Principal> = BTreeMap::new();
        for seat in notifications::audience(tx, space)? {
            let principal = members.entry(seat.member).or_insert_with(|| Principal {
                actor: Actor::Member { id: seat.member, person: seat.person },
                name: String::new(),
                space: space.to_owned(),
                grants: Vec::new(),
                scopes: Vec::new(),
                stands_in_for: Vec::new(),
                skills: Vec::new(),
            });
            principal.grants.extend(to_grants(&[seat.grant]));
        }
        for absence in absences::accepted(tx, space)? {
            let Some(away) = members.get(&absence.member).cloned() else { continue };
            let Some(delegate) = members.get_mut(&absence.delegate) else { continue };
            let review = |role: Role| matches!(role, Role::Reviewer | Role::Arbiter);
            delegate.stands_in_for.extend(away.actor_person());
            delegate.grants.extend(away.grants.into_iter().filter(|(_, role)| review(*role)));
        }
        Ok(Self { members })
    }

    /// One of them.
    pub(super) fn get(&self, member: MemberId) -> Option<&Principal> {
        self.members.get(&member)
    }

    /// Those who may do something in a loop and hold one of `roles` there; where nobody does, those
    /// who may do it as admins.
    pub(super) fn who(&self, action: Action, loop_name: &str, roles: &[Role]) -> Vec<&Principal> {
        let may = |p: &&Principal| allow(p, action, Some(loop_name)).is_ok();
        let all: Vec<&Principal> = self.members.values().filter(may).collect();
        let holds = |p: &&Principal| roles.iter().any(|role| p.has(*role, Some(loop_name)));
        let own: Vec<&Principal> = all.iter().copied().filter(holds).collect();
        if own.is_empty() { all } else { own }
    }

    /// Admins of the whole space.
    pub(super) fn admins(&self) -> Vec<&Principal> {
        self.members.values().filter(|p| p.has(Role::Admin, None)).collect()
    }
}

impl Principal {
    fn actor_person(&self) -> Option<tandem_domain::PersonId> {
        self.member().map(|(_, person)| person)
    }
}

/// What a member wants, and whether the chat knows them.
#[derive(Clone)]
pub(super) struct Wish {
    pub(super) schedule: Schedule,
    pub(super) preferences: Preferences,
    pub(super) in_chat: bool,
    /// How many calls of each loop they were told of within the hour.
    pub(super) calls: HashMap<String, u64>,
}

impl Wish {
    /// Whether they are told of one more call of a loop within the hour. Where calls come by the hundred
    /// the queue's page says it better, and a thousand reviewers are not told of each.
    pub(super) fn takes_call(&mut self, loop_name: &str) -> bool {
        let all: u64 = self.calls.values().sum();
        let of_loop = self.calls.entry(loop_name.to_owned()).or_default();
        let takes = *of_loop < MOST_CALLS && all < ALL_CALLS;
        *of_loop += u64::from(takes);
        takes
    }
}

/// What members want, read once each.
#[derive(Default)]
pub(super) struct Wishes(HashMap<MemberId, Wish>);

impl Wishes {
    /// What a member wants.
    pub(super) fn of(&mut self, tx: &mut dyn Tx, member: MemberId) -> Result<&mut Wish> {
        match self.0.entry(member) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => {
                let preferences = preferences(tx, member)?;
                // Stored preferences were checked; a zone that this program does not know is UTC.
                let schedule = preferences.compile().or_else(|_| Preferences::default().compile());
                let schedule = schedule.map_err(|(_, why)| EngineError::internal(why))?;
                let in_chat = notifications::account_of(tx, member)?.is_some();
                let hour_ago = Timestamp(tx.now().0 - 3_600 * 1_000_000);
                let about = About::Approval.as_str();
                let calls =
                    notifications::told_since(tx, member, about, hour_ago, ALL_CALLS as u32)?;
                let calls = calls.into_iter().collect();
                Ok(place.insert(Wish { schedule, preferences, in_chat, calls }))
            }
        }
    }
}

/// A member's stored preferences, or the defaults.
pub(super) fn preferences(tx: &mut dyn Tx, member: MemberId) -> Result<Preferences> {
    match notifications::choice(tx, member)? {
        Some(choice) => serde_json::from_str(&choice.body).map_err(EngineError::internal),
        None => Ok(Preferences::default()),
    }
}
