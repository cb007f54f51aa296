//! The one place where gates ask about their run.
//!
//! A case is a gate of a run when its `run` is a run's id; any other text there is only a label.
//! Submitting a gate and taking its grant read the run's row shared in their own transaction.

use tandem_domain::case::{Case, CaseCore};
use tandem_domain::refusal::{Code, Refusal};
use tandem_domain::run::RunStatus;
use tandem_domain::{PersonId, RunId};
use tandem_store::runs::{self, RunGround};
use tandem_store::{Tx, keys, utterances};

use super::{Standing, pending};
use crate::errors::{EngineError, Result};

/// The run that a case is a gate of.
fn run_of(core: &CaseCore) -> Option<Result<RunId>> {
    let text = core.run.as_deref().filter(|text| text.starts_with("run_") && !core.imported)?;
    Some(text.parse().map_err(|_| no_such(text)))
}

fn no_such(text: &str) -> EngineError {
    let message = format!("there is no run `{text}`; start one with `POST /v1/runs`");
    EngineError::invalid("invalid_input", "/run", message)
}

/// Lets a gate be submitted: its run works, under the newest orders, and is the submitter's
/// (`any`: or anybody's).
pub(crate) fn check_in(
    tx: &mut dyn Tx,
    core: &CaseCore,
    epoch: Option<u64>,
    any: bool,
) -> Result<()> {
    let Some(id) = run_of(core).transpose()? else { return Ok(()) };
    let ground = runs::ground_shared(tx, id)?
        .filter(|ground| ground.core.space == core.space)
        .ok_or_else(|| no_such(&id.to_string()))?;
    let person = core.submitted_by_person;
    let own = ground.core.started_by == core.submitted_by
        || (person.is_some() && ground.core.started_by_person == person);
    if !own && !any {
        return Err(no_such(&id.to_string()));
    }
    works(tx, id, &ground, epoch.unwrap_or(ground.obeyed))
}

/// The person who started the run of a case: they asked for its calls, whoever hands them in.
pub(crate) fn starter(tx: &mut dyn Tx, core: &CaseCore) -> Result<Option<PersonId>> {
    let Some(Ok(id)) = run_of(core) else { return Ok(None) };
    let Some(ground) = runs::ground_shared(tx, id)? else { return Ok(None) };
    if let (None, Ok(key)) = (ground.core.started_by_person, ground.core.started_by.parse()) {
        // A machine's key: whoever made it asked.
        return Ok(keys::get(tx, key)?.and_then(|key| key.made_by));
    }
    Ok(ground.core.started_by_person)
}

/// Remembers that a case is a gate of its run.
pub(crate) fn bind(tx: &mut dyn Tx, core: &CaseCore) -> Result<()> {
    match run_of(core).transpose()? {
        Some(id) => Ok(runs::add_gate(tx, id, core.id, &core.space)?),
        None => Ok(()),
    }
}

/// Lets a gate give its grant, and counts it. The case is locked.
pub(crate) fn grant(tx: &mut dyn Tx, case: &Case) -> Result<()> {
    // Labels of old that look like an id and name no run bind nothing.
    let Some(Ok(id)) = run_of(&case.core) else { return Ok(()) };
    let Some(ground) = runs::ground_shared(tx, id)? else { return Ok(()) };
    works(tx, id, &ground, ground.obeyed)?;
    if let Some(taken) = utterances::taken_over(tx, id)? {
        let message = format!(
            "a person has taken over {taken} of this run; its gates stay shut until they give the \
             turn back"
        );
        return Err(Refusal::new(Code::TakenOver, message).into());
    }
    Ok(runs::granted(tx, id, case.core.id)?)
}

/// Keeps the gates of a case's run shut while a person has the turn, from the same transaction that
/// says so. The case is locked, and the run is locked after it: a grant that is being given is
/// waited for, and the next one sees this.
pub(crate) fn turn(tx: &mut dyn Tx, before: &Case, after: &Case) -> Result<()> {
    match (before.state.taken_over.is_some(), after.state.taken_over.is_some()) {
        (false, true) => {
            let run = match run_of(&after.core) {
                Some(Ok(id)) => runs::lock(tx, id)?.map(|_| id),
                _ => None,
            };
            utterances::take_over(tx, after.core.id, run, &after.core.space)?;
        }
        (true, false) => utterances::hand_back(tx, after.core.id)?,
        _ => {}
    }
    Ok(())
}

fn works(tx: &mut dyn Tx, id: RunId, ground: &RunGround, epoch: u64) -> Result<()> {
    let alive = ground.lease_until.is_some_and(|until| until >= tx.now());
    let (code, message) = match ground.status {
        RunStatus::Running if !alive => ("run_lost", "the run did not check in".to_owned()),
        RunStatus::Running if epoch != ground.epoch => {
            let message = format!(
                "the run obeyed epoch {epoch} and was told {}: read and obey its controls first",
                ground.epoch
            );
            ("run_stale_epoch", message)
        }
        RunStatus::Running => return Ok(()),
        RunStatus::Lost => ("run_lost", "the run did not check in".to_owned()),
        status => ("run_not_running", format!("the run is {}", status.as_str())),
    };
    let standing = Standing {
        id,
        status: ground.status,
        epoch: ground.epoch,
        obeyed: ground.obeyed,
        pending: pending(tx, id, ground.obeyed)?,
    };
    let message = format!("{message}; its gates stay shut");
    Err(EngineError::Run { code, message, run: Box::new(standing) })
}
