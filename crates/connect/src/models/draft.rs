//! A text that a person is at work on, as models are told of it, and what they suggest for it.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use tandem_domain::case::Usage;
use tandem_domain::loops::InputKind;

use super::{Failure, Question};

/// Most bytes of an input that are told; a longer one is cut.
const MOST_INPUT: usize = 60_000;

/// What is wanted for a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Words that go on where the cursor is.
    Continue,
    /// Other words in the place of those selected.
    Revise,
}

impl Wish {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Continue => "continue",
            Self::Revise => "revise",
        }
    }
}

/// A text that a person is at work on.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// The case.
    pub question: Question<'a>,
    /// The field of the answer.
    pub field: &'a str,
    /// Its label.
    pub title: &'a str,
    /// What is wanted.
    pub wish: Wish,
    /// What stands before the cursor or the selection.
    pub before: &'a str,
    /// What is selected.
    pub selected: &'a str,
    /// What stands behind.
    pub after: &'a str,
    /// What the loop says is to be heeded.
    pub house: Option<&'a str>,
    /// What the person asks for.
    pub instruction: Option<&'a str>,
    /// How many suggestions are wanted.
    pub count: u8,
}

/// What was suggested.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Suggestions {
    /// The words of each.
    pub texts: Vec<String>,
    /// Model and version.
    pub model: Option<String>,
    /// What it used.
    pub usage: Option<Usage>,
}

impl Draft<'_> {
    /// The words that are sent to a model that takes a prompt.
    pub(super) fn prompt(&self) -> String {
        let mut out = String::new();
        let mut part = |title: &str, text: Option<&str>| {
            if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
                let _ = write!(out, "{title}\n{text}\n\n");
            }
        };
        part("Guidelines of those who work here:", self.question.spec.guidelines.as_deref());
        part("Heed this in every suggestion:", self.house);
        part("The person asks for this:", self.instruction);
        let input = self.input();
        let (title, before, selected, after) = (self.title, self.before, self.selected, self.after);
        let text = match self.wish {
            Wish::Continue => format!(
                "The person writes the text `{title}` and stopped at <cursor/>. Say only what comes \
                 next at the cursor: at most two sentences, without repeating what stands there, with \
                 the blank before it where one is needed.\n<text>{before}<cursor/>{after}</text>"
            ),
            Wish::Revise => format!(
                "The person wants what stands between <selection> and </selection> of the text \
                 `{title}` written better. Say only what is to stand there instead; change as little \
                 as the wish needs.\n<text>{before}<selection>{selected}</selection>{after}</text>"
            ),
        };
        let _ = write!(out, "<case>{input}</case>\n\n{text}\n\n");
        let (count, more) = (self.count, if self.count == 1 { "" } else { "s that differ" });
        let _ = write!(out, "Give {count} suggestion{more}.");
        out
    }

    /// The input without pictures and sounds, cut where it is too long.
    fn input(&self) -> String {
        let readable = |name: &str| {
            let kind = self.question.spec.input.get(name).map(|field| field.kind);
            !matches!(kind, Some(InputKind::Image | InputKind::Audio | InputKind::Pdf))
        };
        let mut text = match self.question.input {
            Value::Object(fields) => {
                let told = fields.iter().filter(|(name, _)| readable(name));
                let told: Map<String, Value> =
                    told.map(|(name, value)| (name.clone(), value.clone())).collect();
                Value::Object(told).to_string()
            }
            other => other.to_string(),
        };
        if text.len() > MOST_INPUT {
            let mut end = MOST_INPUT;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
            text.push('…');
        }
        text
    }

    /// What a model that speaks our JSON is told.
    pub(super) fn body(&self) -> Value {
        let given = [self.house, self.instruction];
        let instructions: Vec<&str> = given.into_iter().flatten().collect();
        json!({
            "loop": self.question.spec.name,
            "case": self.question.case,
            "input": self.question.input,
            "tags": self.question.tags,
            "suggest": {
                "kind": self.wish.as_str(),
                "field": self.field,
                "before": self.before,
                "selected": self.selected,
                "after": self.after,
                "instructions": instructions,
                "count": self.count,
            },
        })
    }

    /// The schema of the answer.
    pub(super) fn schema(&self) -> Value {
        json!({
            "type": "object",
            "properties": {"suggestions": {
                "type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": self.count,
            }},
            "required": ["suggestions"],
            "additionalProperties": false,
        })
    }

    /// What was said as suggestions that can be shown: nothing empty, nothing twice, no control signs,
    /// and a continuation without the words it goes on from.
    pub(super) fn tidied(&self, texts: Vec<String>) -> Result<Vec<String>, Failure> {
        let mut out: Vec<String> = Vec::new();
        for text in texts {
            let text = text.replace("\r\n", "\n");
            let mut text: String =
                text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
            text = text.replace("<cursor/>", "");
            if self.wish == Wish::Continue {
                text = self.what_goes_on(&text);
            }
            let same = self.wish == Wish::Revise && text == self.selected;
            if !text.trim().is_empty() && !same && !out.contains(&text) {
                out.push(text);
            }
        }
        out.truncate(usize::from(self.count));
        if out.is_empty() { Err(Failure::bad("it suggests nothing")) } else { Ok(out) }
    }

    /// A continuation without the words around the cursor, should the model have said them again.
    fn what_goes_on(&self, text: &str) -> String {
        let mut words = text;
        if !self.before.is_empty() {
            words = words.strip_prefix(self.before).unwrap_or(words);
        }
        if !self.after.is_empty() {
            words = words.strip_suffix(self.after).unwrap_or(words);
        }
        if self.before.is_empty() || self.before.ends_with(char::is_whitespace) {
            words = words.trim_start();
        }
        words.trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tidied(wish: Wish, before: &str, after: &str, texts: &[&str]) -> Vec<String> {
        let (spec, input) = (super::super::tests::spec(), json!({"text": "x"}));
        let question =
            Question { spec: &spec, case: "c", input: &input, tags: &[], revision: None };
        let draft = Draft {
            question,
            field: "note",
            title: "Note",
            wish,
            before,
            selected: "old",
            after,
            house: Some("be kind"),
            instruction: None,
            count: 2,
        };
        assert!(draft.prompt().contains("be kind") && draft.prompt().contains("{\"text\":\"x\"}"));
        draft.tidied(texts.iter().map(|&text| text.to_owned()).collect()).unwrap_or_default()
    }

    #[test]
    fn what_is_said_is_made_fit_to_be_shown() {
        let go_on = |before, texts: &[&str]| tidied(Wish::Continue, before, "", texts);
        assert_eq!(go_on("Dear ", &["Dear Ms. Lee,", " Ms. Lee,"]), ["Ms. Lee,"]);
        assert_eq!(go_on("Dear", &[" Ms.\u{7} Lee\r\n\n"]), [" Ms. Lee"]);
        assert_eq!(go_on("x", &["", "  ", "a", "b", "c"]), ["a", "b"]);
        assert_eq!(go_on("x", &["x"]), Vec::<String>::new());
        assert_eq!(tidied(Wish::Continue, "a ", " c", &["a b c"]), ["b"]);
        assert_eq!(tidied(Wish::Revise, "a", "", &["old", " new "]), [" new "]);
    }
}
