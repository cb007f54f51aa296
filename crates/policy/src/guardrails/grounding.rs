//! Whether what is said stands in given sources: by words and numbers, without a model.
//!
//! Of each sentence the share of longer words that the sources have too is taken; words match where
//! they are equal or differ in an ending of up to three letters. Numbers must be in the sources as
//! they are. That finds what was made up (figures, names, facts from elsewhere) and not what was
//! turned round ("is" for "is not"): a person, or a model as a judge, sees that.

use std::collections::HashSet;

use serde_json::Value;

use super::phrases;

/// Letters of a word that is looked for; shorter ones carry little.
const LONG: usize = 4;
/// Longer words of a sentence that is judged.
const FEWEST: usize = 3;
/// Letters in which two forms of a word may differ at the end.
const ENDING: usize = 3;

/// Sources, and how much of a sentence they must have.
#[derive(Debug)]
pub(crate) struct Grounding {
    /// Fields of the input.
    pub(crate) sources: Vec<String>,
    /// Share of a sentence's longer words, 0..=1.
    pub(crate) support: f64,
}

/// What the sources of a case have.
pub(super) struct Known {
    words: HashSet<String>,
    /// Words cut to their stems.
    stems: HashSet<String>,
    numbers: HashSet<String>,
}

impl Grounding {
    /// Reads the sources of a case.
    pub(super) fn read(&self, input: &Value) -> Known {
        let mut known =
            Known { words: HashSet::new(), stems: HashSet::new(), numbers: HashSet::new() };
        for name in &self.sources {
            if let Some(value) = input.get(name) {
                known.add(value);
            }
        }
        known
    }

    /// The first number or sentence that the sources do not have.
    pub(super) fn fault(&self, text: &str, known: &Known) -> Option<String> {
        if let Some(_unknown) = numbers(text).find(|number| !known.numbers.contains(number)) {
            return Some("a number that the sources do not have".to_owned());
        }
        for sentence in text.split(['.', '!', '?', '\n', ';']) {
            let long: Vec<String> = longer(sentence).collect();
            if long.len() < FEWEST {
                continue;
            }
            let found = long.iter().filter(|word| known.has(word)).count();
            let share = found as f64 / long.len() as f64;
            if share < self.support {
                let (have, want) = (share * 100.0, self.support * 100.0);
                return Some(format!(
                    "a sentence of which the sources have {have:.0} % of the words, {want:.0} % are wanted,"
                ));
            }
        }
        None
    }
}

impl Known {
    fn add(&mut self, value: &Value) {
        match value {
            Value::String(text) => {
                self.numbers.extend(numbers(text));
                for word in longer(text) {
                    self.stems.insert(stem(&word));
                    self.words.insert(word);
                }
            }
            Value::Number(number) => {
                self.numbers.extend(numbers(&number.to_string()));
            }
            Value::Array(items) => items.iter().for_each(|item| self.add(item)),
            Value::Object(map) => map.values().for_each(|value| self.add(value)),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn has(&self, word: &str) -> bool {
        self.words.contains(word) || self.stems.contains(&stem(word))
    }
}

/// Words of [`LONG`] letters and more that are no numbers.
fn longer(text: &str) -> impl Iterator<Item = String> {
    phrases::words(text)
        .filter(|word| word.chars().count() >= LONG && !word.chars().all(|c| c.is_ascii_digit()))
}

/// A word without its ending; what is left has [`LONG`] letters at least.
fn stem(word: &str) -> String {
    let letters = word.chars().count();
    word.chars().take(letters.saturating_sub(ENDING).max(LONG)).collect()
}

/// Numbers of a text: digits, without the marks that group them and without zeros at the end of a
/// fraction, so that `1,200.50` and `1200.5` are the same.
fn numbers(text: &str) -> impl Iterator<Item = String> {
    let is_mark = |c: char| matches!(c, '.' | ',' | '\'');
    text.split(move |c: char| !(c.is_ascii_digit() || is_mark(c))).filter_map(move |run| {
        let run = run.trim_matches(is_mark);
        if run.is_empty() {
            return None;
        }
        // The last mark begins a fraction unless it groups three digits and others do so as well.
        let (whole, fraction) = match run.rfind(['.', ',']) {
            Some(at) if run.len() - at != 4 || run[..at].is_empty() => (&run[..at], &run[at + 1..]),
            _ => (run, ""),
        };
        let digits = |part: &str| part.chars().filter(char::is_ascii_digit).collect::<String>();
        let (whole, fraction) = (digits(whole), digits(fraction));
        let whole = whole.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        Some(if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") })
    })
}
