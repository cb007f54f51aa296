//! Words and phrases, found whatever their case and whatever stands between their words.

use std::collections::HashMap;

/// Words and phrases by their first word. Finding is one pass over the text; a phrase of `n` words
/// costs `n` comparisons where its first word occurs.
#[derive(Debug, Default)]
pub(crate) struct Phrases {
    by_first: HashMap<String, Vec<Vec<String>>>,
}

/// Words of a text in lower case: runs of letters and digits.
pub(super) fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

impl Phrases {
    /// Takes phrases; the first that holds neither letters nor digits is an error.
    pub(crate) fn new(phrases: &[String]) -> Result<Self, usize> {
        let mut by_first: HashMap<String, Vec<Vec<String>>> = HashMap::new();
        for (at, phrase) in phrases.iter().enumerate() {
            let mut parts = words(phrase);
            let first = parts.next().ok_or(at)?;
            by_first.entry(first).or_default().push(parts.collect());
        }
        Ok(Self { by_first })
    }

    /// Whether any of them occurs.
    pub(crate) fn occur(&self, text: &str) -> bool {
        if self.by_first.is_empty() {
            return false;
        }
        let words: Vec<String> = words(text).collect();
        words.iter().enumerate().any(|(at, word)| {
            let Some(endings) = self.by_first.get(word) else { return false };
            let rest = &words[at + 1..];
            endings.iter().any(|ending| rest.starts_with(ending))
        })
    }
}
