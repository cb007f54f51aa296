//! What messages say: which kind, loop, tool and risk, and a link. Nothing of a case's content.

use std::fmt::Write as _;

use serde_json::{Value, json};
use tandem_connect::slack::escape;
use tandem_domain::notify::About;

use super::Item;

/// Longest title in a message, in characters.
const TITLE: usize = 120;

/// One line that says what happened.
pub(super) fn headline(item: &Item) -> String {
    let details = &item.details;
    let what = match item.about {
        About::Approval => "Approval wanted".to_owned(),
        About::Escalated => "A case was escalated to you".to_owned(),
        About::Deadline => "A case you hold is due soon".to_owned(),
        About::Overruled => "Your judgment was overruled".to_owned(),
        About::Message => "A new message in a conversation you hold".to_owned(),
        About::Alert => format!("Alert: {}", details.on.as_deref().unwrap_or("a bound was passed")),
        About::Unconsumed => "An approval was never used".to_owned(),
        About::Channel => {
            format!("A message by {} was given up", details.on.as_deref().unwrap_or("?"))
        }
        About::Digest => {
            let (waiting, unread) = (details.waiting.unwrap_or(0), details.unread.unwrap_or(0));
            return format!("{waiting} cases wait for review, {unread} notifications are unread");
        }
    };
    let mut line = what;
    let place = [Some(details.title.as_str()), details.tool.as_deref()];
    let place: Vec<String> =
        place.into_iter().flatten().filter(|t| !t.is_empty()).map(short).collect();
    if !place.is_empty() {
        let _ = write!(line, ": {}", place.join(" – "));
    }
    if let Some(risk) = &details.risk {
        let _ = write!(line, " ({risk} risk)");
    }
    line
}

/// Text of one line, not too long.
fn short(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut cut: String = line.chars().take(TITLE).collect();
    if cut.len() < line.len() {
        cut.push('…');
    }
    cut
}

/// Subject and text of a mail about some things; `links` in the same order.
pub(super) fn mail(items: &[Item], links: &[String], settings: &str) -> (String, String) {
    let subject = match items {
        [only] => headline(only),
        many => format!("{} notifications", many.len()),
    };
    let mut text = String::new();
    for (item, link) in items.iter().zip(links) {
        let _ = writeln!(text, "{}", headline(item));
        if let Some(due) = item.details.due {
            let _ = writeln!(text, "due {}", due.to_minute());
        }
        let _ = writeln!(text, "{link}\n");
    }
    let _ = write!(
        text,
        "Links open the page after you signed in; opening decides nothing.\n\
         What you are told of: {settings}\n"
    );
    (format!("[Tandem] {subject}"), text)
}

/// What a card in a chat offers.
pub(super) struct Card<'a> {
    /// What happened.
    pub(super) item: &'a Item,
    /// Where its page is.
    pub(super) link: &'a str,
    /// The value of the buttons that decide; without one there are none.
    pub(super) decide: Option<String>,
}

/// A message with a button to the page, and with buttons that decide where that is allowed.
pub(super) fn card(card: &Card<'_>) -> Value {
    let mut buttons = Vec::new();
    if let Some(value) = &card.decide {
        for (action, text, style) in
            [("tandem_approve", "Approve", "primary"), ("tandem_reject", "Reject", "danger")]
        {
            buttons.push(json!({
                "type": "button", "action_id": action, "value": value, "style": style,
                "text": {"type": "plain_text", "text": text},
                "confirm": {
                    "title": {"type": "plain_text", "text": text},
                    "text": {"type": "plain_text", "text": "This is recorded as your judgment."},
                    "confirm": {"type": "plain_text", "text": text},
                    "deny": {"type": "plain_text", "text": "Back"},
                },
            }));
        }
    }
    buttons.push(json!({
        "type": "button", "action_id": "tandem_open", "url": card.link,
        "text": {"type": "plain_text", "text": "Open"},
    }));
    json!([section(&headline(card.item)), {"type": "actions", "elements": buttons}])
}

/// Several things in one message.
pub(super) fn list(items: &[Item], links: &[String]) -> Value {
    // A message holds 50 blocks.
    let lines = items.iter().zip(links).take(48);
    let blocks = lines.map(|(item, link)| {
        json!({"type": "section", "text": {"type": "mrkdwn",
            "text": format!("{} <{link}|Open>", escape(&headline(item)))}})
    });
    blocks.collect()
}

/// A message that offers nothing any more.
pub(super) fn settled(text: &str, link: &str) -> Value {
    json!([section(text), {"type": "actions", "elements": [{
        "type": "button", "action_id": "tandem_open", "url": link,
        "text": {"type": "plain_text", "text": "Open"},
    }]}])
}

fn section(text: &str) -> Value {
    json!({"type": "section", "text": {"type": "mrkdwn", "text": escape(text)}})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::Details;
    use tandem_domain::{NotificationId, Timestamp};

    #[test]
    fn titles_are_one_short_line_and_no_markup() {
        let item = Item {
            id: NotificationId::from_bytes([0; 16]),
            about: About::Approval,
            loop_name: "refunds".to_owned(),
            case: None,
            details: Details {
                title: "Refunds\r\nBcc: everybody@example.org".to_owned(),
                tool: Some("<!channel>".to_owned()),
                risk: Some("high".to_owned()),
                ..Details::default()
            },
            at: Timestamp(0),
        };
        let line = headline(&item);
        assert_eq!(
            line,
            "Approval wanted: Refunds  Bcc: everybody@example.org – <!channel> (high risk)"
        );
        let card = card(&Card { item: &item, link: "https://t.example/x", decide: None });
        let text = card.pointer("/0/text/text").and_then(Value::as_str).unwrap();
        assert!(text.contains("&lt;!channel&gt;"), "{text}");
        assert_eq!(card.pointer("/1/elements").and_then(Value::as_array).unwrap().len(), 1);
    }
}
