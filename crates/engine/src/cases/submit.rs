//! One case comes in.

use std::sync::Arc;
use std::time::Instant;

use sha2::{Digest, Sha256};
use tandem_domain::case::{Case, CaseCore, Handover};
use tandem_domain::command::{Context, Effect, NewProposal};
use tandem_domain::loops::RouteTo;
use tandem_domain::machine::Asked;
use tandem_domain::policy::{self, Facts, ModelFact};
use tandem_domain::{CaseId, Timestamp, machine};
use tandem_ledger::canonical;
use tandem_store::cases::{NewCase, WrittenCase};
use tandem_store::halts::HaltState;
use tandem_store::named::Named;
use tandem_store::{Dialect, NewEvent, Topic, Tx, cases, halts, loops};

use super::utterances::LONGEST;
use super::{IdemKey, Submission, Submitted, remember, replayed};
use crate::access::{self, Action};
use crate::autonomy::Session;
use crate::engine::{Engine, Inner};
use crate::errors::{EngineError, Result};
use crate::gates;
use crate::learned::Learned;
use crate::learning;
use crate::loops::LoopHandle;
use crate::principal::Principal;
use crate::record::{self, By, Texts};
use crate::runner;
use crate::runs;

/// How often a submission is computed again because its loop changed meanwhile.
const TRIES: usize = 5;
/// Who proposes where a proposal is the loop's own model's.
const MACHINE: &str = "machine";
/// Most entries of a transcript that travels along.
const MOST_UTTERANCES: usize = 500;
/// Longest key, subject, tag or run in bytes.
const LONGEST_NAME: usize = 512;

/// A submission that was checked, with the policy's facts; it only lacks the time.
pub(super) struct Draft {
    handle: Arc<LoopHandle>,
    core: CaseCore,
    proposal: Option<NewProposal>,
    /// What links of the chain said already, and which is asked next.
    asked: Asked,
    facts: Facts,
    history: Option<super::History>,
    run_epoch: Option<u64>,
    /// Whether the submitter may hand in gates of runs that others started.
    any_run: bool,
    pub(super) body_digest: [u8; 32],
}

/// What makes a case that is handed in twice one case, besides its own key.
#[derive(Debug, Clone, Default)]
pub(crate) struct Once {
    /// The key of the request.
    pub(crate) idem: Option<IdemKey>,
    /// A client's name for the case, taken with it or not at all.
    pub(crate) name: Option<Arc<Named>>,
}

/// A case in its first state with everything that is written with it.
pub(super) struct Prepared {
    pub(super) case: Case,
    texts: Texts,
    pub(super) events: Vec<NewEvent>,
    pub(super) effects: Vec<Effect>,
    halted: bool,
    at: Timestamp,
}

/// What became of one submission inside the transaction.
pub(super) enum Landed {
    /// It is new; the case is given where it was computed inside.
    New(Option<Box<Case>>),
    /// A case with this key was there.
    Known(Box<Case>),
}

impl Engine {
    /// Hands in a case. Returns after the durable commit.
    pub fn submit(
        &self,
        principal: &Principal,
        loop_name: &str,
        submission: Submission,
        idem: Option<IdemKey>,
    ) -> impl Future<Output = Result<Submitted>> + Send {
        self.submit_as(principal, loop_name, submission, Once { idem, name: None })
    }

    /// Hands in a case under a key of idempotency, a client's name, or neither.
    pub(crate) async fn submit_as(
        &self,
        principal: &Principal,
        loop_name: &str,
        submission: Submission,
        once: Once,
    ) -> Result<Submitted> {
        let started = Instant::now();
        self.running()?;
        access::allow(principal, Action::CaseSubmit, Some(loop_name))?;
        let by = By::principal(principal);
        let mut submission = submission;
        for _ in 0..TRIES {
            let handle = self.compiled(&principal.space, loop_name).await?;
            let (ready, asked) = self.with_proposal(&handle, submission).await?;
            let learned = self.learned(&handle, &ready.input, ready.proposal.as_ref()).await?;
            let draft = Arc::new(self.draft(principal, handle, ready, asked, learned)?);
            match self.land(principal, Arc::clone(&draft), by.clone(), once.clone()).await {
                Err(EngineError::Stale) => {
                    submission = draft.submission();
                    self.inner.metrics.recomputed.add(1);
                    self.inner.loops.forget_name(&principal.space, loop_name);
                }
                Err(error) => return Err(error),
                Ok(submitted) => {
                    self.count(&submitted);
                    self.inner.metrics.submit_seconds.record(started.elapsed());
                    return Ok(submitted);
                }
            }
        }
        Err(EngineError::Busy { retry_after_s: 1 })
    }

    pub(super) fn count(&self, submitted: &Submitted) {
        if !submitted.created {
            return;
        }
        self.inner.metrics.cases_submitted.add(1);
        let route = submitted.case.state.route.as_ref();
        if route.is_some_and(|route| route.to == RouteTo::Auto) {
            self.inner.metrics.cases_automatic.add(1);
        }
    }

    /// Writes one draft.
    async fn land(
        &self,
        principal: &Principal,
        draft: Arc<Draft>,
        by: By,
        once: Once,
    ) -> Result<Submitted> {
        let early = self.early(&draft, &by)?.map(Arc::new);
        let (inner, principal) = (Arc::clone(&self.inner), principal.clone());
        let prepared = early.clone();
        let landed = self
            .inner
            .store
            .write_grouped(move |tx| {
                if let Some(id) = replayed(tx, &principal, once.idem.as_ref())? {
                    return known(tx, &id);
                }
                if let Some(name) = &once.name
                    && let Some(id) = crate::named::hold(tx, name)?
                {
                    return known(tx, &id.to_string());
                }
                let landed = land_one(tx, &inner, &draft, prepared.as_deref(), &by)?;
                let id = match &landed {
                    Landed::Known(case) => case.core.id,
                    Landed::New(_) => draft.core.id,
                };
                remember(tx, &principal, once.idem.as_ref(), &id.to_string())?;
                Ok(landed)
            })
            .await?;
        let (case, created) = match (landed, early) {
            (Landed::Known(case), _) => (*case, false),
            (Landed::New(Some(case)), _) => (*case, true),
            (Landed::New(None), Some(early)) => (early.case.clone(), true),
            (Landed::New(None), None) => return Err(EngineError::internal("a case went missing")),
        };
        Ok(Submitted { case, created })
    }

    /// On SQLite the clock is this process's, so the case is computed before the one writer thread
    /// has to wait for it. On PostgreSQL the time is the transaction's.
    pub(super) fn early(&self, draft: &Draft, by: &By) -> Result<Option<Prepared>> {
        // What hangs on other cases, or is bound to the halts so far, is computed inside.
        if self.inner.store.dialect() != Dialect::Sqlite
            || draft.asks_autonomy()
            || draft.looks_inside()
        {
            return Ok(None);
        }
        let now = Timestamp(self.inner.store.clock().now_micros());
        let halt = HaltState { halted: self.inner.any_halt(), epoch: 0 };
        draft.decide(now, halt, by).map(Some)
    }

    /// Lets the chain propose where the submitter did not, as far as it is in this process.
    pub(super) async fn with_proposal(
        &self,
        handle: &Arc<LoopHandle>,
        mut submission: Submission,
    ) -> Result<(Submission, Asked)> {
        let mut asked = Asked::default();
        if submission.proposal.is_none() && submission.history.is_none() {
            handle
                .compiled()
                .check_input(&submission.input)
                .map_err(|refusal| refusal.under("/input"))?;
            (submission.proposal, asked) = self.first_links(handle, &submission).await;
        }
        Ok((submission, asked))
    }

    /// Checks a submission and finds out what the policy knows of it.
    pub(super) fn draft(
        &self,
        principal: &Principal,
        handle: Arc<LoopHandle>,
        submission: Submission,
        asked: Asked,
        learned: Learned,
    ) -> Result<Draft> {
        check_names(&submission)?;
        let rules = handle.compiled();
        rules.check_input(&submission.input).map_err(|refusal| refusal.under("/input"))?;
        let mut proposal = submission.proposal;
        if let Some(proposal) = &mut proposal {
            if proposal.by.is_empty() {
                proposal.by = principal.id();
            }
            rules.check_proposal(proposal, "/proposal")?;
        }
        if let Some(output) = submission.history.as_ref().and_then(|h| h.output.as_ref()) {
            rules.check_answer(output, "/decision/output")?;
        }
        check_handover(&submission.handover)?;
        if let Some(interim) = &submission.interim {
            if handle.spec().holds_action() {
                let message = "what stands in for an answer cannot let a tool run; leave it out";
                return Err(EngineError::invalid("invalid_input", "/interim", message));
            }
            rules.check_answer(interim, "/interim")?;
        }
        let now = Timestamp(self.inner.store.clock().now_micros());
        let core = CaseCore {
            id: CaseId(self.inner.ids.uuid(now)?),
            space: principal.space.clone(),
            loop_id: handle.id,
            loop_version: handle.version,
            key: submission.key,
            subject: submission.subject,
            input: submission.input,
            tags: submission.tags,
            group: submission.group,
            priority: submission.priority,
            deadline: submission.deadline,
            requested_human: submission.requested_human,
            handover: submission.handover,
            interim: submission.interim.or_else(|| handle.spec().interim.clone()),
            run: submission.run,
            submitted_by: principal.id(),
            submitted_by_person: principal.requester(),
            salt: hex::encode(self.inner.ids.bytes::<16>()?),
            created_at: now,
            imported: submission.history.is_some(),
        };
        let body_digest = body_digest(&core, proposal.as_ref())?;
        let facts = match submission.history {
            Some(_) => Facts::default(),
            None => learned.with(handle.facts(&core, proposal.as_ref())),
        };
        let any = access::allow(principal, Action::RunReportAny, Some(&handle.name));
        let (run_epoch, any_run) = (submission.run_epoch, any.is_ok());
        let history = submission.history;
        Ok(Draft { handle, core, proposal, asked, facts, history, run_epoch, any_run, body_digest })
    }
}

/// Writes one draft with what the transaction knows: the key's holder, the loop in force, the halt.
fn land_one(
    tx: &mut dyn Tx,
    inner: &Inner,
    draft: &Draft,
    early: Option<&Prepared>,
    by: &By,
) -> Result<Landed> {
    let halt = draft.still_holds(tx)?;
    if let Some(key) = &draft.core.key
        && let Some(holder) = cases::by_key(tx, draft.core.loop_id, key)?
    {
        return known_key(tx, draft, key, &holder);
    }
    draft.check_run(tx)?;
    let mut session = draft.session(tx)?;
    let inside = match early {
        Some(early) if early.halted == halt.halted => None,
        _ => Some(draft.land(tx, inner, halt, by, session.as_mut())?),
    };
    let Some(prepared) = inside.as_ref().or(early) else {
        return Err(EngineError::internal("a case was not computed"));
    };
    cases::insert_written(tx, &[prepared.written(&draft.body_digest)?])?;
    prepared.finish(tx, inner, &draft.handle)?;
    if let Some(session) = session {
        session.flush(tx)?;
    }
    Ok(Landed::New(inside.map(|prepared| Box::new(prepared.case))))
}

/// The case that holds a key already: the same submission gets it, another is refused.
pub(super) fn known_key(
    tx: &mut dyn Tx,
    draft: &Draft,
    key: &str,
    holder: &cases::KeyHolder,
) -> Result<Landed> {
    if holder.body_digest != draft.body_digest {
        return Err(EngineError::Conflict {
            code: "key_conflict",
            message: format!("the key `{key}` belongs to a case with another input or proposal"),
            resource: Some(holder.id.to_string()),
        });
    }
    known(tx, &holder.id.to_string())
}

fn known(tx: &mut dyn Tx, id: &str) -> Result<Landed> {
    let id: CaseId = id.parse().map_err(EngineError::internal)?;
    let case = cases::get(tx, id)?.ok_or_else(|| runner::no_case(id))?;
    Ok(Landed::Known(Box::new(case)))
}

impl Draft {
    /// Reads the halt and the loop, locked shared: whether the facts still hold, and whether a halt
    /// is in force.
    pub(super) fn still_holds(&self, tx: &mut dyn Tx) -> Result<HaltState> {
        let halt = halts::read_shared(tx, &self.core.space, self.core.loop_id)?;
        let row = loops::get_shared(tx, self.core.loop_id)?
            .ok_or_else(|| EngineError::not_found(format!("loop {}", self.handle.name)))?;
        let known = (u64::from(self.handle.version), u64::from(self.handle.epoch));
        if (row.head, row.epoch) != known {
            return Err(EngineError::Stale);
        }
        learning::recheck_model(tx, self.core.loop_id, self.facts.model.as_ref())?;
        Ok(halt)
    }

    /// The submission again, for another try under the loop that is in force by then.
    pub(super) fn submission(&self) -> Submission {
        let core = self.core.clone();
        Submission {
            key: core.key,
            subject: core.subject,
            input: core.input,
            // What the loop's own model said is asked for again.
            proposal: self.proposal.clone().filter(|proposal| proposal.by != MACHINE),
            tags: core.tags,
            group: core.group,
            priority: core.priority,
            deadline: core.deadline,
            requested_human: core.requested_human,
            handover: core.handover,
            // The loop's own is looked up again, in the version that is in force by then.
            interim: core.interim.filter(|own| Some(own) != self.handle.spec().interim.as_ref()),
            run: core.run,
            run_epoch: self.run_epoch,
            history: self.history.clone(),
        }
    }

    /// Where the model stood that proposed, where the loop asks.
    pub(super) fn model(&self) -> Option<&ModelFact> {
        self.facts.model.as_ref()
    }

    /// Lets the case in, where it is a gate of a run.
    pub(super) fn check_run(&self, tx: &mut dyn Tx) -> Result<()> {
        runs::gates::check_in(tx, &self.core, self.run_epoch, self.any_run)
    }

    pub(super) fn key(&self) -> Option<&str> {
        self.core.key.as_deref()
    }

    /// Whether earned autonomy has a say in where the case goes.
    pub(super) fn asks_autonomy(&self) -> bool {
        let spec = self.handle.spec();
        let routed = self.asked.next.is_none() && !policy::awaits_checks(spec, &self.facts);
        self.history.is_none() && routed && policy::asks_autonomy(spec, &self.facts)
    }

    /// Whether the first state can only be computed inside the transaction: limits are summed there,
    /// and a call is bound to the halts so far.
    fn looks_inside(&self) -> bool {
        self.history.is_none()
            && (gates::limits::any(&self.handle) || self.handle.spec().holds_action())
    }

    /// The loop's autonomy, locked, where it is asked.
    pub(super) fn session(&self, tx: &mut dyn Tx) -> Result<Option<Session>> {
        self.asks_autonomy().then(|| Session::begin(tx, &self.handle)).transpose()
    }

    /// Computes the first state inside the transaction, where autonomy can be asked. What it says
    /// becomes evidence to come.
    pub(super) fn land(
        &self,
        tx: &mut dyn Tx,
        inner: &Inner,
        halt: HaltState,
        by: &By,
        session: Option<&mut Session>,
    ) -> Result<Prepared> {
        let now = tx.now();
        let mut facts = self.facts.clone();
        let starter = runs::gates::starter(tx, &self.core)?;
        if self.history.is_none() {
            let asks: Vec<_> = starter.into_iter().collect();
            let asks = (&asks[..], halt.halted);
            let proposal = self.proposal.as_ref();
            gates::standing::look(tx, &self.handle, &self.core, proposal, asks, &mut facts)?;
        }
        // A halt sends everything to people; that is no evidence.
        let asks = self.asks_autonomy() && policy::asks_autonomy(self.handle.spec(), &facts);
        let asked = session.filter(|_| !halt.halted && asks).zip(self.proposal.as_ref());
        let mut said = None;
        if let Some((session, proposal)) = asked {
            said = session
                .consult(tx, inner, &self.core, proposal, &self.facts)?
                .map(|said| (session, said));
        }
        if let Some((_, said)) = &said {
            facts.autonomy = Some(said.fact.clone());
        }
        if self.history.is_none() {
            let output = self.proposal.as_ref().map(|proposal| &proposal.output);
            gates::limits::look(tx, &self.handle, &self.core, output, &mut facts)?;
        }
        let prepared = self.decide_on(now, halt, by, facts, starter)?;
        gates::limits::settle(tx, &self.handle, None, &prepared.case)?;
        gates::standing::settle(tx, inner, None, &prepared.case)?;
        let Some((session, said)) = said else { return Ok(prepared) };
        if let Some(route) = &prepared.case.state.route {
            session.tell(tx, inner, self.core.id, &said, route)?;
        }
        Ok(prepared)
    }

    /// Computes the first state of the case and everything that is written with it.
    pub(super) fn decide(&self, now: Timestamp, halt: HaltState, by: &By) -> Result<Prepared> {
        self.decide_on(now, halt, by, self.facts.clone(), None)
    }

    fn decide_on(
        &self,
        now: Timestamp,
        halt: HaltState,
        by: &By,
        facts: Facts,
        starter: Option<tandem_domain::PersonId>,
    ) -> Result<Prepared> {
        let halted = halt.halted;
        let core = CaseCore { created_at: now, ..self.core.clone() };
        let ctx = Context {
            now,
            draws: self.handle.draws(core.id),
            loop_version: self.handle.version,
            epoch: self.handle.epoch,
            halted,
            // Who submits is in the core; whoever started the run is on the same side.
            person: starter,
            lost: tandem_domain::Span::ZERO,
        };
        let (spec, proposal) = (self.handle.spec(), self.proposal.clone());
        let mut outcome = match &self.history {
            None => {
                let asked = self.asked.clone();
                machine::submit_asked(spec, &core, proposal, asked, facts, &ctx)?
            }
            Some(past) => {
                machine::import(spec, &core, proposal, past.output.clone(), past.at, &ctx)?
            }
        };
        gates::binding::bind(spec, &core, &mut outcome.state, halt)?;
        let case = Case { core, state: outcome.state };
        let texts = Texts::of(&case)?;
        let events =
            record::case_events(&case, &texts, &self.handle.name, &outcome.events, by, now)?;
        Ok(Prepared { case, texts, events, effects: outcome.effects, halted, at: now })
    }
}

impl Prepared {
    /// The case with its documents, ready to be stored.
    pub(super) fn written<'a>(&'a self, body_digest: &'a [u8]) -> Result<WrittenCase<'a>> {
        let core = self.texts.core.as_deref();
        let core = core.ok_or_else(|| EngineError::internal("a first state without content"))?;
        let new = NewCase { case: &self.case, body_digest };
        Ok(WrittenCase { new, core, state: &self.texts.state })
    }

    pub(super) fn halted(&self) -> bool {
        self.halted
    }

    /// Writes what goes with a case that was just inserted.
    pub(super) fn finish(
        &self,
        tx: &mut dyn Tx,
        inner: &Inner,
        handle: &Arc<LoopHandle>,
    ) -> Result<()> {
        runs::gates::bind(tx, &self.case.core)?;
        for event in &self.events {
            tx.append_event(event.clone());
        }
        if self.case.state.tasks.iter().any(|task| task.open) {
            tx.wake(Topic::Queue(self.case.core.loop_id));
        }
        runner::apply_first(tx, inner, handle, &self.case, &self.effects, self.at)
    }
}

/// SHA-256 over the canonical input and proposed output: what makes a repeated key the same case.
fn body_digest(core: &CaseCore, proposal: Option<&NewProposal>) -> Result<[u8; 32]> {
    let mut text = canonical::to_string(&core.input)?;
    // A canonical text holds no bare newline, so the two parts cannot run into each other.
    text.push('\n');
    if let Some(proposal) = proposal.filter(|proposal| proposal.by != MACHINE) {
        text.push_str(&record::canonical_text(&proposal.output)?);
    }
    Ok(Sha256::digest(text.as_bytes()).into())
}

/// Checks what travels along with a case.
fn check_handover(handover: &Handover) -> Result<()> {
    let refuse =
        |path: String, message: String| Err(EngineError::invalid("invalid_input", path, message));
    if handover.transcript.len() > MOST_UTTERANCES {
        let message = format!("a transcript has at most {MOST_UTTERANCES} entries; send the last");
        return refuse("/transcript".to_owned(), message);
    }
    for (i, said) in handover.transcript.iter().enumerate() {
        if said.text.is_empty() || said.text.len() > LONGEST {
            return refuse(format!("/transcript/{i}/text"), format!("write 1 to {LONGEST} bytes"));
        }
    }
    if handover.attempted.as_ref().is_some_and(|text| text.len() > LONGEST) {
        return refuse("/attempted".to_owned(), format!("write at most {LONGEST} bytes"));
    }
    Ok(())
}

fn check_names(submission: &Submission) -> Result<()> {
    let names =
        [("/key", &submission.key), ("/subject", &submission.subject), ("/run", &submission.run)];
    let tags = submission.tags.iter().enumerate().map(|(n, tag)| (format!("/tags/{n}"), tag));
    let named = names
        .into_iter()
        .filter_map(|(path, name)| name.as_ref().map(|name| (path.to_owned(), name)));
    for (path, name) in named.chain(tags) {
        if name.is_empty() || name.len() > LONGEST_NAME {
            let message = format!("give 1 to {LONGEST_NAME} bytes");
            return Err(EngineError::invalid("invalid_input", path, message));
        }
    }
    if submission.priority > 9 {
        return Err(EngineError::invalid("invalid_input", "/priority", "a priority is 0 to 9"));
    }
    Ok(())
}
