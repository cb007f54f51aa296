//! Sending what is due by e-mail and chat, and writing down what came of it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use tandem_connect::mail::{Mail, MailError};
use tandem_connect::slack::SlackError;
use tandem_domain::loops::{SignOff, SignOffChannel};
use tandem_domain::notify::{About, Way};
use tandem_domain::{CaseId, EventId, MemberId, RunId, Timestamp, answer};
use tandem_store::notifications::{self as rows, Due, Link, Sent};
use tandem_store::{Topic, Tx, cases, members};
use tokio::sync::broadcast::error::RecvError;

use super::own::visible;
use super::{DEAD, Item, links, words};
use crate::engine::{Engine, Inner};
use crate::errors::{EngineError, Result};
use crate::principal::Principal;
use crate::record::{By, Place, event_record};

const SECOND: i64 = 1_000_000;
/// How long an attempt may take, waiting included.
const LEASE: i64 = 60 * SECOND;
/// Attempts before a message is given up.
pub(super) const MOST_ATTEMPTS: u64 = 10;
/// The longest pause between two attempts.
const LONGEST: i64 = 4 * 3_600 * SECOND;
/// Members and ways looked at in one go, and things in one message.
const BATCH: u32 = 100;
const MOST_ITEMS: u32 = 40;
/// Messages under way at a time.
const FLYING: usize = 8;

/// The longest sleep.
const IDLE: Duration = Duration::from_secs(1);

/// Sends what is due until the engine stops: apart from reading the ledger, which no slow server of
/// mail may hold up. What is under way then is left to its lease.
pub(crate) async fn deliver(engine: Engine) {
    let mut wakes = engine.store().subscribe();
    let mut stop = engine.stopping();
    loop {
        tokio::select! {
            sent = engine.send_notifications_due() => if let Err(error) = sent {
                tracing::warn!(%error, "notifications could not be sent");
            },
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let sleep = tokio::time::sleep(IDLE);
        tokio::pin!(sleep);
        loop {
            tokio::select! {
                () = &mut sleep => break,
                _ = stop.wait_for(|stop| *stop) => return,
                topic = wakes.recv() => match topic {
                    Ok(Topic::Outbox | Topic::All) | Err(RecvError::Lagged(_)) => break,
                    Ok(_) => {}
                    Err(RecvError::Closed) => return,
                },
            }
        }
    }
}

/// What an attempt came to.
enum Verdict {
    Sent,
    /// Not this time; with the seconds the other side asked for.
    Later(String, Option<u32>),
    /// Never.
    Refused(String),
}

/// The pause after the n-th attempt, n from 1.
fn pause(attempt: u64) -> i64 {
    let doubled = (30 * SECOND).saturating_mul(1 << attempt.saturating_sub(1).min(20));
    doubled.min(LONGEST)
}

/// What is needed to write a message: read, and links made, before anything is sent.
struct Letter {
    items: Vec<Item>,
    links: Vec<String>,
    to: String,
    decide: Option<String>,
}

impl Engine {
    /// Sends everything that is due, once, and waits for it; returns how many messages were tried.
    pub async fn send_notifications_due(&self) -> Result<usize> {
        let now = self.now();
        let ways = [Way::Email, Way::Slack].into_iter().filter(|way| self.inner.notifier.has(*way));
        let ways: Vec<Way> = ways.collect();
        // Each way by itself: what waits for one that was taken away stands in nobody's way.
        let due = self.inner.store.read(move |tx| {
            let mut due = Vec::new();
            for way in &ways {
                due.extend(rows::due(tx, now, way.as_str(), BATCH)?);
            }
            Ok::<_, EngineError>(due)
        });
        let due: Vec<Due> = due.await?;
        let tried = due.len();
        let mut flying = tokio::task::JoinSet::new();
        for one in due {
            while flying.len() >= FLYING {
                flying.join_next().await;
            }
            let engine = self.clone();
            flying.spawn(async move {
                if let Err(error) = engine.send_due(&one).await {
                    tracing::warn!(%error, way = one.way, "a notification is left to its lease");
                }
            });
        }
        while flying.join_next().await.is_some() {}
        Ok(tried)
    }

    async fn send_due(&self, due: &Due) -> Result<()> {
        let asked = due.clone();
        let leased = self.inner.store.write(move |tx| {
            let until = Timestamp(tx.now().0 + LEASE);
            rows::lease(tx, &asked, until, MOST_ITEMS)
        });
        let leased = leased.await?;
        if leased.is_empty() {
            return Ok(());
        }
        let letter = self.notification_letter(due, &leased).await?;
        let verdict = match letter {
            // Gone, shut out, or not allowed to know any more: nothing is owed.
            None => Verdict::Sent,
            Some(letter) if due.way == Way::Email.as_str() => self.mail(&letter, &leased).await,
            Some(letter) => self.chat(&letter).await,
        };
        self.settle_notifications(due, leased, verdict).await
    }

    /// What the message says, as its member may know it now; `None` when there is nothing to say.
    async fn notification_letter(&self, due: &Due, leased: &[Sent]) -> Result<Option<Letter>> {
        let (inner, due) = (Arc::clone(&self.inner), due.clone());
        let ids: Vec<_> = leased.iter().map(|sent| sent.notification).collect();
        let origin = self.own_address().unwrap_or_default().to_owned();
        let written = self.inner.store.write(move |tx| {
            let Some((principal, email)) = recipient(tx, due.member)? else { return Ok(None) };
            let to = if due.way == Way::Email.as_str() {
                email
            } else {
                match rows::account_of(tx, due.member)? {
                    Some(account) => account,
                    None => return Ok(None),
                }
            };
            let (mut items, mut addresses) = (Vec::new(), Vec::new());
            for id in &ids {
                let Some(item) = item(tx, *id)? else { continue };
                if !visible(&principal, item.about, &item.loop_name) {
                    continue;
                }
                addresses.push(address(tx, &inner, &origin, &principal, due.member, &item)?);
                items.push(item);
            }
            let slack = due.way == Way::Slack.as_str();
            let decide = match items.as_slice() {
                [only] if slack && only.about == About::Approval => decide(tx, &inner, only)?,
                _ => None,
            };
            let letter = Letter { items, links: addresses, to, decide };
            Ok::<_, EngineError>(Some(letter).filter(|letter| !letter.items.is_empty()))
        });
        written.await
    }

    async fn mail(&self, letter: &Letter, leased: &[Sent]) -> Verdict {
        let Some(mailer) = &self.inner.notifier.mail else {
            return Verdict::Later("e-mail is not set up here".to_owned(), None);
        };
        let settings = format!("{}/settings/notifications", self.own_address().unwrap_or_default());
        let (subject, text) = words::mail(&letter.items, &letter.links, &settings);
        let first = leased.first().map(|sent| sent.notification.to_string()).unwrap_or_default();
        let id = format!("{first}.{}", leased.len());
        let mail = Mail { to: letter.to.clone(), subject, text, id };
        match mailer.send(&mail).await {
            Ok(()) => Verdict::Sent,
            Err(MailError::Refused(why)) => Verdict::Refused(why),
            Err(error) => Verdict::Later(error.to_string(), None),
        }
    }

    async fn chat(&self, letter: &Letter) -> Verdict {
        let Some(slack) = &self.inner.notifier.slack else {
            return Verdict::Later("the chat is not set up here".to_owned(), None);
        };
        let (text, blocks) = match (letter.items.as_slice(), letter.links.as_slice()) {
            ([item], [link]) => {
                let decide = letter.decide.clone().filter(|_| slack.takes_buttons());
                (words::headline(item), words::card(&words::Card { item, link, decide }))
            }
            (items, links) => (format!("{} notifications", items.len()), words::list(items, links)),
        };
        let text = tandem_connect::slack::escape(&text);
        match slack.post(&letter.to, &text, &blocks).await {
            Ok(_) => Verdict::Sent,
            Err(SlackError::Refused(why)) => Verdict::Refused(why),
            Err(SlackError::Later(why, wait)) => Verdict::Later(why, wait),
        }
    }

    async fn settle_notifications(
        &self,
        due: &Due,
        leased: Vec<Sent>,
        verdict: Verdict,
    ) -> Result<()> {
        let (inner, due) = (Arc::clone(&self.inner), due.clone());
        let settled = self.inner.store.write(move |tx| {
            let now = tx.now();
            let (why, wait, for_good) = match &verdict {
                Verdict::Sent => {
                    for sent in &leased {
                        rows::done(tx, sent)?;
                    }
                    return Ok(rows::well(tx, &due.way)?);
                }
                Verdict::Later(why, wait) => (why, wait.map_or(0, |s| i64::from(s) * SECOND), false),
                Verdict::Refused(why) => (why, 0, true),
            };
            if !for_good {
                rows::failed(tx, &due.way, why)?;
            }
            let mut given_up = 0;
            for sent in &leased {
                if for_good || sent.attempts >= MOST_ATTEMPTS {
                    given_up += u64::from(rows::dead(tx, sent, why)?);
                } else {
                    let at = Timestamp(now.0 + pause(sent.attempts).max(wait.min(LONGEST)));
                    rows::retry(tx, sent, at, why)?;
                }
            }
            if given_up > 0 {
                tracing::warn!(way = due.way, member = %due.member, why, "notifications were given up");
                note_dead(tx, &inner, &due, given_up, for_good)?;
            }
            Ok::<_, EngineError>(())
        });
        settled.await
    }
}

/// The event that some messages were given up: admins are told of it in the app.
fn note_dead(tx: &mut dyn Tx, inner: &Inner, due: &Due, count: u64, refused: bool) -> Result<()> {
    let Some(member) = members::get(tx, due.member)? else { return Ok(()) };
    let now = tx.now();
    let id = EventId(inner.ids.uuid(now)?).to_string();
    let mut data = Map::new();
    data.insert("way".to_owned(), due.way.clone().into());
    data.insert("member".to_owned(), due.member.to_string().into());
    data.insert("count".to_owned(), count.into());
    data.insert("refused".to_owned(), Value::Bool(refused));
    let place = Place { space: &member.space, of_loop: None, case: None };
    tx.append_event(event_record(place, &id, DEAD, &By::machine(), now, &data, &[])?);
    Ok(())
}

/// Who a message goes to, with their rights as they are now.
fn recipient(tx: &mut dyn Tx, id: MemberId) -> Result<Option<(Principal, String)>> {
    let Some(principal) = crate::accounts::standing_member(tx, id)? else { return Ok(None) };
    Ok(members::get(tx, id)?.map(|member| (principal, member.email)))
}

fn item(tx: &mut dyn Tx, id: tandem_domain::NotificationId) -> Result<Option<Item>> {
    let Some(told) = rows::get(tx, id)? else { return Ok(None) };
    let Some(about) = About::of(&told.about) else { return Ok(None) };
    Ok(Some(Item {
        id,
        about,
        loop_name: told.loop_name,
        case: told.case,
        details: serde_json::from_str(&told.body).unwrap_or_default(),
        at: told.at,
    }))
}

/// Where something is seen: a link for one member, once, to a case; plain pages need none.
fn address(
    tx: &mut dyn Tx,
    inner: &Inner,
    origin: &str,
    principal: &Principal,
    member: MemberId,
    item: &Item,
) -> Result<String> {
    if let Some(case) = item.case {
        let link = Link {
            space: principal.space.clone(),
            member,
            purpose: "case".to_owned(),
            target: case.to_string(),
        };
        return Ok(format!("{origin}/open#{}", links::make(tx, inner, &link)?));
    }
    let run = item.details.run.as_deref().and_then(|run| run.parse::<RunId>().ok());
    Ok(match (item.about, run) {
        (_, Some(run)) => format!("{origin}/runs/{run}"),
        (About::Channel, _) => format!("{origin}/settings/notifications"),
        (About::Alert, _) => format!("{origin}/queues"),
        _ => format!("{origin}/inbox"),
    })
}

/// The value of buttons that decide a case from a chat: which proposal, and the digest of its
/// bytes. `None` where the loop does not allow it, a passkey is asked for, or nothing is open.
fn decide(tx: &mut dyn Tx, inner: &Inner, item: &Item) -> Result<Option<String>> {
    let Some(case) = item.case else { return Ok(None) };
    let Some(case) = cases::get(tx, case)? else { return Ok(None) };
    let handle = inner.loops.of_case(tx, case.core.loop_id, case.core.loop_version)?;
    Ok(button(&case, &handle))
}

/// As [`decide`], for a case that was read.
pub(super) fn button(
    case: &tandem_domain::Case,
    handle: &crate::loops::LoopHandle,
) -> Option<String> {
    let spec = handle.spec();
    let task = case.state.open_deciding_task()?;
    let proposal = case.state.current_proposal()?;
    let stepped = answer::calls(spec, &proposal.output)
        .any(|call| spec.sign_off(call.spec) != SignOff::Server);
    let allowed = spec.review.channels.contains(&SignOffChannel::Chat)
        && !stepped
        && spec.review.sign_off == SignOff::Server
        && !task.blind;
    allowed.then(|| value(case.core.id, proposal.n, proposal.digest.as_deref().unwrap_or("-")))
}

/// The value of a button.
pub(super) fn value(case: CaseId, proposal: u32, digest: &str) -> String {
    format!("{case} {proposal} {digest}")
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn pauses_double_to_four_hours() {
        let waits: HashMap<u64, i64> = (1..=12).map(|n| (n, pause(n) / SECOND)).collect();
        assert_eq!((waits[&1], waits[&2], waits[&5]), (30, 60, 480));
        assert_eq!((waits[&9], waits[&10], waits[&12]), (7_680, 14_400, 14_400));
        let total: i64 = (1..MOST_ATTEMPTS).map(|n| pause(n) / SECOND).sum();
        assert_eq!(total, 15_330);
    }
}
