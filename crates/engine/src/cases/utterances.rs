//! The live conversation beside a case: agent, reviewers and the person affected.
//!
//! What is said is numbered under the lock of its case, so that everybody reads the same order. The
//! ledger gets a salted commitment of the words, never the words.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tandem_domain::CaseId;
use tandem_domain::case::{Case, Speaker, Status, TakeOver};
use tandem_domain::command::Command;
use tandem_domain::event::Kind;
use tandem_domain::ids::UtteranceId;
use tandem_domain::refusal::{Code, Refusal};
use tandem_ledger::event::commit;
use tandem_store::utterances::{self, Said};
use tandem_store::{Tx, cases};
use tokio::time::Instant;

use super::{IdemKey, in_space, remember, replayed};
use crate::access::{Action, allow, allow_case};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::loops::LoopHandle;
use crate::principal::Principal;
use crate::record::{self, By, Place, RowNote};
use crate::runner::{self, Order, no_case};

/// Longest message in bytes.
pub(super) const LONGEST: usize = 16_384;
/// Most messages of one case.
const MOST: u64 = 5_000;
/// Most messages of one page.
const PAGE: u32 = 500;
/// Longest id of a sender's own in bytes.
const LONGEST_ID: usize = 128;

/// Something to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUtterance {
    /// The sender's own id: sent twice, said once.
    pub client_id: Option<String>,
    /// Who speaks; a person for members who review, else the agent.
    pub speaker: Option<Speaker>,
    /// The words.
    pub body: String,
}

/// A part of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// What was said, in order.
    pub said: Vec<Said>,
    /// The person who has the turn; the agent has it where absent.
    pub taken_over: Option<TakeOver>,
    /// Whether the caller may know who the persons are.
    pub names_members: bool,
}

impl Engine {
    /// Says something on a case. The second value is false where it was said before.
    pub async fn say(
        &self,
        principal: &Principal,
        id: CaseId,
        new: NewUtterance,
        idem: Option<IdemKey>,
    ) -> Result<(Said, bool)> {
        check(&new)?;
        let (inner, asker) = (Arc::clone(&self.inner), principal.clone());
        let fallback = hex::encode(self.inner.ids.bytes::<16>()?);
        let written = self.inner.store.write(move |tx| {
            let case = cases::lock(tx, id)?
                .filter(|case| in_space(&asker, &case.core))
                .ok_or_else(|| no_case(id))?;
            let handle = inner.loops.of_case(tx, case.core.loop_id, case.core.loop_version)?;
            let speaker = speaker(&asker, &case, &handle, new.speaker)?;
            let client_id = match (&new.client_id, replayed(tx, &asker, idem.as_ref())?) {
                (_, Some(known)) => known,
                (Some(own), None) => own.clone(),
                (None, None) => fallback.clone(),
            };
            if let Some(known) = utterances::by_client(tx, id, &asker.id(), &client_id)? {
                return same(known, speaker, &new.body).map(|known| (known, false));
            }
            check_turn(&asker, &case, speaker)?;
            let said = write(tx, &asker, &case, &handle, (speaker, &client_id, &new.body))?;
            remember(tx, &asker, idem.as_ref(), &client_id)?;
            Ok((said, true))
        });
        written.await
    }

    /// What was said on a case after number `after`, and who has the turn. Where nothing was said it
    /// waits, at most `wait`, until something is or the turn changes.
    pub async fn conversation(
        &self,
        principal: &Principal,
        id: CaseId,
        after: u64,
        wait: Duration,
    ) -> Result<Conversation> {
        let deadline = Instant::now() + wait;
        let waiter = self.inner.waiters.register(id);
        let mut stop = self.stopping();
        let mut turn = None;
        loop {
            let notified = waiter.notify.notified();
            tokio::pin!(notified);
            // From here on no wake is missed; only then is the conversation read.
            notified.as_mut().enable();
            let case = self.read_case(principal, id).await?;
            let handle = self.loop_of(&case).await?;
            let (action, own) = (Action::MessageRead, Action::MessageReadOwn);
            allow_case(principal, action, own, &handle.name, &case.core)
                .map_err(|_| no_case(id))?;
            let said =
                self.inner.store.read(move |tx| utterances::of_case(tx, id, after, PAGE)).await?;
            let taken_over = case.state.taken_over;
            let moved = *turn.get_or_insert(taken_over) != taken_over;
            let names_members = allow(principal, action, Some(&handle.name)).is_ok();
            let found = Conversation { said, taken_over, names_members };
            let over = case.state.status == Status::Cancelled;
            if !found.said.is_empty() || moved || over || Instant::now() >= deadline {
                return Ok(found);
            }
            tokio::select! {
                () = &mut notified => {}
                () = tokio::time::sleep_until(deadline) => {}
                _ = stop.wait_for(|stop| *stop) => return Ok(found),
            }
        }
    }

    /// A reviewer at work on the case takes the turn: the agent's messages are refused from then on,
    /// and where the case belongs to a run, its gates are shut.
    pub async fn take_over(
        &self,
        principal: &Principal,
        id: CaseId,
        idem: Option<IdemKey>,
    ) -> Result<Case> {
        let asker = principal.clone();
        self.perform(principal, id, false, idem, move |_, handle| {
            allow(&asker, Action::Claim, Some(&handle.name))?;
            Ok(Command::TakeOver { reviewer: asker.reviewer(Some(&handle.name))? })
        })
        .await
    }

    /// Gives the turn back to the agent, with a note of what it should know.
    pub async fn hand_back(
        &self,
        principal: &Principal,
        id: CaseId,
        note: String,
        idem: Option<IdemKey>,
    ) -> Result<Case> {
        if note.trim().is_empty() || note.len() > LONGEST {
            let message = format!("tell the agent in 1 to {LONGEST} bytes how things stand");
            return Err(EngineError::invalid("invalid_input", "/note", message));
        }
        let (inner, asker) = (Arc::clone(&self.inner), principal.clone());
        let by = By::principal(principal);
        let client_id = hex::encode(self.inner.ids.bytes::<16>()?);
        let done = self.inner.store.write(move |tx| {
            if replayed(tx, &asker, idem.as_ref())?.is_some() {
                return cases::get(tx, id)?.ok_or_else(|| no_case(id));
            }
            let make = |_: &Case, handle: &LoopHandle| {
                if allow(&asker, Action::HandBackAny, Some(&handle.name)).is_ok() {
                    return Ok(Command::HandBack { by: None });
                }
                allow(&asker, Action::Claim, Some(&handle.name))?;
                let by = Some(asker.reviewer(Some(&handle.name))?);
                Ok(Command::HandBack { by })
            };
            let space = Some(asker.space.as_str());
            let order =
                Order { case: id, space, decides: false, make: &make, facts: None, by: &by };
            let ran = runner::run(tx, &inner, &order)?;
            let words = (Speaker::Note, client_id.as_str(), note.as_str());
            write(tx, &asker, &ran.case, &ran.handle, words)?;
            remember(tx, &asker, idem.as_ref(), &id.to_string())?;
            Ok(ran.case)
        });
        done.await
    }
}

fn check(new: &NewUtterance) -> Result<()> {
    if new.body.trim().is_empty() || new.body.len() > LONGEST {
        let message = format!("a message has 1 to {LONGEST} bytes");
        return Err(EngineError::invalid("invalid_input", "/body", message));
    }
    if new.client_id.as_ref().is_some_and(|id| id.is_empty() || id.len() > LONGEST_ID) {
        let message = format!("an id of your own has 1 to {LONGEST_ID} bytes");
        return Err(EngineError::invalid("invalid_input", "/id", message));
    }
    Ok(())
}

/// Who speaks, and whether the principal may speak so.
fn speaker(
    principal: &Principal,
    case: &Case,
    handle: &LoopHandle,
    asked: Option<Speaker>,
) -> Result<Speaker> {
    let person = || -> Result<()> {
        allow(principal, Action::MessageWrite, Some(&handle.name))?;
        principal.reviewer(Some(&handle.name)).map(|_| ())
    };
    let speaker = match asked {
        Some(Speaker::Note) => {
            let message = "a note goes with giving the turn back; say it as `person`";
            return Err(EngineError::invalid("invalid_input", "/from", message));
        }
        Some(speaker) => speaker,
        None if person().is_ok() => Speaker::Person,
        None => Speaker::Agent,
    };
    if speaker == Speaker::Person {
        person()?;
    } else {
        let (action, own) = (Action::MessageRelay, Action::MessageRelayOwn);
        allow_case(principal, action, own, &handle.name, &case.core)?;
    }
    Ok(speaker)
}

/// Whether it is this speaker's turn. The person affected is always heard.
fn check_turn(principal: &Principal, case: &Case, speaker: Speaker) -> Result<()> {
    if case.state.status == Status::Cancelled {
        let message = "the case is cancelled: nobody listens any more";
        return Err(Refusal::new(Code::InvalidTransition, message).into());
    }
    let Some(held) = case.state.taken_over else { return Ok(()) };
    let own = principal.member().is_some_and(|(member, _)| member == held.member);
    let message = match speaker {
        Speaker::Agent => {
            "a person has taken over this conversation: stay silent until they give the turn back"
        }
        Speaker::Person if !own => {
            "somebody else has taken over this conversation and speaks alone"
        }
        Speaker::Person | Speaker::Subject | Speaker::Note => return Ok(()),
    };
    Err(Refusal::new(Code::TakenOver, message).into())
}

fn same(known: Said, speaker: Speaker, body: &str) -> Result<Said> {
    if known.speaker == speaker && known.body == body {
        return Ok(known);
    }
    Err(EngineError::Conflict {
        code: "key_conflict",
        message: format!("the id `{}` belongs to another message", known.client_id),
        resource: Some(name_of(&known)),
    })
}

/// Writes what is said and its event. The case is locked.
fn write(
    tx: &mut dyn Tx,
    principal: &Principal,
    case: &Case,
    handle: &LoopHandle,
    (speaker, client_id, body): (Speaker, &str, &str),
) -> Result<Said> {
    let n = utterances::last(tx, case.core.id)? + 1;
    if n > MOST {
        let message = format!("a conversation has at most {MOST} messages");
        return Err(Refusal::new(Code::InvalidTransition, message).into());
    }
    let now = tx.now();
    let said = Said {
        case_id: case.core.id,
        n,
        space: case.core.space.clone(),
        client_id: client_id.to_owned(),
        speaker,
        said_by: principal.id(),
        member_id: principal.member().map(|(member, _)| member),
        body: body.to_owned(),
        at: now,
    };
    utterances::insert(tx, &said)?;
    let text = record::canonical_text(&record_of(&said))?;
    let row = RowNote {
        table: record::UTTERANCES,
        id: name_of(&said),
        commitment: Some(commit(&record::salt_of(&case.core)?, text.as_bytes())),
    };
    let place = Place {
        space: &case.core.space,
        of_loop: Some((handle.id, &handle.name)),
        case: Some(case.core.id),
    };
    let data = json!({"message": name_of(&said), "n": n, "from": speaker});
    let data = data.as_object().cloned().unwrap_or_default();
    let (id, kind) = (event_id(&said), Kind::MessagePosted.as_str());
    let by = By::principal(principal);
    tx.append_event(record::event_record(place, &id, kind, &by, now, &data, &[row])?);
    Ok(said)
}

/// The name of something that was said, by its case and number.
pub(crate) fn name_of(said: &Said) -> String {
    let n = u32::try_from(said.n).unwrap_or(u32::MAX);
    UtteranceId { case: said.case_id, n }.to_string()
}

/// The id of its event: not `evt_<case>-<n>`, which is a revision of the case itself.
pub(crate) fn event_id(said: &Said) -> String {
    format!("evt_{}", name_of(said))
}

/// The record that the ledger commits to.
pub(crate) fn record_of(said: &Said) -> Value {
    json!({
        "id": name_of(said),
        "case": said.case_id,
        "n": said.n,
        "from": said.speaker,
        "by": said.said_by,
        "client_id": said.client_id,
        "body": said.body,
        "at": said.at,
    })
}
