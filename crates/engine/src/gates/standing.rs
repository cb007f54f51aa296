//! Standing permissions: calls of one tool that persons allowed beforehand, within caps.
//!
//! A permission is asked for and signed by as many distinct natural persons as approve a call of the
//! loop, and at least two. While it is in force, a call that fits it is decided in the transaction
//! that routes, and what it uses of its caps is written there, under the lock of the loop's limits.

mod look;
mod sign;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tandem_domain::{LoopSpec, MemberId, PersonId, Span, StandingId, Timestamp};
use tandem_store::Tx;
use tandem_store::halts::{self, EVERYTHING};
pub use tandem_store::standing::StandingUse;
use tandem_store::standing::{self as rows, StandingRow};

pub(crate) use look::{consumable, look, settle};

use crate::access::{Action, allow, allow_somewhere};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::principal::Principal;
use crate::record::{By, Place, digest_hex, event_record};

/// Most permissions of a loop that are asked for or in force.
const MOST: u32 = 50;
/// A permission lasts at most this long.
const LONGEST: Span = Span::seconds(90 * 86_400);
/// Most calls that one covers.
const MOST_CALLS: u64 = 100_000;
/// Persons who sign at least: a permission widens what passes without a person.
const LEAST_SIGNERS: u32 = 2;

/// Which calls a permission covers, and how many.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StandingSpec {
    /// The tool.
    pub tool: String,
    /// JSON Schema (draft 2020-12) of the arguments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Value>,
    /// Condition in CEL, as in the rules of the loop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// Most calls.
    pub max_count: u64,
    /// The most that an argument may add up to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sum: Option<SumCap>,
    /// When it ends.
    pub until: Timestamp,
    /// The only consumer that takes the grants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumer: Option<String>,
    /// The only run whose calls it covers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The only submitter, a key or a member, whose calls it covers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
}

/// A bound on the sum of an argument.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SumCap {
    /// JSON pointer into the arguments.
    pub of: String,
    /// The most it may add up to.
    pub max: f64,
}

/// Who signed a permission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The member.
    pub member: MemberId,
    /// The natural person.
    pub person: PersonId,
    /// When.
    pub at: Timestamp,
}

/// Why a permission is no longer in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// When.
    pub at: Timestamp,
    /// The member who revoked it; `None` where its time or its caps ended it.
    pub by: Option<MemberId>,
    /// Why.
    pub reason: String,
}

/// What is stored of a permission.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Document {
    pub(crate) loop_name: String,
    pub(crate) spec: StandingSpec,
    reason: String,
    /// Digest of the tool's schema, executor and target: another tool is not what was signed.
    pub(crate) tool_digest: String,
    /// Digest of what is signed.
    pub(crate) digest: String,
    needed: u32,
    asked_by: Option<MemberId>,
    asked_at: Timestamp,
    pub(crate) signatures: Vec<Signature>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended: Option<Ended>,
}

/// A standing permission as pages show it.
#[derive(Debug, Clone, PartialEq)]
pub struct StandingView {
    /// Its id.
    pub id: StandingId,
    /// Name of the loop.
    pub loop_name: String,
    /// What it covers.
    pub spec: StandingSpec,
    /// Why it was asked for.
    pub reason: String,
    /// `asked`, `active`, `revoked`, `expired` or `spent`.
    pub state: String,
    /// Whether a halt keeps it from deciding anything now.
    pub suspended: bool,
    /// SHA-256, hex, of what is signed.
    pub digest: String,
    /// Persons who must sign.
    pub needed: u32,
    /// Who asked.
    pub asked_by: Option<MemberId>,
    /// When.
    pub asked_at: Timestamp,
    /// Who signed.
    pub signatures: Vec<Signature>,
    /// Calls it covered.
    pub used: u64,
    /// The sum over them.
    pub used_sum: f64,
    /// Why it is over.
    pub ended: Option<Ended>,
}

impl Document {
    fn read(row: &StandingRow) -> Result<Self> {
        serde_json::from_str(&row.body).map_err(EngineError::internal)
    }

    fn write(&self, row: &mut StandingRow) -> Result<()> {
        row.body = serde_json::to_string(self).map_err(EngineError::internal)?;
        Ok(())
    }

    fn view(self, row: &StandingRow, halted: bool) -> StandingView {
        StandingView {
            id: row.id,
            loop_name: self.loop_name,
            spec: self.spec,
            reason: self.reason,
            state: row.state.clone(),
            suspended: row.state == "active" && halted,
            digest: self.digest,
            needed: self.needed,
            asked_by: self.asked_by,
            asked_at: self.asked_at,
            signatures: self.signatures,
            used: row.used,
            used_sum: row.used_sum,
            ended: self.ended,
        }
    }
}

/// Digest of what a tool is: what a permission was signed for.
fn tool_digest(spec: &LoopSpec, tool: &str) -> Result<Option<String>> {
    let known = spec.actions().find_map(|(_, action)| action.tools.get(tool));
    known
        .map(|tool| {
            digest_hex(&serde_json::json!({
                "executor": tool.executor, "schema": tool.schema, "target": tool.target,
            }))
        })
        .transpose()
}

fn view(tx: &mut dyn Tx, row: &StandingRow) -> Result<StandingView> {
    let own = halts::scope_of(row.loop_id);
    let halted = halts::list(tx, &row.space)?
        .into_iter()
        .any(|halt| halt.halted && (halt.scope == EVERYTHING || halt.scope == own));
    Ok(Document::read(row)?.view(row, halted))
}

/// Writes an event about a permission. Free text and scopes stay out of it: the digest stands for them.
fn note(
    tx: &mut dyn Tx,
    engine: &crate::engine::Inner,
    row: &StandingRow,
    document: &Document,
    (kind, by): (&str, &By),
    more: Value,
) -> Result<()> {
    let now = tx.now();
    let id = format!("evt_{}", engine.ids.uuid(now)?);
    let mut data = serde_json::json!({
        "digest": document.digest,
        "grant": row.id,
        "max_count": document.spec.max_count,
        "max_sum": document.spec.sum.as_ref().map(|sum| sum.max),
        "tool": document.spec.tool,
        "until": document.spec.until.to_string(),
        "used": row.used,
    });
    if let (Some(data), Value::Object(more)) = (data.as_object_mut(), more) {
        data.extend(more);
    }
    let of_loop = Some((row.loop_id, document.loop_name.as_str()));
    let place = Place { space: &row.space, of_loop, case: None };
    let data = data.as_object().cloned().unwrap_or_default();
    tx.append_event(event_record(place, &id, kind, by, now, &data, &[])?);
    Ok(())
}

impl Engine {
    /// Standing permissions of the loops that the principal may see, newest first, before `before`.
    pub async fn standing_grants(
        &self,
        principal: &Principal,
        before: Option<StandingId>,
        limit: u32,
    ) -> Result<Vec<StandingView>> {
        allow_somewhere(principal, Action::StandingRead)?;
        let asker = principal.clone();
        let found = self.inner.store.read(move |tx| {
            let mut views = Vec::new();
            for row in rows::list(tx, &asker.space, before, limit)? {
                let seen = view(tx, &row)?;
                if allow(&asker, Action::StandingRead, Some(&seen.loop_name)).is_ok() {
                    views.push(seen);
                }
            }
            Ok::<_, EngineError>(views)
        });
        found.await
    }

    /// One standing permission.
    pub async fn standing_grant(
        &self,
        principal: &Principal,
        id: StandingId,
    ) -> Result<StandingView> {
        allow_somewhere(principal, Action::StandingRead)?;
        let asker = principal.clone();
        let found = self.inner.store.read(move |tx| {
            let row = own(tx, &asker, id, Action::StandingRead)?.0;
            view(tx, &row)
        });
        found.await
    }

    /// The calls that a permission covered, newest first, before number `before`.
    pub async fn standing_uses(
        &self,
        principal: &Principal,
        id: StandingId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<StandingUse>> {
        allow_somewhere(principal, Action::StandingRead)?;
        let asker = principal.clone();
        let found = self.inner.store.read(move |tx| {
            own(tx, &asker, id, Action::StandingRead)?;
            Ok::<_, EngineError>(rows::uses(tx, id, before, limit)?)
        });
        found.await
    }

    /// Ends permissions whose time is over; returns how many.
    pub(crate) async fn tend_standing(&self, now: Timestamp, batch: u32) -> Result<usize> {
        let found =
            self.inner.store.read(move |tx| Ok::<_, EngineError>(rows::ended(tx, now, batch)?));
        let over = found.await?;
        let count = over.len();
        for (id, loop_id) in over {
            let inner = std::sync::Arc::clone(&self.inner);
            let ended = self.inner.store.write(move |tx| {
                let Some(row) = rows::get(tx, id)? else { return Ok(()) };
                tandem_store::limits::lock(tx, &row.space, loop_id)?;
                let Some(mut row) = rows::get(tx, id)? else { return Ok(()) };
                let live = matches!(row.state.as_str(), "asked" | "active");
                if !live || row.until > tx.now() {
                    return Ok(());
                }
                let mut document = Document::read(&row)?;
                let reason = "its time is over".to_owned();
                document.ended = Some(Ended { at: tx.now(), by: None, reason });
                "expired".clone_into(&mut row.state);
                document.write(&mut row)?;
                rows::save(tx, &row)?;
                note(tx, &inner, &row, &document, ("standing.expired", &By::timer()), Value::Null)
            });
            if let Err(error) = ended.await {
                tracing::warn!(grant = %id, %error, "a permission whose time is over stays listed");
            }
        }
        Ok(count)
    }
}

/// A permission of the principal's space, in a loop where it may do `action`.
fn own(
    tx: &mut dyn Tx,
    principal: &Principal,
    id: StandingId,
    action: Action,
) -> Result<(StandingRow, Document)> {
    let missing = || EngineError::not_found(format!("standing permission {id}"));
    let row = rows::get(tx, id)?.filter(|row| row.space == principal.space).ok_or_else(missing)?;
    let document = Document::read(&row)?;
    allow(principal, Action::StandingRead, Some(&document.loop_name)).map_err(|_| missing())?;
    allow(principal, action, Some(&document.loop_name))?;
    Ok((row, document))
}
