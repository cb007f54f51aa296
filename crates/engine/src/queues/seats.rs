//! Who holds seats, by name: for whoever may free them.

use tandem_domain::{MemberId, Timestamp};
use tandem_store::{claims, loops, members};

use crate::access::{Action, allow, allow_somewhere};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::principal::Principal;

/// Seats that a member holds in a loop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatsView {
    /// The loop's name.
    pub loop_name: String,
    /// Who.
    pub member: MemberId,
    /// Their name.
    pub name: String,
    /// How many.
    pub seats: u64,
    /// Since when they hold the oldest.
    pub since: Timestamp,
}

impl Engine {
    /// Who holds seats in the loops where the principal may free them.
    pub async fn seats(&self, principal: &Principal) -> Result<Vec<SeatsView>> {
        allow_somewhere(principal, Action::ReleaseAny)?;
        let asker = principal.clone();
        let found = self.inner.store.read(move |tx| {
            let mut views = Vec::new();
            for held in claims::by_member(tx, &asker.space)? {
                let Some(row) = loops::get(tx, held.loop_id)? else { continue };
                if allow(&asker, Action::ReleaseAny, Some(&row.name)).is_err() {
                    continue;
                }
                let name = members::get(tx, held.member)?.map(|member| member.name);
                views.push(SeatsView {
                    loop_name: row.name,
                    member: held.member,
                    name: name.unwrap_or_default(),
                    seats: held.seats,
                    since: held.since,
                });
            }
            Ok::<_, EngineError>(views)
        });
        found.await
    }
}
