//! Checks of inputs.

use serde_json::{Map, Value};

use super::{MAX_DEPTH, kind_of, pointer, shorten, suggest, too_deep};
use crate::ids::MediaId;
use crate::loops::{InputKind, InputSpec, LoopSpec};
use crate::refusal::{Code, Refusal};

/// Most code points of a text or HTML input.
pub const MAX_TEXT: usize = 1_000_000;
/// Most pixels of an image that comes as numbers; larger ones come as media.
pub const MAX_PIXELS: u64 = 1 << 20;
/// Most rows of a table and messages of a chat.
pub const MAX_ROWS: usize = 10_000;
/// Most bytes of a `data:` URL.
const MAX_DATA_URL: usize = 10 << 20;

/// Path below the field, and the message.
type Fault = (String, String);

/// Checks the input of a case against the loop's input fields.
///
/// `null` in an optional field counts as absent.
///
/// # Errors
/// `invalid_input`, with a path that starts at the input (use [`Refusal::under`] to place it), for
/// an input that is no object, unknown or missing fields, values of the wrong kind, images whose
/// pixels do not fit their size or leave 0..=1, and whatever is too large or nested too deep.
pub fn check_input(spec: &LoopSpec, input: &Value) -> Result<(), Refusal> {
    let Value::Object(map) = input else {
        let message = format!("the input is {}; give an object of fields", kind_of(input));
        return Err(Refusal::at(Code::InvalidInput, "", message));
    };
    for name in map.keys() {
        if !spec.input.contains_key(name) {
            let message = format!(
                "`{}` is not a field of the input; {}",
                shorten(name),
                suggest(name, "fields", spec.input.keys().map(String::as_str))
            );
            return Err(Refusal::at(Code::InvalidInput, pointer("", name), message));
        }
    }
    for (name, field) in &spec.input {
        match map.get(name) {
            None | Some(Value::Null) if field.required => {
                let message = format!("`{name}` is missing; give {}", expected(field.kind));
                return Err(Refusal::at(Code::InvalidInput, pointer("", name), message));
            }
            None | Some(Value::Null) => {}
            Some(value) => check_field(name, field, value).map_err(|(rest, message)| {
                Refusal::at(Code::InvalidInput, format!("{}{rest}", pointer("", name)), message)
            })?,
        }
    }
    Ok(())
}

fn expected(kind: InputKind) -> &'static str {
    match kind {
        InputKind::Text | InputKind::Html => "text",
        InputKind::Image => {
            "{\"width\", \"height\", \"pixels\"}, {\"media\": \"med_…\"} or a `data:image/…` URL"
        }
        InputKind::Audio => "{\"media\": \"med_…\"} or a `data:audio/…` URL",
        InputKind::Pdf => "{\"media\": \"med_…\"} or a `data:application/pdf` URL",
        InputKind::Chat => "a list of {\"role\", \"content\"}",
        InputKind::Json => "any JSON but null",
        InputKind::Table => "a list of rows, each an object",
        InputKind::Number => "a finite number",
    }
}

fn check_field(name: &str, spec: &InputSpec, value: &Value) -> Result<(), Fault> {
    let wrong = || {
        let message = format!("`{name}` is {}; give {}", kind_of(value), expected(spec.kind));
        (String::new(), message)
    };
    match (spec.kind, value) {
        (InputKind::Text | InputKind::Html, Value::String(text)) => check_text(name, text),
        (InputKind::Number, Value::Number(number)) => match number.as_f64() {
            Some(number) if number.is_finite() => Ok(()),
            _ => Err(wrong()),
        },
        (InputKind::Json, value) => check_depth(name, value),
        (InputKind::Chat, Value::Array(messages)) => check_chat(name, messages),
        (InputKind::Table, Value::Array(rows)) => check_table(name, rows, value),
        (InputKind::Image, Value::Object(map)) if !map.contains_key("media") => {
            check_pixels(name, map)
        }
        (InputKind::Image | InputKind::Audio | InputKind::Pdf, Value::Object(map)) => {
            check_media(name, map, spec.kind)
        }
        (InputKind::Image, Value::String(url)) => check_data_url(name, url, "data:image/", spec),
        (InputKind::Audio, Value::String(url)) => check_data_url(name, url, "data:audio/", spec),
        (InputKind::Pdf, Value::String(url)) => {
            check_data_url(name, url, "data:application/pdf", spec)
        }
        _ => Err(wrong()),
    }
}

fn check_text(name: &str, text: &str) -> Result<(), Fault> {
    if text.len() > MAX_TEXT && text.chars().count() > MAX_TEXT {
        let message = format!("`{name}` has more than {MAX_TEXT} characters; split the case");
        return Err((String::new(), message));
    }
    Ok(())
}

fn check_depth(name: &str, value: &Value) -> Result<(), Fault> {
    if too_deep(value, MAX_DEPTH) {
        let message = format!("`{name}` is nested deeper than {MAX_DEPTH} levels; flatten it");
        return Err((String::new(), message));
    }
    Ok(())
}

fn check_length(name: &str, what: &str, length: usize) -> Result<(), Fault> {
    if length > MAX_ROWS {
        let message = format!("`{name}` has {length} {what}, more than {MAX_ROWS}; split the case");
        return Err((String::new(), message));
    }
    Ok(())
}

fn check_chat(name: &str, messages: &[Value]) -> Result<(), Fault> {
    check_length(name, "messages", messages.len())?;
    for (i, message) in messages.iter().enumerate() {
        for key in ["role", "content"] {
            if !message.get(key).is_some_and(Value::is_string) {
                let text = format!(
                    "message {i} of `{name}` has no text in `{key}`; give {{\"role\", \
                     \"content\"}}, both texts"
                );
                return Err((format!("/{i}/{key}"), text));
            }
        }
        check_depth(name, message).map_err(|(_, text)| (format!("/{i}"), text))?;
    }
    Ok(())
}

fn check_table(name: &str, rows: &[Value], value: &Value) -> Result<(), Fault> {
    check_length(name, "rows", rows.len())?;
    if let Some((i, row)) = rows.iter().enumerate().find(|(_, row)| !row.is_object()) {
        let message =
            format!("row {i} of `{name}` is {}; give an object from column to value", kind_of(row));
        return Err((format!("/{i}"), message));
    }
    check_depth(name, value)
}

fn check_media(name: &str, map: &Map<String, Value>, kind: InputKind) -> Result<(), Fault> {
    only_keys(name, map, &["media"], kind)?;
    match map.get("media") {
        Some(Value::String(id)) if id.parse::<MediaId>().is_ok() => Ok(()),
        Some(Value::String(id)) => {
            let message = format!(
                "`{}` is not the id of a medium; upload it first and send the `med_…` you get",
                shorten(id)
            );
            Err(("/media".to_owned(), message))
        }
        _ => {
            Err(("/media".to_owned(), format!("`{name}` has no `media`; give {}", expected(kind))))
        }
    }
}

fn check_pixels(name: &str, map: &Map<String, Value>) -> Result<(), Fault> {
    only_keys(name, map, &["width", "height", "pixels"], InputKind::Image)?;
    let side = |key: &str| {
        map.get(key)
            .and_then(Value::as_u64)
            .filter(|side| (1..=MAX_PIXELS).contains(side))
            .ok_or_else(|| {
                let message = format!(
                    "`{key}` of `{name}` is no count of pixels; give a whole number from 1"
                );
                (format!("/{key}"), message)
            })
    };
    let (width, height) = (side("width")?, side("height")?);
    let fault = |message: String| ("/pixels".to_owned(), message);
    let Some(Value::Array(pixels)) = map.get("pixels") else {
        return Err(fault(format!(
            "`{name}` has no list of `pixels`; give width x height numbers from 0 to 1, row by row"
        )));
    };
    // Both sides are at most 2^20, so the product fits.
    let wanted = width * height;
    if wanted > MAX_PIXELS {
        return Err(fault(format!(
            "`{name}` has {wanted} pixels, more than {MAX_PIXELS}; upload it as media"
        )));
    }
    if pixels.len() as u64 != wanted {
        return Err(fault(format!(
            "`{name}` has {} pixels but is {width} x {height}; give {wanted}, row by row",
            pixels.len()
        )));
    }
    let in_unit = |value: &Value| value.as_f64().is_some_and(|v| (0.0..=1.0).contains(&v));
    match pixels.iter().position(|value| !in_unit(value)) {
        None => Ok(()),
        Some(i) => Err((
            format!("/pixels/{i}"),
            format!(
                "pixel {i} of `{name}` is not a number from 0 to 1; divide by the largest value"
            ),
        )),
    }
}

fn only_keys(
    name: &str,
    map: &Map<String, Value>,
    known: &[&str],
    kind: InputKind,
) -> Result<(), Fault> {
    match map.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => Err((
            pointer("", key),
            format!("`{}` does not belong in `{name}`; give {}", shorten(key), expected(kind)),
        )),
    }
}

fn check_data_url(name: &str, url: &str, start: &str, spec: &InputSpec) -> Result<(), Fault> {
    let fault = |message: String| (String::new(), message);
    let head = url.split_once(',').map(|(head, _)| head);
    if !head.is_some_and(|head| head.starts_with(start)) {
        let message =
            format!("`{name}` is a text but no `{start}` URL; give {}", expected(spec.kind));
        return Err(fault(message));
    }
    if url.len() > MAX_DATA_URL {
        let message = format!(
            "`{name}` has {} bytes, more than {MAX_DATA_URL} in a URL; upload it as media",
            url.len()
        );
        return Err(fault(message));
    }
    Ok(())
}
