//! Reading cases: one, or a page of a loop.

use tandem_domain::CaseId;
use tandem_domain::case::{AppealState, Case, Status};
use tandem_store::cases::{self, CaseFilter};

use super::in_space;
use crate::access::{self, Action};
use crate::engine::Engine;
use crate::errors::Result;
use crate::principal::Principal;
use crate::runner::no_case;

/// Which cases of a loop to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CaseQuery {
    /// Only these; empty for all.
    pub statuses: Vec<Status>,
    /// Only those with an open task in this queue.
    pub queue: Option<String>,
    /// Only those with this tag.
    pub tag: Option<String>,
    /// Only those whose newest appeal is in this state.
    pub appeal: Option<AppealState>,
    /// Oldest first instead of newest first.
    pub oldest_first: bool,
    /// Only those the principal handed in.
    pub own: bool,
}

/// A page of a listing.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T, C = CaseId> {
    /// What is on it. May be fewer than asked for while `next` is set.
    pub items: Vec<T>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<C>,
}

/// Most items of a page.
pub(crate) const MOST: u32 = 500;

impl Engine {
    /// One case. Submitters see their own, reviewers and the others those of their loops.
    pub async fn get(&self, principal: &Principal, id: CaseId) -> Result<Case> {
        let case = self.read_case(principal, id).await?;
        self.may_read(principal, &case).await?;
        Ok(case)
    }

    /// As [`Engine::get`], for a caller: whoever handed the case in has its decision then, and that is recorded
    /// after the answer.
    pub async fn fetch(&self, principal: &Principal, id: CaseId) -> Result<Case> {
        let case = self.get(principal, id).await?;
        if access::owns(principal, &case.core) {
            self.deliver(&case);
        }
        Ok(case)
    }

    /// A case of the principal's space, without a look at roles.
    pub(crate) async fn read_case(&self, principal: &Principal, id: CaseId) -> Result<Case> {
        let case = self.inner.store.read(move |tx| cases::get(tx, id)).await?;
        case.filter(|case| in_space(principal, &case.core)).ok_or_else(|| no_case(id))
    }

    /// Whether the principal may see a case; one that it may not see does not exist for it.
    pub(crate) async fn may_read(&self, principal: &Principal, case: &Case) -> Result<()> {
        let handle = self.loop_of(case).await?;
        let (action, own) = (Action::CaseRead, Action::CaseReadOwn);
        access::allow_case(principal, action, own, &handle.name, &case.core)
            .map_err(|_| no_case(case.core.id))
    }

    /// A page of a loop's cases, newest first, after the case `cursor`.
    pub async fn list(
        &self,
        principal: &Principal,
        loop_name: &str,
        query: CaseQuery,
        cursor: Option<CaseId>,
        limit: u32,
    ) -> Result<Page<Case>> {
        let mine = access::allow(principal, Action::CaseRead, Some(loop_name)).is_err();
        if mine {
            access::allow(principal, Action::CaseReadOwn, Some(loop_name))?;
        }
        let handle = self.compiled(&principal.space, loop_name).await?;
        let filter = CaseFilter {
            loop_id: handle.id,
            statuses: query.statuses,
            queue: query.queue,
            tag: query.tag,
            appeal: query.appeal,
            newest_first: !query.oldest_first,
        };
        let limit = limit.clamp(1, MOST);
        let page = self.inner.store.read(move |tx| cases::list(tx, &filter, cursor, limit)).await?;
        let mut items = page.cases;
        if mine || query.own {
            items.retain(|case| access::owns(principal, &case.core));
        }
        Ok(Page { items, next: page.next })
    }
}
