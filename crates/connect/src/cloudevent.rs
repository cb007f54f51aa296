//! CloudEvents 1.0, JSON format, structured mode.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
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

/// What a message that came in carries, once its envelope is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// What names it, from `source` and `id`; none where it is no CloudEvent.
    pub id: Option<String>,
    /// Its data, as JSON text.
    pub data: Vec<u8>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    specversion: Option<String>,
    id: Option<String>,
    source: Option<String>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    data_base64: Option<serde::de::IgnoredAny>,
}

/// Opens a structured CloudEvent; what has no `specversion` is no CloudEvent and left as it is.
///
/// # Errors
/// What is missing, with the JSON pointer of it.
pub fn open(body: &[u8]) -> Result<Opened, (String, &'static str)> {
    let plain = || Opened { id: None, data: body.to_vec() };
    let Ok(envelope) = serde_json::from_slice::<Envelope<'_>>(body) else { return Ok(plain()) };
    let Some(version) = envelope.specversion else { return Ok(plain()) };
    let fault = |path: &str, why| Err((path.to_owned(), why));
    if version != "1.0" {
        return fault("/specversion", "only CloudEvents 1.0 are read");
    }
    if envelope.data_base64.is_some() {
        return fault("/data_base64", "give the case as JSON in `data`");
    }
    let named = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let Some(id) = named(&envelope.id) else { return fault("/id", "a CloudEvent has an id") };
    let Some(source) = named(&envelope.source) else {
        return fault("/source", "a CloudEvent has a source");
    };
    let Some(data) = envelope.data else {
        return fault("/data", "the case is missing; give it as JSON in `data`");
    };
    Ok(Opened { id: Some(format!("{source}#{id}")), data: data.get().as_bytes().to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_is_opened_and_anything_else_left_alone() {
        let event =
            br#"{"specversion":"1.0","id":"7","source":"/shop","type":"x","data":{"input":{}}}"#;
        let opened = open(event).unwrap();
        assert_eq!(opened.id.as_deref(), Some("/shop#7"));
        assert_eq!(opened.data, br#"{"input":{}}"#);
        let case = br#"{"input":{"id":"7"},"key":"k"}"#;
        assert_eq!(open(case).unwrap(), Opened { id: None, data: case.to_vec() });
        assert_eq!(open(b"no json").unwrap().data, b"no json");
    }

    #[test]
    fn what_an_envelope_lacks_is_said() {
        for (text, path) in [
            (r#"{"specversion":"0.3","id":"7","source":"/s","data":{}}"#, "/specversion"),
            (r#"{"specversion":"1.0","source":"/s","data":{}}"#, "/id"),
            (r#"{"specversion":"1.0","id":"7","source":"","data":{}}"#, "/source"),
            (r#"{"specversion":"1.0","id":"7","source":"/s"}"#, "/data"),
            (
                r#"{"specversion":"1.0","id":"7","source":"/s","data_base64":"e30="}"#,
                "/data_base64",
            ),
        ] {
            assert_eq!(open(text.as_bytes()).unwrap_err().0, path, "{text}");
        }
    }
}
