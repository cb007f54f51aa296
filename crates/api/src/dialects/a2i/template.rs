//! A template of Amazon A2I, read for the fields of a loop.
//!
//! Templates are HTML with Liquid. Read is what people answer (the simple crowd elements) and what
//! they are shown (`task.input.NAME`); how it looks is Tandem's. What cannot be read is no guess: the
//! flow then names a loop itself.

use serde_json::{Map, Value, json};

/// What became of a template.
#[derive(Debug, PartialEq)]
pub(super) struct Read {
    /// The loop's `input`.
    pub(super) input: Map<String, Value>,
    /// The loop's `answer`.
    pub(super) answer: Map<String, Value>,
    /// How each field is written in an answer: `{"field", "element", "kind"}`.
    pub(super) elements: Vec<Value>,
}

/// Reads a template.
///
/// # Errors
/// What to do where nothing can be answered in it, or choices are not written out.
pub(super) fn read(template: &str) -> Result<Read, String> {
    let mut read = Read { input: inputs(template), answer: Map::new(), elements: Vec::new() };
    for tag in tags(template) {
        read.element(&tag)?;
    }
    if read.answer.is_empty() {
        return Err("the template has none of crowd-classifier, crowd-classifier-multi-select, \
                    crowd-image-classifier, crowd-radio-button, crowd-checkbox, crowd-input, \
                    crowd-text-area, crowd-slider, crowd-entity-annotation and crowd-bounding-box; \
                    publish a loop and name it with the tag `tandem:loop`"
            .to_owned());
    }
    Ok(read)
}

impl Read {
    fn element(&mut self, tag: &Tag) -> Result<(), String> {
        let header = tag.get("header").or_else(|| tag.get("label")).filter(|text| plain(text));
        let title = header.map_or(Value::Null, Value::from);
        let required = tag.get("required").is_some();
        match tag.name.as_str() {
            "crowd-classifier" | "crowd-image-classifier" => {
                let options = list(tag, "categories")?;
                self.add(
                    tag,
                    "label",
                    json!({"kind": "choice", "options": options, "title": title}),
                );
            }
            "crowd-classifier-multi-select" | "crowd-image-classifier-multi-select" => {
                let options = list(tag, "categories")?;
                let field =
                    json!({"kind": "choice", "options": options, "multi": true, "title": title});
                self.add(tag, "labels", field);
            }
            "crowd-radio-button" => self.option(tag, "radio", false),
            "crowd-checkbox" => self.option(tag, "checkbox", true),
            "crowd-input" | "crowd-text-area" => {
                self.add(
                    tag,
                    "text",
                    json!({"kind": "text", "title": title, "required": required}),
                );
            }
            "crowd-slider" => {
                let bound = |name: &str| tag.get(name).and_then(|text| text.parse::<f64>().ok());
                let (min, max) = (bound("min").unwrap_or(0.0), bound("max").unwrap_or(100.0));
                let field = json!({"kind": "number", "min": min, "max": max, "title": title});
                self.add(tag, "number", field);
            }
            "crowd-entity-annotation" => {
                let labels = list(tag, "labels")?;
                self.add(tag, "form", marks("entities", &["startOffset", "endOffset"], &labels));
            }
            "crowd-bounding-box" => {
                let labels = list(tag, "labels")?;
                let sides = ["left", "top", "width", "height"];
                self.add(tag, "form", marks("boundingBoxes", &sides, &labels));
            }
            _ => {}
        }
        Ok(())
    }

    fn add(&mut self, tag: &Tag, kind: &str, field: Value) {
        let element = tag.get("name").unwrap_or(&tag.name).to_owned();
        let name = field_name(&element);
        let mut field = field;
        if field["title"].is_null()
            && let Some(field) = field.as_object_mut()
        {
            field.remove("title");
        }
        self.answer.insert(name.clone(), field);
        self.elements.push(json!({"field": name, "element": element, "kind": kind}));
    }

    /// Buttons that exclude each other are one choice; boxes of one name are one of several.
    fn option(&mut self, tag: &Tag, kind: &str, multi: bool) {
        let name = tag.get("name").unwrap_or("choice");
        let value = tag.get("value").unwrap_or(if multi { "on" } else { name });
        let field = if multi { field_name(name) } else { "choice".to_owned() };
        let label = match tag.text.trim() {
            "" => value,
            text if plain(text) => text,
            _ => value,
        };
        // Of radio buttons the name tells them apart.
        let option = json!({"value": if multi { value } else { name }, "label": label});
        let entry = self.answer.entry(field.clone()).or_insert_with(
            || json!({"kind": "choice", "options": [], "multi": multi, "required": !multi}),
        );
        if let Some(options) = entry["options"].as_array_mut() {
            options.push(option);
        }
        self.elements.push(json!({"field": field, "element": name, "kind": kind, "value": value}));
    }
}

/// A list of marks with a label each, as a form.
fn marks(name: &str, numbers: &[&str], labels: &[String]) -> Value {
    let number = |name: &&str| ((*name).to_owned(), json!({"type": "number", "minimum": 0}));
    let mut properties: Map<String, Value> = numbers.iter().map(number).collect();
    properties.insert("label".to_owned(), json!({"enum": labels}));
    let required: Vec<&str> = numbers.iter().copied().chain(["label"]).collect();
    json!({"kind": "form", "schema": {
        "type": "object",
        "required": [name],
        "properties": {name: {"type": "array", "items": {
            "type": "object", "required": required, "properties": properties,
        }}},
    }})
}

/// Every `task.input.NAME`: what people are shown, whatever it is.
fn inputs(template: &str) -> Map<String, Value> {
    let mut found = Map::new();
    for (at, _) in template.match_indices("task.input.") {
        let rest = &template[at + "task.input.".len()..];
        let name: String =
            rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').take(64).collect();
        if !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) {
            found.insert(name, json!({"kind": "json", "required": false}));
        }
    }
    // Whatever else a human loop brings.
    found.insert("more".to_owned(), json!({"kind": "json", "required": false, "title": "More"}));
    found
}

/// A list of strings in an attribute, in either kind of quotes.
fn list(tag: &Tag, attribute: &str) -> Result<Vec<String>, String> {
    let text = tag.get(attribute).unwrap_or_default().trim();
    let parsed = serde_json::from_str::<Vec<String>>(text)
        .or_else(|_| serde_json::from_str(&text.replace('\'', "\"")));
    parsed.ok().filter(|list: &Vec<String>| !list.is_empty()).ok_or_else(|| {
        format!(
            "`{attribute}` of {} is not a list that is written out; publish a loop and name it with \
             the tag `tandem:loop`",
            tag.name
        )
    })
}

/// Letters, digits and underscores, no digit first.
fn field_name(element: &str) -> String {
    let mut name: String =
        element.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(60).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) || name.is_empty() {
        name.insert(0, 'f');
    }
    name
}

fn plain(text: &str) -> bool {
    !text.contains("{{") && !text.contains("{%") && text.chars().count() <= 200
}

/// An element with its attributes and the text up to the next tag.
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
}

impl Tag {
    fn get(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Crowd elements in order.
fn tags(template: &str) -> Vec<Tag> {
    let mut found = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find("<crowd-") {
        rest = &rest[at + 1..];
        let end = rest.find(|c: char| c.is_whitespace() || c == '>' || c == '/');
        let Some(end) = end else { break };
        let name = rest[..end].to_ascii_lowercase();
        let (attributes, after) = attributes(&rest[end..]);
        let text = after.split('<').next().unwrap_or_default().trim().to_owned();
        found.push(Tag { name, attributes, text });
        rest = after;
    }
    found
}

/// Attributes up to the end of the tag, and what comes after it.
fn attributes(text: &str) -> (Vec<(String, String)>, &str) {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if rest.is_empty() {
            return (found, rest);
        }
        if let Some(after) = rest.strip_prefix('>') {
            return (found, after);
        }
        let end = rest.find(|c: char| c.is_whitespace() || c == '=' || c == '>' || c == '/');
        let name = rest[..end.unwrap_or(rest.len())].to_ascii_lowercase();
        rest = &rest[end.unwrap_or(rest.len())..];
        let value = match rest.trim_start().strip_prefix('=') {
            None => String::new(),
            Some(after) => {
                let after = after.trim_start();
                let quote = after.chars().next().filter(|c| *c == '"' || *c == '\'');
                let (value, left) = if let Some(quote) = quote {
                    after[1..].split_once(quote).unwrap_or((&after[1..], ""))
                } else {
                    let end = after.find(|c: char| c.is_whitespace() || c == '>');
                    after.split_at(end.unwrap_or(after.len()))
                };
                rest = left;
                value.replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
            }
        };
        // A stray sign must not stop the walk.
        if name.is_empty() && value.is_empty() {
            let mut chars = rest.chars();
            chars.next();
            rest = chars.as_str();
            continue;
        }
        found.push((name, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_template_is_a_loop() {
        let read = read(
            r#"<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>
            <crowd-form>
              <crowd-classifier name="sentiment" categories="['Positive', 'Negative']"
                                header="What sentiment does this text convey?">
                <classification-target>{{ task.input.taskObject }}</classification-target>
              </crowd-classifier>
              <crowd-text-area name="why" label="Why?"></crowd-text-area>
            </crowd-form>"#,
        )
        .unwrap();
        assert_eq!(read.input.keys().collect::<Vec<_>>(), ["more", "taskObject"]);
        assert_eq!(read.answer["sentiment"]["options"], json!(["Positive", "Negative"]));
        assert_eq!(read.answer["sentiment"]["title"], "What sentiment does this text convey?");
        assert_eq!(read.answer["why"], json!({"kind": "text", "title": "Why?", "required": false}));
        let first = json!({"field": "sentiment", "element": "sentiment", "kind": "label"});
        assert_eq!(read.elements[0], first);
    }

    #[test]
    fn buttons_and_boxes_are_choices() {
        let read = read(
            "<crowd-radio-group><crowd-radio-button name=good value=yes>Good</crowd-radio-button>
             <crowd-radio-button name=bad value=yes>Bad</crowd-radio-button></crowd-radio-group>
             <crowd-checkbox name='flags' value='blurry'>Blurry</crowd-checkbox>
             <crowd-checkbox name='flags' value='dark'/>
             <crowd-slider name='1st' min='1' max='5'>",
        )
        .unwrap();
        assert_eq!(read.answer["choice"]["options"][0], json!({"value": "good", "label": "Good"}));
        assert_eq!(read.answer["flags"]["multi"], true);
        assert_eq!(read.answer["flags"]["options"][1], json!({"value": "dark", "label": "dark"}));
        assert_eq!(read.answer["f1st"]["max"], 5.0);
        assert_eq!(read.elements.len(), 5);
    }

    #[test]
    fn what_cannot_be_read_says_what_to_do() {
        for template in [
            "",
            "<p>hello</p>",
            "<crowd-classifier",
            "<crowd-classifier categories=\"{{ task.input.labels | to_json }}\">",
            "<crowd-keypoint labels='[\"a\"]'>",
            "<crowd-input = = \"",
        ] {
            let told = read(template);
            assert!(told.as_ref().is_err_and(|text| text.contains("tandem:loop")) || told.is_ok());
        }
        assert!(read("<crowd-classifier categories=\"{{ x }}\">").is_err());
        assert!(read("<crowd-keypoint labels='[\"a\"]'>").is_err());
    }
}
