//! Who asks: a member, a key or the system, with the roles they hold.

use tandem_domain::command::{MAX_ONE_WITH, Reviewer};
use tandem_domain::roles::Role;
use tandem_domain::{ChannelId, KeyId, MemberId, PersonId};

use crate::errors::{EngineError, Result};

/// Who asks, as authentication found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The account or key.
    pub actor: Actor,
    /// Its name, for logs and pages.
    pub name: String,
    /// The space it belongs to.
    pub space: String,
    /// Roles, each for one loop or for all.
    pub grants: Vec<(LoopScope, Role)>,
    /// What a key is limited to; empty for no limit beyond its roles.
    pub scopes: Vec<String>,
    /// Persons that the member is one with for four eyes: absent ones they stand in for, whoever stands
    /// in for them, and those they were found to be.
    pub stands_in_for: Vec<PersonId>,
    /// What the person can do, as queues ask for it.
    pub skills: Vec<String>,
}

/// The kind of a principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A person who signed in.
    Member {
        /// The account.
        id: MemberId,
        /// The natural person behind it.
        person: PersonId,
    },
    /// An API key; a person's, or a machine's.
    Key {
        /// The key.
        id: KeyId,
        /// Whose key it is; `None` for a machine.
        member: Option<(MemberId, PersonId)>,
        /// The natural person who made it.
        made_by: Option<PersonId>,
    },
    /// A channel that brings cases in.
    Channel {
        /// The channel.
        id: ChannelId,
        /// The natural person who set it up last.
        made_by: Option<PersonId>,
    },
    /// The server itself: timers, jobs, the command line on the same machine.
    System,
}

/// Where a role holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LoopScope {
    /// In every loop of the space.
    All,
    /// In the loop of this name.
    Named(String),
}

impl LoopScope {
    /// Whether it covers a loop; `None` asks for the whole space.
    pub fn covers(&self, loop_name: Option<&str>) -> bool {
        match self {
            Self::All => true,
            Self::Named(name) => loop_name == Some(name),
        }
    }
}

impl Principal {
    /// The server itself, with every role.
    pub fn system(space: &str) -> Self {
        Self {
            actor: Actor::System,
            name: "system".to_owned(),
            space: space.to_owned(),
            grants: vec![(LoopScope::All, Role::Admin)],
            scopes: Vec::new(),
            stands_in_for: Vec::new(),
            skills: Vec::new(),
        }
    }

    /// A channel that hands cases in to one loop, and may do nothing else.
    pub(crate) fn channel(
        id: ChannelId,
        made_by: Option<PersonId>,
        name: &str,
        space: &str,
        loop_name: &str,
    ) -> Self {
        Self {
            actor: Actor::Channel { id, made_by },
            name: format!("channel {name}"),
            space: space.to_owned(),
            grants: vec![(LoopScope::Named(loop_name.to_owned()), Role::Submitter)],
            scopes: Vec::new(),
            stands_in_for: Vec::new(),
            skills: Vec::new(),
        }
    }

    /// The id that records carry: of the member, the key, the channel, or `system`.
    pub fn id(&self) -> String {
        match &self.actor {
            Actor::Member { id, .. } => id.to_string(),
            Actor::Key { id, .. } => id.to_string(),
            Actor::Channel { id, .. } => id.to_string(),
            Actor::System => "system".to_owned(),
        }
    }

    /// The member behind it and their person, if there is one.
    pub fn member(&self) -> Option<(MemberId, PersonId)> {
        match self.actor {
            Actor::Member { id, person } => Some((id, person)),
            Actor::Key { member, .. } => member,
            Actor::Channel { .. } | Actor::System => None,
        }
    }

    /// The natural person on whose side it asks: the member's, or whoever made a machine's key or a channel.
    pub fn requester(&self) -> Option<PersonId> {
        match self.actor {
            Actor::Key { member: None, made_by, .. } | Actor::Channel { made_by, .. } => made_by,
            _ => self.member().map(|(_, person)| person),
        }
    }

    /// Whether it holds `role` in a loop.
    pub fn has(&self, role: Role, loop_name: Option<&str>) -> bool {
        self.grants.iter().any(|(scope, held)| *held == role && scope.covers(loop_name))
    }

    /// The person who reviews in a loop. Machines cannot: a judgment is a person's. Whether they decide
    /// appeals is for the loop's file to say ([`crate::review`]).
    pub fn reviewer(&self, loop_name: Option<&str>) -> Result<Reviewer> {
        let (member, person) = self.member().ok_or_else(|| {
            EngineError::forbidden(
                "only people review: sign in, or use a key that belongs to a member",
            )
        })?;
        let arbiter = self.has(Role::Arbiter, loop_name) || self.has(Role::Admin, loop_name);
        if self.stands_in_for.len() > MAX_ONE_WITH {
            let message =
                format!("you are one with more than {MAX_ONE_WITH} persons; end an absence");
            return Err(EngineError::forbidden(message));
        }
        let mut stands_in_for = [None; MAX_ONE_WITH];
        for (place, person) in stands_in_for.iter_mut().zip(&self.stands_in_for) {
            *place = Some(*person);
        }
        Ok(Reviewer { member, person, arbiter, appeals: false, stands_in_for })
    }
}
