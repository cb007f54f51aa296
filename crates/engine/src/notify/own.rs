//! A member's own notifications: what they want, what they were told, and that they read it.

use std::sync::Arc;

use serde_json::Value;
use tandem_domain::notify::{About, Preferences, Way};
use tandem_domain::{CaseId, MemberId, NotificationId, Timestamp};
use tandem_store::notifications::{self as rows, Choice, Notification};

use super::Details;
use super::audience::preferences;
use crate::access::{Action, allow, allow_somewhere};
use crate::accounts::note;
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::principal::Principal;

/// Something that the member was told.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Its id.
    pub id: NotificationId,
    /// What it is about.
    pub about: About,
    /// The loop's name; empty where it is about none.
    pub loop_name: String,
    /// The case.
    pub case: Option<CaseId>,
    /// What it says.
    pub details: Details,
    /// When.
    pub at: Timestamp,
    /// When it was read.
    pub read_at: Option<Timestamp>,
}

/// A page of what a member was told.
#[derive(Debug, Clone, PartialEq)]
pub struct Feed {
    /// Newest first.
    pub items: Vec<Told>,
    /// Where the next page begins.
    pub next: Option<u64>,
    /// How many are unread, 100 at most.
    pub unread: u64,
}

/// Unread ones that are counted.
const MOST_UNREAD: u32 = 100;

/// Whose notifications: keys of machines have none.
pub(super) fn own(principal: &Principal) -> Result<MemberId> {
    allow_somewhere(principal, Action::NotifyOwn)?;
    principal.member().map(|(member, _)| member).ok_or_else(|| {
        EngineError::forbidden(
            "only members are notified: sign in, or use a key that belongs to a member",
        )
    })
}

/// Whether the member may still know of it.
pub(super) fn visible(principal: &Principal, about: About, loop_name: &str) -> bool {
    let in_loop = |action| allow(principal, action, Some(loop_name)).is_ok();
    match about {
        About::Channel => allow(principal, Action::MemberWrite, None).is_ok(),
        About::Digest => true,
        About::Alert => in_loop(Action::StatsRead) || in_loop(Action::RunControl),
        _ => in_loop(Action::CaseRead),
    }
}

impl Engine {
    /// What the member wants to be told of.
    pub async fn notification_preferences(&self, principal: &Principal) -> Result<Preferences> {
        let member = own(principal)?;
        self.inner.store.read(move |tx| preferences(tx, member)).await
    }

    /// Says what the member wants to be told of.
    ///
    /// # Errors
    /// `invalid_input` with the place of the first fault.
    pub async fn set_notification_preferences(
        &self,
        principal: &Principal,
        wanted: Preferences,
    ) -> Result<Preferences> {
        let member = own(principal)?;
        let schedule = wanted
            .compile()
            .map_err(|(path, message)| EngineError::invalid("invalid_input", path, message))?;
        let digest = Way::ALL.iter().any(|way| wanted.wants(About::Digest, *way));
        let body = serde_json::to_string(&wanted).map_err(EngineError::internal)?;
        let (inner, by) = (Arc::clone(&self.inner), principal.clone());
        let chosen = self.inner.store.write(move |tx| {
            let digest_at = digest.then(|| schedule.next_daily(tx.now()));
            rows::choose(tx, &by.space, &Choice { member, body: body.clone(), digest_at })?;
            let data = [("member", Value::from(member.to_string()))];
            note(tx, &inner.ids, &by, "member.notifications_chosen", data)
        });
        chosen.await?;
        Ok(wanted)
    }

    /// What the member was told in the app, newest first, before `before`.
    pub async fn notification_feed(
        &self,
        principal: &Principal,
        unread: bool,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Feed> {
        let member = own(principal)?;
        let found = self.inner.store.read(move |tx| {
            let page = rows::feed(tx, member, unread, before, limit)?;
            let open = rows::feed(tx, member, true, None, MOST_UNREAD)?;
            Ok::<_, EngineError>((page, open))
        });
        let (page, open) = found.await?;
        let full = page.len() == limit as usize;
        let next = page.last().filter(|_| full).map(|told| told.seq);
        let open = open.into_iter().filter_map(view);
        let seen = |told: &Told| visible(principal, told.about, &told.loop_name);
        let unread = open.filter(|told| seen(told)).count() as u64;
        Ok(Feed { items: page.into_iter().filter_map(view).filter(seen).collect(), next, unread })
    }

    /// Notes that the member read one (`all` false), or everything up to one, or everything.
    /// Returns how many were unread.
    pub async fn read_notifications(
        &self,
        principal: &Principal,
        upto: Option<NotificationId>,
        all: bool,
    ) -> Result<u64> {
        let member = own(principal)?;
        let read = self.inner.store.write(move |tx| {
            let seq = match upto {
                None => i64::MAX as u64,
                Some(id) => {
                    let found = rows::get(tx, id)?.filter(|told| told.member == member);
                    found.ok_or_else(|| EngineError::not_found(format!("notification {id}")))?.seq
                }
            };
            Ok::<_, EngineError>(rows::mark_read(tx, member, seq, upto.is_some() && !all)?)
        });
        read.await
    }
}

/// As pages show it; `None` for a kind of a newer program.
fn view(told: Notification) -> Option<Told> {
    Some(Told {
        id: told.id,
        about: About::of(&told.about)?,
        loop_name: told.loop_name,
        case: told.case,
        details: serde_json::from_str(&told.body).unwrap_or_default(),
        at: told.at,
        read_at: told.read_at,
    })
}
