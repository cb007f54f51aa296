//! CloudEvents 1.0, JSON format, structured mode.

use serde::Serialize;
use serde_json::Value;
use tandem_domain::Timestamp;

/// One message to the outside.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CloudEvent {
    /// Always `1.0`.
    specversion: &'static str,
    /// Unique per message; the same on redelivery.
    pub id: String,
    /// Who says it: `/spaces/{space}/loops/{loop}`.
    pub source: String,
    /// What happened, as in `tandem.case.decided`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is about: the case, or the loop.
    pub subject: String,
    /// When it happened.
    pub time: Timestamp,
    /// Media type of `data`.
    datacontenttype: &'static str,
    /// The details: ids, status, outcome. Personal content is fetched by id, with a key.
    pub data: Value,
}

impl CloudEvent {
    /// A message about a case of a loop, or about the loop itself.
    pub fn about(
        id: String,
        space: &str,
        loop_name: &str,
        topic: &str,
        subject: &str,
        time: Timestamp,
        data: Value,
    ) -> Self {
        Self {
            specversion: "1.0",
            id,
            source: format!("/spaces/{space}/loops/{loop_name}"),
            kind: format!("tandem.{topic}"),
            subject: subject.to_owned(),
            time,
            datacontenttype: "application/json",
            data,
        }
    }
}
