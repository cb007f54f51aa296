//! Publishing a loop: check, keep the version, put it in force.

use std::sync::Arc;

use serde_json::{Value, json};
use tandem_domain::answer::pointer;
use tandem_domain::loops::{ErrorRule, FieldSpec};
use tandem_domain::{LoopId, LoopSpec, MemberId};
use tandem_ledger::event::commit;
use tandem_policy::{CompiledLoop, Format, Outside, published_diff};
use tandem_store::loops::{self, LoopRow, LoopVersion};
use tandem_store::{Topic, Tx, members};

use super::{DRAFT, LoopView, PROPOSED, PUBLISHED, no_loop};
use crate::access::{Action, allow};
use crate::cases::{IdemKey, remember, replayed};
use crate::engine::{Engine, Inner};
use crate::errors::{EngineError, Problem, Result};
use crate::gates::approvers;
use crate::ids::DrawKey;
use crate::principal::Principal;
use crate::record::{self, By, Place, RowNote};

/// Longest reason in bytes.
const LONGEST_REASON: usize = 4_096;

/// What is to be kept.
struct Wanted {
    name: String,
    source: String,
    format: &'static str,
    digest: Vec<u8>,
    compiled: CompiledLoop,
    draft: bool,
    reason: String,
}

impl Engine {
    /// Checks a loop file and publishes it as the next version, or keeps it as a draft. The same
    /// document as the version in force changes nothing. A version that widens what the machine may
    /// do is only proposed by this, and published when a second person agrees; handed in with a
    /// machine's key it is kept as a draft, which takes two persons.
    pub async fn put_loop(
        &self,
        principal: &Principal,
        name: &str,
        source: String,
        format: Format,
        draft: bool,
        reason: &str,
    ) -> Result<LoopView> {
        self.running()?;
        allow(principal, Action::LoopWrite, Some(name))?;
        check_reason(reason)?;
        let compiled = compile_here(&self.inner, &source, format)?;
        if compiled.spec.name != name {
            let message = format!("the file says `{}`, the address `{name}`", compiled.spec.name);
            return Err(EngineError::invalid("invalid_loop", "/loop", message));
        }
        let document = serde_json::to_value(&compiled.spec).map_err(EngineError::internal)?;
        let digest = hex::decode(record::digest_hex(&document)?).map_err(EngineError::internal)?;
        let wanted = Wanted {
            name: name.to_owned(),
            source,
            format: if format == Format::Json { "json" } else { "yaml" },
            digest,
            compiled,
            draft,
            reason: reason.to_owned(),
        };
        let (inner, asker) = (Arc::clone(&self.inner), principal.clone());
        let written = self.inner.store.write(move |tx| put(tx, &inner, &asker, &wanted));
        let (id, version) = written.await?;
        self.inner.loops.forget(id);
        self.loop_view(principal, name, Some(version)).await
    }

    /// Puts a draft or a proposed version in force. Where it widens what the machine may do, the
    /// first person who asks proposes it, and a second natural person publishes it.
    pub async fn publish_version(
        &self,
        principal: &Principal,
        name: &str,
        version: u64,
        reason: &str,
        idem: Option<IdemKey>,
    ) -> Result<LoopView> {
        self.running()?;
        allow(principal, Action::LoopWrite, Some(name))?;
        check_reason(reason)?;
        let (inner, asker) = (Arc::clone(&self.inner), principal.clone());
        let (wanted, why) = (name.to_owned(), reason.to_owned());
        let written = self.inner.store.write(move |tx| {
            if replayed(tx, &asker, idem.as_ref())?.is_some() {
                let row = loops::by_name(tx, &asker.space, &wanted)?;
                return row.map(|row| row.id).ok_or_else(|| no_loop(&wanted));
            }
            let id = publish(tx, &inner, &asker, &wanted, version, &why)?;
            remember(tx, &asker, idem.as_ref(), &id.to_string())?;
            Ok(id)
        });
        let id = written.await?;
        self.inner.loops.forget(id);
        self.loop_view(principal, name, Some(version)).await
    }
}

/// What a wish to publish leads to.
enum Step {
    /// The first person asks.
    Propose(MemberId),
    /// It takes effect.
    Publish(Option<MemberId>),
}

fn publish(
    tx: &mut dyn Tx,
    inner: &Inner,
    asker: &Principal,
    name: &str,
    version: u64,
    reason: &str,
) -> Result<LoopId> {
    let row = loops::by_name(tx, &asker.space, name)?.ok_or_else(|| no_loop(name))?;
    let row = loops::lock(tx, row.id)?.ok_or_else(|| no_loop(name))?;
    let stored = loops::version(tx, row.id, version)?
        .ok_or_else(|| EngineError::not_found(format!("version {version} of {name}")))?;
    if stored.state == PUBLISHED {
        return Err(EngineError::Conflict {
            code: "not_a_draft",
            message: format!("version {version} is published already"),
            resource: None,
        });
    }
    let compiled = compile_here(inner, &stored.source, super::format_of(&stored.format))?;
    let widened = widened(tx, inner, &row, &compiled)?;
    match next_step(tx, asker, &row, &stored, &widened)? {
        Step::Propose(member) => {
            loops::propose_version(tx, row.id, version, reason, member)?;
        }
        Step::Publish(member) => {
            loops::publish_version(tx, row.id, version, reason, member)?;
            put_in_force(tx, &row, version, &widened)?;
        }
    }
    let stored = loops::version(tx, row.id, version)?.ok_or_else(|| no_loop(name))?;
    note(tx, &row, &stored, &By::principal(asker), widened)?;
    tx.wake(Topic::Loop(row.id));
    Ok(row.id)
}

/// Four eyes are two natural persons, not two accounts.
fn next_step(
    tx: &mut dyn Tx,
    asker: &Principal,
    row: &LoopRow,
    stored: &LoopVersion,
    widened: &[String],
) -> Result<Step> {
    let person = asker.member();
    if row.head == 0 || widened.is_empty() {
        return Ok(Step::Publish(person.map(|(member, _)| member)));
    }
    let Some((member, person)) = person else {
        return Err(EngineError::forbidden(format!(
            "version {} widens what the machine may do ({}): two persons must agree; sign in, or use a key that \
             belongs to a member",
            stored.version,
            widened.join("; ")
        )));
    };
    let Some(first) = stored.proposed_by else { return Ok(Step::Propose(member)) };
    // Accounts may have been merged since, so the person is looked up now.
    let known = members::get(tx, first)?.map(|first| first.person_id);
    let since = stored.at;
    let one =
        |tx: &mut dyn Tx, known| approvers::are_one(tx, (member, person), (first, known), since);
    if known.map_or(Ok(true), |known| one(tx, known))? {
        return Err(EngineError::Conflict {
            code: "second_person_needed",
            message: format!(
                "you proposed version {} yourself, and it widens what the machine may do ({}): another person must \
                 publish it",
                stored.version,
                widened.join("; ")
            ),
            resource: None,
        });
    }
    Ok(Step::Publish(Some(member)))
}

/// As [`compile`], with what only this server can tell.
fn compile_here(inner: &Inner, source: &str, format: Format) -> Result<CompiledLoop> {
    let outside = |spec: &LoopSpec| {
        let mut found = crate::chain::outside(&inner.chains, spec);
        found.extend(ignored_calls(spec));
        found
    };
    tandem_policy::compile_with(source, format, &outside).map_err(invalid)
}

/// Refused of new versions only: those that are stored go on, and no rule lets other bytes of a call pass.
fn ignored_calls(spec: &LoopSpec) -> Vec<Outside> {
    let ignored = spec.answer.iter().filter(|(_, field)| {
        matches!(field, FieldSpec::Action(_)) && !matches!(field.error_rule(), ErrorRule::Exact)
    });
    let refused = ignored.map(|(name, _)| Outside {
        path: format!("{}/error", pointer("/answer", name)),
        code: "conflict",
        message: "what is approved of a call is what runs: no difference is ignored".to_owned(),
        hint: Some("leave `error` out".to_owned()),
    });
    refused.collect()
}

pub(super) fn compile(source: &str, format: Format) -> Result<CompiledLoop> {
    tandem_policy::compile(source, format).map_err(invalid)
}

fn invalid(problems: Vec<tandem_policy::Problem>) -> EngineError {
    EngineError::Invalid {
        code: "invalid_loop",
        path: problems.first().map(|problem| problem.path.clone()),
        message: problems
            .first()
            .map_or_else(|| "the loop file cannot be used".to_owned(), ToString::to_string),
        problems: problems.iter().map(Problem::from).collect(),
    }
}

fn check_reason(reason: &str) -> Result<()> {
    if reason.len() > LONGEST_REASON {
        let message = format!("a reason has at most {LONGEST_REASON} bytes");
        return Err(EngineError::invalid("invalid_input", "/reason", message));
    }
    Ok(())
}

/// Keeps a version; returns the loop and the version's number.
fn put(
    tx: &mut dyn Tx,
    inner: &Inner,
    principal: &Principal,
    wanted: &Wanted,
) -> Result<(LoopId, u64)> {
    let now = tx.now();
    let known = loops::by_name(tx, &principal.space, &wanted.name)?;
    let row = if let Some(row) = known {
        loops::lock(tx, row.id)?.ok_or_else(|| no_loop(&wanted.name))?
    } else {
        let row = LoopRow {
            id: LoopId(inner.ids.uuid(now)?),
            space: principal.space.clone(),
            name: wanted.name.clone(),
            head: 0,
            epoch: 0,
            secret: inner.ids.bytes::<32>()?.to_vec(),
            created_at: now,
        };
        loops::insert(tx, &row)?;
        row
    };
    if !wanted.draft && row.head > 0 {
        let head = loops::version(tx, row.id, row.head)?;
        if head.is_some_and(|head| head.digest == wanted.digest && head.source == wanted.source) {
            return Ok((row.id, row.head));
        }
    }
    let widened = widened(tx, inner, &row, &wanted.compiled)?;
    let member = principal.member().map(|(member, _)| member);
    let state = match member {
        _ if wanted.draft => DRAFT,
        _ if row.head == 0 || widened.is_empty() => PUBLISHED,
        Some(_) => PROPOSED,
        None => DRAFT,
    };
    let stored = LoopVersion {
        loop_id: row.id,
        version: loops::newest_version(tx, row.id)? + 1,
        space: row.space.clone(),
        source: wanted.source.clone(),
        format: wanted.format.to_owned(),
        digest: wanted.digest.clone(),
        state: state.to_owned(),
        reason: wanted.reason.clone(),
        by_member: member,
        at: now,
        proposed_by: member.filter(|_| state == PROPOSED),
    };
    loops::insert_version(tx, &stored)?;
    if state == PUBLISHED {
        put_in_force(tx, &row, stored.version, &widened)?;
    }
    note(tx, &row, &stored, &By::principal(principal), widened)?;
    tx.wake(Topic::Loop(row.id));
    Ok((row.id, stored.version))
}

/// Puts a version in force. The autonomy epoch changes where it widens what the machine may do, so
/// that evidence from before does not count for it.
fn put_in_force(tx: &mut dyn Tx, row: &LoopRow, version: u64, widened: &[String]) -> Result<()> {
    let epoch = row.epoch + u64::from(!widened.is_empty() || row.head == 0);
    Ok(loops::set_head(tx, row.id, version, epoch)?)
}

/// In which ways a version widens the machine's autonomy over the one in force.
pub(super) fn widened(
    tx: &mut dyn Tx,
    inner: &Inner,
    row: &LoopRow,
    compiled: &CompiledLoop,
) -> Result<Vec<String>> {
    let head = u32::try_from(row.head).unwrap_or(u32::MAX);
    let old = if head == 0 { None } else { Some(inner.loops.of_case(tx, row.id, head)?) };
    Ok(published_diff(old.as_ref().map(|handle| handle.spec()), &compiled.spec))
}

fn note(
    tx: &mut dyn Tx,
    row: &LoopRow,
    stored: &LoopVersion,
    by: &By,
    widened: Vec<String>,
) -> Result<()> {
    let id = format!("{}-{}", row.id, stored.version);
    let salt = DrawKey::new(&row.secret)?.salt(record::LOOP_VERSIONS, &id);
    let text = record::canonical_text(&record_of(stored))?;
    let rows = [RowNote {
        table: record::LOOP_VERSIONS,
        id,
        commitment: Some(commit(&salt, text.as_bytes())),
    }];
    let data = json!({
        "version": stored.version,
        "digest": hex::encode(&stored.digest),
        "widens": widened,
    });
    let data = data.as_object().cloned().unwrap_or_default();
    let place = Place { space: &row.space, of_loop: Some((row.id, &row.name)), case: None };
    let kind = match stored.state.as_str() {
        DRAFT => "loop.drafted",
        PROPOSED => "loop.proposed",
        _ => "loop.published",
    };
    let id = record::loop_event_id(stored);
    tx.append_event(record::event_record(place, &id, kind, by, tx.now(), &data, &rows)?);
    Ok(())
}

/// The record of a version that the ledger commits to.
pub(crate) fn record_of(stored: &LoopVersion) -> Value {
    json!({
        "loop": stored.loop_id,
        "version": stored.version,
        "source": stored.source,
        "format": stored.format,
        "digest": hex::encode(&stored.digest),
        "state": stored.state,
        "reason": stored.reason,
        "by": stored.by_member,
        "proposed_by": stored.proposed_by,
        "at": stored.at,
    })
}
