//! The chat: tying an account to a member, and judgments by button.
//!
//! An account is tied by a link that is sent to it and confirmed in the app by the member who asked:
//! both sides are the same person's then. A button is a judgment of that member on exactly the bytes
//! that the message was about; the request's signature is checked, and it is taken once.

use std::sync::Arc;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tandem_connect::slack::{Posted, Slack, SlackError};
use tandem_domain::CaseId;
use tandem_domain::case::Verdict;
use tandem_domain::command::NewJudgment;
use tandem_store::Tx;
use tandem_store::notifications::{self as rows, Link};

use super::own::own;
use super::{links, send, words};
use crate::accounts::{DEFAULT_SPACE, note};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::principal::Principal;
use crate::review::Said;

/// What became of a button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pressed {
    /// A judgment was made.
    Judged(CaseId),
    /// Nothing was decided, and the person is told why.
    Refused(String),
    /// A button that only opens a page.
    Nothing,
}

/// A button as the chat reports it.
#[derive(Debug)]
struct Press {
    account: String,
    at: Posted,
    action: String,
    value: String,
}

impl Engine {
    fn slack(&self) -> Result<&Slack> {
        self.inner.notifier.slack.as_ref().ok_or_else(|| EngineError::Conflict {
            code: "no_slack",
            message: "no chat is set up: start the server with `--slack-url` and its secrets"
                .to_owned(),
            resource: None,
        })
    }

    /// The account of the chat that is the member's.
    pub async fn slack_account(&self, principal: &Principal) -> Result<Option<String>> {
        let member = own(principal)?;
        self.inner.store.read(move |tx| Ok::<_, EngineError>(rows::account_of(tx, member)?)).await
    }

    /// Sends a link to an account of the chat; who opens it signed in as the same member has tied it.
    pub async fn ask_slack_link(&self, principal: &Principal, account: &str) -> Result<()> {
        let member = own(principal)?;
        let good = (3..=40).contains(&account.len())
            && account.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if !good {
            let message =
                "give the member ID of the chat, as in `U024BE7LH` (profile, ⋮, Copy member ID)";
            return Err(EngineError::invalid("invalid_input", "/account", message));
        }
        let slack = self.slack()?;
        let (inner, space) = (Arc::clone(&self.inner), principal.space.clone());
        let target = account.to_owned();
        let made = self.inner.store.write(move |tx| {
            let link = Link {
                space: space.clone(),
                member,
                purpose: "slack".to_owned(),
                target: target.clone(),
            };
            links::make(tx, &inner, &link)
        });
        let secret = made.await?;
        let origin = self.own_address().unwrap_or_default();
        let address = format!("{origin}/settings/notifications#{secret}");
        let text = "Somebody asked to be told things here, and to decide cases by button. \
                    If it was you, confirm it in the app; if not, do nothing.";
        let blocks = words::settled(text, &address);
        slack.post(account, text, &blocks).await.map(drop).map_err(told)
    }

    /// Ties the account that the link was sent to.
    ///
    /// # Errors
    /// `link_used`, and `account_taken` where the account is another member's.
    pub async fn confirm_slack_link(&self, principal: &Principal, secret: &str) -> Result<String> {
        let member = own(principal)?;
        let (inner, by, secret) = (Arc::clone(&self.inner), principal.clone(), secret.to_owned());
        let tied = self.inner.store.write(move |tx| {
            let account = links::take(tx, &secret, member, "slack")?;
            if !rows::link_account(tx, &by.space, member, &account)? {
                return Err(EngineError::Conflict {
                    code: "account_taken",
                    message: "the account is another member's; they untie it first".to_owned(),
                    resource: None,
                });
            }
            let data = [("member", Value::from(member.to_string()))];
            note(tx, &inner.ids, &by, "member.chat_linked", data)?;
            Ok(account)
        });
        tied.await
    }

    /// Unties the member's account.
    pub async fn unlink_slack(&self, principal: &Principal) -> Result<()> {
        let member = own(principal)?;
        let (inner, by) = (Arc::clone(&self.inner), principal.clone());
        let untied = self.inner.store.write(move |tx| {
            if rows::unlink_account(tx, member)? {
                let data = [("member", Value::from(member.to_string()))];
                note(tx, &inner.ids, &by, "member.chat_unlinked", data)?;
            }
            Ok::<_, EngineError>(())
        });
        untied.await
    }

    /// Takes a request of the chat: who pressed which button. `body` is as it was received.
    ///
    /// # Errors
    /// Unauthenticated for a request that is not the chat's own or too old, `replayed` for one that
    /// was taken before.
    pub async fn slack_interaction(
        &self,
        timestamp: &str,
        signature: &str,
        body: &[u8],
    ) -> Result<Pressed> {
        let slack = self.slack()?;
        let now_s = self.now().0.div_euclid(1_000_000);
        let signed = slack.verify(timestamp, signature, body, now_s).map_err(|why| {
            tracing::warn!(why, "a request of the chat was refused");
            EngineError::Unauthenticated
        })?;
        let hash: [u8; 32] = Sha256::digest(&signed).into();
        let fresh = self
            .inner
            .store
            .write(move |tx: &mut dyn Tx| Ok::<_, EngineError>(rows::accept(tx, &hash)?));
        if !fresh.await? {
            return Err(EngineError::Conflict {
                code: "replayed",
                message: "this request was taken already".to_owned(),
                resource: None,
            });
        }
        let press = press(body)?;
        if !matches!(press.action.as_str(), "tandem_approve" | "tandem_reject") {
            return Ok(Pressed::Nothing);
        }
        let account = press.account.clone();
        let member = self.inner.store.read(move |tx| {
            Ok::<_, EngineError>(rows::member_of_account(tx, DEFAULT_SPACE, &account)?)
        });
        let Some(member) = member.await? else {
            let why =
                "This account is tied to no member. Tie it in the app: Settings, Notifications.";
            return Ok(Pressed::Refused(why.to_owned()));
        };
        let by = self.accounts().standing(DEFAULT_SPACE, &member.to_string()).await?;
        let Some(by) = by else {
            return Ok(Pressed::Refused("This member may not sign in any more.".to_owned()));
        };
        self.press(&by, &press).await
    }

    async fn press(&self, by: &Principal, press: &Press) -> Result<Pressed> {
        let mut parts = press.value.split(' ');
        let id = parts.next().and_then(|id| id.parse::<CaseId>().ok());
        let proposal = parts.next().and_then(|n| n.parse::<u32>().ok());
        let (Some(id), Some(proposal), Some(digest)) = (id, proposal, parts.next()) else {
            return Err(EngineError::invalid(
                "invalid_input",
                "/actions/0/value",
                "no such button",
            ));
        };
        let case = match self.get(by, id).await {
            Ok(case) => case,
            Err(error) => return Ok(self.refuse(press, id, &error.to_string())),
        };
        let handle = self.loop_of(&case).await?;
        // What the message was about, and that the loop still allows it, as they are now.
        if send::button(&case, &handle).as_deref() != Some(press.value.as_str()) {
            let why = "This is not open for a button any more: it changed, it was decided, or the \
                       loop wants it decided in the app.";
            return Ok(self.refuse(press, id, why));
        }
        let approve = press.action == "tandem_approve";
        let judgment = NewJudgment {
            verdict: if approve { Verdict::Approve } else { Verdict::Reject },
            answer: None,
            proposal: Some(proposal),
            reasons: Vec::new(),
            failure_modes: Vec::new(),
            rating: None,
            checklist: Vec::new(),
            comment: None,
            rationale: None,
            notice: None,
            seen: Some(digest.to_owned()).filter(|digest| digest != "-"),
            batch: None,
            signed: None,
            written: tandem_domain::provenance::Written::default(),
            elapsed_ms: 0,
        };
        let said = Said { claim: None, judgment, assertion: None };
        match self.judge(by, id, said, None).await {
            Ok(_) => {
                let what = if approve { "approved" } else { "rejected" };
                self.rewrite(press, id, &format!("You {what} this."));
                Ok(Pressed::Judged(id))
            }
            Err(error) => Ok(self.refuse(press, id, &error.to_string())),
        }
    }

    fn refuse(&self, press: &Press, id: CaseId, why: &str) -> Pressed {
        self.rewrite(press, id, why);
        Pressed::Refused(why.to_owned())
    }

    /// Takes the buttons off a message, in the background: the chat waits three seconds only.
    fn rewrite(&self, press: &Press, id: CaseId, text: &str) {
        let link = format!("{}/cases/{id}", self.own_address().unwrap_or_default());
        let blocks = words::settled(text, &link);
        let (engine, at, text) = (self.clone(), press.at.clone(), text.to_owned());
        tokio::spawn(async move {
            let Ok(slack) = engine.slack() else { return };
            if let Err(error) = slack.update(&at, &text, &blocks).await {
                tracing::warn!(%error, "a message of the chat could not be changed");
            }
        });
    }
}

/// What the chat answered, to a person.
pub(super) fn told(error: SlackError) -> EngineError {
    EngineError::Conflict { code: "slack_refused", message: error.to_string(), resource: None }
}

/// Reads `payload=…`, a form with JSON in it.
fn press(body: &[u8]) -> Result<Press> {
    let bad = |why: &str| EngineError::invalid("invalid_input", "", why.to_owned());
    let text = std::str::from_utf8(body).map_err(|_| bad("the body is no text"))?;
    let field = text.split('&').find_map(|pair| pair.strip_prefix("payload="));
    let payload = field.and_then(decode).ok_or_else(|| bad("there is no field `payload`"))?;
    let payload: Value = serde_json::from_str(&payload).map_err(|_| bad("`payload` is no JSON"))?;
    let text = |paths: &[&str]| {
        let found = paths.iter().find_map(|path| payload.pointer(path)?.as_str());
        found.unwrap_or_default().to_owned()
    };
    if payload.get("type") != Some(&json!("block_actions")) {
        return Err(bad("only buttons are taken"));
    }
    Ok(Press {
        account: text(&["/user/id"]),
        at: Posted {
            channel: text(&["/channel/id", "/container/channel_id"]),
            ts: text(&["/message/ts", "/container/message_ts"]),
        },
        action: text(&["/actions/0/action_id"]),
        value: text(&["/actions/0/value"]),
    })
}

/// Undoes the encoding of forms.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let hex = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&hex).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_decoded_and_a_broken_one_refused() {
        assert_eq!(decode("a+b%20%C3%A4"), Some("a b ä".to_owned()));
        assert_eq!(decode("%"), None);
        assert_eq!(decode("%zz"), None);
        for body in ["", "x=1", "payload=%", "payload=7", "payload=%7B%22type%22%3A%22x%22%7D"] {
            assert!(press(body.as_bytes()).is_err(), "{body}");
        }
    }
}
