//! Names that clients of other products give to what is a loop or a case here.
//!
//! A human loop, a call of a function, a flow definition: each dialect has names of its own, unique
//! in the space. The name of a case is taken in the transaction that writes the case, and remembers under
//! which key it is: there is never one without the other, and no name is ever two.

use std::sync::Arc;

use serde_json::Value;
use tandem_domain::case::Case;
use tandem_domain::{CaseId, Timestamp};
use tandem_store::named::{self, Named, NamedQuery};
use tandem_store::{Tx, cases, loops};

use crate::access::{Action, allow, allow_somewhere, owns};
use crate::accounts::note;
use crate::cases::{Once, Page, Submission};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::principal::Principal;

/// Most names of a page.
const MOST: u32 = 100;

/// Kinds of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A template of Amazon A2I.
    HumanTaskUi,
    /// A flow definition of Amazon A2I: a loop.
    FlowDefinition,
    /// A human loop of Amazon A2I: a case.
    HumanLoop,
    /// A call of a function that HumanLayer asks approval for: a case.
    FunctionCall,
    /// A question to a person by HumanLayer: a case.
    HumanContact,
    /// A message of A2A that made a task: a case.
    Message,
}

impl Kind {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HumanTaskUi => "a2i.ui",
            Self::FlowDefinition => "a2i.flow",
            Self::HumanLoop => "a2i.loop",
            Self::FunctionCall => "humanlayer.call",
            Self::HumanContact => "humanlayer.contact",
            Self::Message => "a2a.message",
        }
    }

    /// Whether it names a case.
    fn is_case(self) -> bool {
        !matches!(self, Self::HumanTaskUi | Self::FlowDefinition)
    }

    /// The kind of the names of cases that belong to names of this kind.
    fn of_its_cases(self) -> Option<Self> {
        (self == Self::FlowDefinition).then_some(Self::HumanLoop)
    }

    fn what(self) -> &'static str {
        match self {
            Self::HumanTaskUi => "human task UI",
            Self::FlowDefinition => "flow definition",
            Self::HumanLoop => "human loop",
            Self::FunctionCall => "function call",
            Self::HumanContact => "human contact",
            Self::Message => "message",
        }
    }
}

/// A name to take.
#[derive(Debug, Clone)]
pub struct NewName {
    /// Its kind.
    pub kind: Kind,
    /// The name.
    pub name: String,
    /// What it belongs to; empty for nothing.
    pub parent: String,
    /// The loop it is about; empty for none.
    pub loop_name: String,
    /// What must be the same when the name is taken again.
    pub content: Vec<u8>,
    /// Whatever else the dialect needs; nothing about a person.
    pub document: Value,
}

/// A name that was taken.
#[derive(Debug, Clone, PartialEq)]
pub struct NameView {
    /// The name.
    pub name: String,
    /// What it belongs to.
    pub parent: String,
    /// The loop it is about.
    pub loop_name: String,
    /// What the dialect keeps with it.
    pub document: Value,
    /// When it was taken.
    pub created_at: Timestamp,
    /// The key of its case.
    case_key: String,
}

/// Which names to list.
#[derive(Debug, Clone, Default)]
pub struct NameQuery {
    /// Only those that belong to this.
    pub parent: Option<String>,
    /// Made at this time or later.
    pub since: Option<Timestamp>,
    /// Made before this time.
    pub before: Option<Timestamp>,
    /// Newest first instead of oldest first.
    pub newest_first: bool,
    /// After this one, by time and name.
    pub after: Option<(Timestamp, String)>,
    /// Most of them, up to 100.
    pub limit: u32,
}

/// Where the next page begins.
pub type NameCursor = (Timestamp, String);

impl Engine {
    /// Takes a name, or finds it: true where it is new. Taken before for other content it is a
    /// conflict.
    pub async fn take_name(&self, principal: &Principal, new: NewName) -> Result<(NameView, bool)> {
        let of_case = new.kind.is_case();
        let (row, ids, by) =
            (self.name_row(principal, new)?, self.inner.accounts.ids(), principal.clone());
        let mark = row.mark.clone();
        let taken = self.inner.store.write(move |tx: &mut dyn Tx| {
            let row = Named { created_at: tx.now(), ..row.clone() };
            let fresh = named::insert(tx, &row)?;
            if fresh && !of_case {
                // What names a case shows in the events of the case.
                let data = [
                    ("kind", Value::from(&*row.kind)),
                    ("name", Value::from(&*row.name)),
                    ("loop", Value::from(&*row.loop_name)),
                ];
                note(tx, &ids, &by, "name.taken", data)?;
            }
            let known =
                if fresh { Some(row) } else { named::get(tx, &row.space, &row.kind, &row.name)? };
            Ok::<_, EngineError>((known.ok_or(EngineError::Stale)?, fresh))
        });
        let (row, fresh) = taken.await?;
        if row.mark != mark {
            return Err(taken_for_other(&row.name));
        }
        Ok((view(row)?, fresh))
    }

    /// The row of a name as it is to be taken.
    fn name_row(&self, principal: &Principal, new: NewName) -> Result<Named> {
        self.running()?;
        let action = if new.kind.is_case() { Action::CaseSubmit } else { Action::LoopWrite };
        match new.loop_name.as_str() {
            "" => allow_somewhere(principal, action)?,
            name => allow(principal, action, Some(name))?,
        }
        let mark = self.inner.record_key.mark(new.kind.as_str(), &new.content);
        let case_key = if new.kind.is_case() {
            let n = self.inner.ids.bytes::<8>()?;
            format!("{}/{}/{}", new.kind.as_str(), new.name, hex::encode(n))
        } else {
            String::new()
        };
        Ok(Named {
            space: principal.space.clone(),
            kind: new.kind.as_str().to_owned(),
            name: new.name,
            parent: new.parent,
            loop_name: new.loop_name,
            case_key,
            mark: mark.to_vec(),
            document: serde_json::to_string(&new.document).map_err(EngineError::internal)?,
            created_by: principal.id(),
            created_at: Timestamp(0),
        })
    }

    /// Hands in a case under a name; the same again finds it. The name is taken in the transaction that
    /// writes the case, so there is never one without the other.
    pub async fn submit_named(
        &self,
        principal: &Principal,
        new: NewName,
        submission: Submission,
    ) -> Result<(NameView, Case, bool)> {
        let (kind, loop_name) = (new.kind, new.loop_name.clone());
        let row = self.name_row(principal, new)?;
        let submission = Submission { key: Some(row.case_key.clone()), ..submission };
        let once = Once { idem: None, name: Some(Arc::new(row.clone())) };
        let known = self.submit_as(principal, &loop_name, submission, once).await?;
        // Whoever sends what somebody else sent does not learn by it what became of that.
        if !known.created && !owns(principal, &known.case.core) {
            self.may_read(principal, &known.case)
                .await
                .map_err(|_| taken(format!("the name `{}` was used by somebody else", row.name)))?;
        }
        let name = if known.created {
            view(Named { created_at: known.case.core.created_at, ..row })?
        } else {
            let found = self.resolve(&principal.space, kind, &row.name).await?;
            found.ok_or(EngineError::Stale)?
        };
        Ok((name, known.case, known.created))
    }

    /// What a name stands for, whoever asks: what may be done with it is looked at where it is done.
    pub async fn resolve(&self, space: &str, kind: Kind, name: &str) -> Result<Option<NameView>> {
        let (space, wanted) = (space.to_owned(), name.to_owned());
        let row = self.inner.store.read(move |tx: &mut dyn Tx| {
            Ok::<_, EngineError>(named::get(tx, &space, kind.as_str(), &wanted)?)
        });
        row.await?.map(view).transpose()
    }

    /// What a name stands for.
    pub async fn named(&self, principal: &Principal, kind: Kind, name: &str) -> Result<NameView> {
        let view = self.resolve(&principal.space, kind, name).await?;
        let view = view.ok_or_else(|| EngineError::not_found(kind.what()))?;
        may_see(principal, kind, &view.loop_name)
            .map_err(|_| EngineError::not_found(kind.what()))?;
        Ok(view)
    }

    /// A name and its case.
    pub async fn named_case(
        &self,
        principal: &Principal,
        kind: Kind,
        name: &str,
    ) -> Result<(NameView, Case)> {
        let name = self.named(principal, kind, name).await?;
        let case = self.case_named(principal, &name).await?;
        case.map(|case| (name, case)).ok_or_else(|| EngineError::not_found(kind.what()))
    }

    /// The case of a name, where it was handed in and the principal may see it.
    async fn case_named(&self, principal: &Principal, name: &NameView) -> Result<Option<Case>> {
        let space = principal.space.clone();
        let (loop_name, key) = (name.loop_name.clone(), name.case_key.clone());
        let found = self.inner.store.read(move |tx: &mut dyn Tx| {
            let Some(row) = loops::by_name(tx, &space, &loop_name)? else { return Ok(None) };
            let Some(holder) = cases::by_key(tx, row.id, &key)? else { return Ok(None) };
            Ok::<_, EngineError>(cases::get(tx, holder.id)?)
        });
        let Some(case) = found.await? else { return Ok(None) };
        Ok(self.may_read(principal, &case).await.is_ok().then_some(case))
    }

    /// Gives up a name. Its case or loop stays. What open cases of other names belong to is in use.
    pub async fn drop_name(&self, principal: &Principal, kind: Kind, name: &str) -> Result<()> {
        let view = self.named(principal, kind, name).await?;
        if kind.is_case() {
            // Whoever may see the case and hand in others may let go of its name.
            allow(principal, Action::CaseSubmit, Some(&view.loop_name))?;
            self.named_case(principal, kind, name).await?;
        } else if view.loop_name.is_empty() {
            allow_somewhere(principal, Action::LoopWrite)?;
        } else {
            allow(principal, Action::LoopWrite, Some(&view.loop_name))?;
        }
        let (ids, by, name) = (self.inner.accounts.ids(), principal.clone(), name.to_owned());
        let removed = self.inner.store.write(move |tx: &mut dyn Tx| {
            if let Some(child) = kind.of_its_cases()
                && named::any_open(tx, &by.space, child.as_str(), &name)?
            {
                return Err(in_use(kind, &name, child));
            }
            let removed = named::remove(tx, &by.space, kind.as_str(), &name, &view.case_key)?;
            if removed {
                let data = [("kind", Value::from(kind.as_str())), ("name", Value::from(&*name))];
                note(tx, &ids, &by, "name.dropped", data)?;
            }
            Ok::<_, EngineError>(removed)
        });
        if removed.await? { Ok(()) } else { Err(EngineError::not_found(kind.what())) }
    }

    /// Names in order of time, those of cases with the case. A page may have fewer than asked for
    /// while there are more: what the principal may not see is left out.
    pub async fn names(
        &self,
        principal: &Principal,
        kind: Kind,
        query: NameQuery,
    ) -> Result<Page<(NameView, Option<Case>), NameCursor>> {
        allow_somewhere(
            principal,
            if kind.is_case() { Action::CaseReadOwn } else { Action::LoopRead },
        )
        .or_else(|_| allow_somewhere(principal, Action::CaseRead))?;
        let limit = query.limit.clamp(1, MOST);
        let wanted = NamedQuery {
            space: principal.space.clone(),
            kind: kind.as_str().to_owned(),
            parent: query.parent,
            since: query.since,
            before: query.before,
            newest_first: query.newest_first,
            after: query.after,
            limit: limit + 1,
        };
        let rows = self
            .inner
            .store
            .read(move |tx: &mut dyn Tx| Ok::<_, EngineError>(named::list(tx, &wanted)?));
        let mut rows = rows.await?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next = rows.last().filter(|_| more).map(|row| (row.created_at, row.name.clone()));
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            let name = view(row)?;
            if may_see(principal, kind, &name.loop_name).is_err() {
                continue;
            }
            let case = if kind.is_case() { self.case_named(principal, &name).await? } else { None };
            if case.is_some() || !kind.is_case() {
                items.push((name, case));
            }
        }
        Ok(Page { items, next })
    }

    /// A pseudonym of a member, the same in every answer of the installation.
    pub fn pseudonym(&self, member: tandem_domain::MemberId) -> String {
        hex::encode(&self.inner.record_key.mark("pseudonym", member.as_bytes())[..16])
    }
}

/// Takes the name of a case in the transaction that writes the case, or finds the case that has it and
/// means the same. A name whose case is gone begins anew.
pub(crate) fn hold(tx: &mut dyn Tx, new: &Named) -> Result<Option<CaseId>> {
    let row = Named { created_at: tx.now(), ..new.clone() };
    if named::insert(tx, &row)? {
        return Ok(None);
    }
    let held = named::get(tx, &row.space, &row.kind, &row.name)?.ok_or(EngineError::Stale)?;
    let case = match loops::by_name(tx, &held.space, &held.loop_name)? {
        Some(of_loop) => cases::by_key(tx, of_loop.id, &held.case_key)?,
        None => None,
    };
    match case {
        None => {
            named::remove(tx, &held.space, &held.kind, &held.name, &held.case_key)?;
            named::insert(tx, &row)?;
            Ok(None)
        }
        Some(_) if held.mark != row.mark || held.loop_name != row.loop_name => {
            Err(taken_for_other(&row.name))
        }
        Some(holder) => Ok(Some(holder.id)),
    }
}

fn taken(message: String) -> EngineError {
    EngineError::Conflict { code: "name_taken", message, resource: None }
}

fn in_use(kind: Kind, name: &str, child: Kind) -> EngineError {
    let (what, of) = (kind.what(), child.what());
    let message = format!("{what} `{name}` has a {of} that is not over; wait for it, or stop it");
    EngineError::Conflict { code: "name_in_use", message, resource: None }
}

fn taken_for_other(name: &str) -> EngineError {
    taken(format!("the name `{name}` was used for something else"))
}

fn may_see(principal: &Principal, kind: Kind, loop_name: &str) -> Result<()> {
    if loop_name.is_empty() {
        return allow_somewhere(principal, Action::LoopRead);
    }
    if !kind.is_case() {
        return allow(principal, Action::LoopRead, Some(loop_name));
    }
    // The case itself is looked at beside this.
    allow(principal, Action::CaseRead, Some(loop_name))
        .or_else(|_| allow(principal, Action::CaseReadOwn, Some(loop_name)))
}

fn view(row: Named) -> Result<NameView> {
    Ok(NameView {
        name: row.name,
        parent: row.parent,
        loop_name: row.loop_name,
        document: serde_json::from_str(&row.document).map_err(EngineError::internal)?,
        created_at: row.created_at,
        case_key: row.case_key,
    })
}
