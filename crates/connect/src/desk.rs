//! Requests made from a template: how a help desk is told of a case, whatever desk it is.
//!
//! A template is a method, an address, headers and a JSON body in which `{{case.id}}` and the like
//! stand for values. Values are put into the parsed body, never into its text, and percent-encoded
//! in the address, so nothing that a case says can change what the request is. Secrets stand in
//! headers alone, by name.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Map, Value};

use crate::http::Target;

/// Longest text of a template, and of what stands for one placeholder in an address or a header.
const LONGEST: usize = 16_384;
/// Deepest body.
const DEEPEST: usize = 32;
/// What placeholders begin with.
const ROOTS: [&str; 4] = ["case", "ticket", "event", "secret"];

/// A request with placeholders.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Template {
    /// `POST`, `PUT` or `PATCH`.
    pub method: String,
    /// The address; placeholders stand behind the host only.
    pub url: String,
    /// Headers by name.
    pub headers: Vec<(String, String)>,
    /// The body; the strings in it hold placeholders.
    pub body: Value,
}

/// A fault of a template, or of what fills it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct TemplateError {
    /// JSON pointer into the template.
    pub path: String,
    /// What is wrong and how to mend it.
    pub why: String,
}

fn fault<T>(path: &str, why: impl Into<String>) -> Result<T, TemplateError> {
    Err(TemplateError { path: path.to_owned(), why: why.into() })
}

/// A template that was filled.
#[derive(Debug, Clone)]
pub struct Filled {
    /// The method.
    pub method: Method,
    /// Where it goes.
    pub target: Target,
    /// Its headers, `content-type` included.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

/// A piece of a text with placeholders.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    /// A dotted name and whether its value is put in Base64.
    Value(&'a str, bool),
}

/// Cuts a text at its placeholders.
fn pieces<'a>(text: &'a str, path: &str) -> Result<Vec<Piece<'a>>, TemplateError> {
    if text.len() > LONGEST {
        return fault(path, format!("a text of a template takes at most {LONGEST} bytes"));
    }
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((inner, behind)) = after.split_once("}}") else {
            return fault(path, "a placeholder is opened with `{{` and not closed with `}}`");
        };
        if !before.is_empty() {
            found.push(Piece::Text(before));
        }
        let (name, filter) = match inner.split_once('|') {
            Some((name, filter)) => (name.trim(), Some(filter.trim())),
            None => (inner.trim(), None),
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        let root = name.split('.').next().unwrap_or_default();
        if name.is_empty() || !name.chars().all(plain) || !ROOTS.contains(&root) {
            return fault(
                path,
                format!(
                    "`{{{{{inner}}}}}` is no placeholder; they are {{{{case.…}}}}, {{{{ticket.…}}}}, {{{{event.…}}}} and, in headers, {{{{secret.NAME}}}}"
                ),
            );
        }
        if filter.is_some_and(|filter| filter != "base64") || (filter.is_some() && root != "secret")
        {
            return fault(path, "the one filter is `base64`, of secrets: {{secret.NAME|base64}}");
        }
        found.push(Piece::Value(name, filter.is_some()));
        rest = behind;
    }
    if !rest.is_empty() {
        found.push(Piece::Text(rest));
    }
    Ok(found)
}

impl Template {
    /// Looks for faults that show without values.
    ///
    /// # Errors
    /// The first fault, with its place.
    pub fn check(&self) -> Result<(), TemplateError> {
        self.method()?;
        let (prefix, _) = self.url.split_once("{{").unwrap_or((&self.url, ""));
        let open = prefix.split_once("://").is_none_or(|(_, rest)| !rest.contains('/'));
        if open && self.url.contains("{{") {
            return fault("/url", "placeholders stand behind the host: https://desk.example/…");
        }
        prefix.parse::<Target>().or_else(|error| fault("/url", error.to_string()))?;
        for piece in pieces(&self.url, "/url")? {
            no_secret(&piece, "/url")?;
        }
        for (at, (name, value)) in self.headers.iter().enumerate() {
            let path = format!("/headers/{}", name.replace('~', "~0").replace('/', "~1"));
            if at >= 32 {
                return fault(&path, "a template takes at most 32 headers");
            }
            header_name(name, &path)?;
            if value.chars().any(char::is_control) {
                return fault(&path, "a header takes no line breaks");
            }
            pieces(value, &path)?;
        }
        check_body(&self.body, "/body", 0)
    }

    fn method(&self) -> Result<Method, TemplateError> {
        match self.method.as_str() {
            "POST" => Ok(Method::POST),
            "PUT" => Ok(Method::PUT),
            "PATCH" => Ok(Method::PATCH),
            _ => fault("/method", "the method is POST, PUT or PATCH"),
        }
    }

    /// The names of the secrets it sends.
    pub fn secrets(&self) -> Vec<String> {
        let mut names = Vec::new();
        for (_, value) in &self.headers {
            for piece in pieces(value, "").unwrap_or_default() {
                if let Piece::Value(name, _) = piece
                    && let Some(name) = name.strip_prefix("secret.")
                {
                    names.push(name.to_owned());
                }
            }
        }
        names
    }

    /// Puts values in. `secret` gives a secret by name, where it may be sent to the target.
    ///
    /// # Errors
    /// When a secret is not there, and when a value that the address needs is not.
    pub fn fill(
        &self,
        values: &Value,
        secret: &dyn Fn(&str, &Target) -> Result<String, String>,
    ) -> Result<Filled, TemplateError> {
        let mut url = String::with_capacity(self.url.len());
        for piece in pieces(&self.url, "/url")? {
            no_secret(&piece, "/url")?;
            match piece {
                Piece::Text(text) => url.push_str(text),
                Piece::Value(name, _) => {
                    let text = text_of(look_up(values, name));
                    if text.is_empty() {
                        return fault(
                            "/url",
                            format!("the address needs `{name}`, which is empty"),
                        );
                    }
                    encode(&text, &mut url);
                }
            }
        }
        let target: Target = url
            .parse()
            .or_else(|error: crate::http::TargetError| fault("/url", error.to_string()))?;
        let mut headers = HeaderMap::new();
        headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in &self.headers {
            let path = format!("/headers/{name}");
            let mut text = String::new();
            let mut hidden = false;
            for piece in pieces(value, &path)? {
                match piece {
                    Piece::Text(part) => text.push_str(part),
                    Piece::Value(name, in_base64) => match name.strip_prefix("secret.") {
                        Some(name) => {
                            let value = secret(name, &target).or_else(|why| fault(&path, why))?;
                            hidden = true;
                            if in_base64 {
                                text.push_str(&STANDARD.encode(value));
                            } else {
                                text.push_str(&value);
                            }
                        }
                        None => text.push_str(&text_of(look_up(values, name))),
                    },
                }
            }
            let Ok(mut value) = HeaderValue::from_str(&text) else {
                return fault(&path, "what stands for its placeholder fits in no header");
            };
            value.set_sensitive(hidden);
            headers.insert(header_name(name, &path)?, value);
        }
        let body = fill_body(&self.body, values)?;
        let body = serde_json::to_vec(&body).or_else(|error| fault("/body", error.to_string()))?;
        Ok(Filled { method: self.method()?, target, headers, body })
    }
}

fn header_name(name: &str, path: &str) -> Result<HeaderName, TemplateError> {
    let reserved = ["host", "content-length", "transfer-encoding", "connection", "upgrade"];
    let Ok(name) = name.parse::<HeaderName>() else {
        return fault(path, "this is no name of a header");
    };
    if reserved.contains(&name.as_str()) {
        return fault(path, "this header is not yours to set");
    }
    Ok(name)
}

fn no_secret(piece: &Piece<'_>, path: &str) -> Result<(), TemplateError> {
    match piece {
        Piece::Value(name, _) if name.starts_with("secret") => {
            fault(path, "secrets stand in headers only: addresses and bodies end up in logs")
        }
        _ => Ok(()),
    }
}

fn check_body(body: &Value, path: &str, depth: usize) -> Result<(), TemplateError> {
    if depth > DEEPEST {
        return fault(path, format!("a body is at most {DEEPEST} deep"));
    }
    match body {
        Value::String(text) => {
            for piece in pieces(text, path)? {
                no_secret(&piece, path)?;
            }
            Ok(())
        }
        Value::Array(all) => all
            .iter()
            .enumerate()
            .try_for_each(|(at, one)| check_body(one, &format!("{path}/{at}"), depth + 1)),
        Value::Object(all) => all.iter().try_for_each(|(name, one)| {
            let name = name.replace('~', "~0").replace('/', "~1");
            check_body(one, &format!("{path}/{name}"), depth + 1)
        }),
        _ => Ok(()),
    }
}

/// A string that is one placeholder becomes its value, whatever kind that has; in longer texts values
/// are written as text.
fn fill_body(body: &Value, values: &Value) -> Result<Value, TemplateError> {
    Ok(match body {
        Value::String(text) => {
            let found = pieces(text, "/body")?;
            for piece in &found {
                no_secret(piece, "/body")?;
            }
            if let [Piece::Value(name, _)] = found[..] {
                return Ok(look_up(values, name).cloned().unwrap_or(Value::Null));
            }
            let mut filled = String::with_capacity(text.len());
            for piece in found {
                match piece {
                    Piece::Text(text) => filled.push_str(text),
                    Piece::Value(name, _) => filled.push_str(&text_of(look_up(values, name))),
                }
            }
            Value::String(filled)
        }
        Value::Array(all) => {
            Value::Array(all.iter().map(|one| fill_body(one, values)).collect::<Result<_, _>>()?)
        }
        Value::Object(all) => {
            let mut filled = Map::new();
            for (name, one) in all {
                filled.insert(name.clone(), fill_body(one, values)?);
            }
            Value::Object(filled)
        }
        other => other.clone(),
    })
}

fn look_up<'a>(values: &'a Value, name: &str) -> Option<&'a Value> {
    name.split('.').try_fold(values, |value, part| value.get(part))
}

fn text_of(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// Percent-encodes all but unreserved characters (RFC 3986).
fn encode(text: &str, into: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            into.push(char::from(byte));
        } else {
            into.push('%');
            for digit in [byte >> 4, byte & 15] {
                into.push(
                    char::from_digit(u32::from(digit), 16).unwrap_or('0').to_ascii_uppercase(),
                );
            }
        }
    }
}

/// What a JSON pointer finds, as text: ids are numbers at some desks and texts at others.
pub fn text_at(value: &Value, pointer: &str) -> Option<String> {
    match value.pointer(pointer)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
    .filter(|text| !text.is_empty() && text.len() <= LONGEST && !text.contains('\0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn template() -> Template {
        Template {
            method: "POST".to_owned(),
            url: "https://desk.example/api/{{case.key}}/x".to_owned(),
            headers: vec![("Authorization".to_owned(), "Basic {{secret.desk|base64}}".to_owned())],
            body: json!({"ticket": {"subject": "Case {{case.id}}: {{case.text}}",
                "priority": "{{case.priority}}", "tags": ["{{ case.tags }}"], "n": 1}}),
        }
    }

    fn none(_: &str, _: &Target) -> Result<String, String> {
        Ok("me:pw".to_owned())
    }

    /// Whatever a case says, the request keeps its shape.
    #[test]
    fn values_cannot_change_what_a_request_is() {
        let nasty = "\", \"admin\": true, \"{{secret.desk}}\\\r\nHost: evil/../?#&{{";
        let values = json!({"case": {"id": "case_1", "key": nasty, "text": nasty, "priority": 3,
            "tags": ["a"]}});
        let filled = template().fill(&values, &none).unwrap();
        let body: Value = serde_json::from_slice(&filled.body).unwrap();
        assert_eq!(body["ticket"]["subject"], format!("Case case_1: {nasty}"));
        assert_eq!(body["ticket"]["priority"], 3, "one placeholder keeps its kind");
        assert_eq!(body["ticket"]["tags"], json!([["a"]]));
        assert_eq!(body["ticket"].as_object().unwrap().len(), 4);
        assert_eq!(filled.target.place(), "desk.example");
        assert_eq!(filled.headers["authorization"], "Basic bWU6cHc=");
        assert!(format!("{:?}", filled.headers).contains("Sensitive"));
        let mut inject = template();
        inject.headers.push(("x-key".to_owned(), "{{case.key}}".to_owned()));
        assert_eq!(inject.fill(&values, &none).unwrap_err().path, "/headers/x-key");
    }

    #[test]
    fn faults_are_found_with_their_place() {
        let with = |change: &dyn Fn(&mut Template)| {
            let mut changed = template();
            change(&mut changed);
            changed.check().map_err(|error| (error.path, error.why))
        };
        assert_eq!(with(&|_| ()), Ok(()));
        for (change, path, part) in [
            (
                &(|t: &mut Template| t.method = "GET".into()) as &dyn Fn(&mut Template),
                "/method",
                "POST",
            ),
            (&|t| t.url = "https://{{case.key}}.example/".into(), "/url", "behind the host"),
            (&|t| t.url = "https://desk.example/{{secret.desk}}".into(), "/url", "headers only"),
            (&|t| t.url = "ftp://desk.example/".into(), "/url", "only http"),
            (&|t| t.headers[0].0 = "Host".into(), "/headers/Host", "not yours"),
            (&|t| t.headers[0].1 = "a\r\nb".into(), "/headers/Authorization", "line breaks"),
            (&|t| t.body = json!({"a": ["{{secret.desk}}"]}), "/body/a/0", "headers only"),
            (&|t| t.body = json!({"a/b": "{{case.id"}), "/body/a~1b", "not closed"),
            (&|t| t.body = json!("{{loop.x}}"), "/body", "no placeholder"),
            (&|t| t.body = json!("{{case.id|upper}}"), "/body", "one filter"),
        ] {
            let (at, why) = with(change).unwrap_err();
            assert!(at == path && why.contains(part), "{at}: {why}");
        }
    }

    #[test]
    fn what_the_address_needs_must_be_there() {
        let error = template().fill(&json!({"case": {}}), &none).unwrap_err();
        assert_eq!(error.path, "/url");
        let refuse = |_: &str, _: &Target| Err("no".to_owned());
        let error = template().fill(&json!({"case": {"key": "k"}}), &refuse).unwrap_err();
        assert_eq!(error.path, "/headers/Authorization");
    }

    #[test]
    fn ids_are_texts_or_numbers() {
        let value = json!({"ticket": {"id": 35436}, "key": "SUP-1", "no": null});
        assert_eq!(text_at(&value, "/ticket/id").as_deref(), Some("35436"));
        assert_eq!(text_at(&value, "/key").as_deref(), Some("SUP-1"));
        assert_eq!(text_at(&value, "/no"), None);
        assert_eq!(text_at(&value, "/x"), None);
    }
}
