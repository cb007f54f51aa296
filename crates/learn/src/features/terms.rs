//! Terms of a text: word and character n-grams with their place in the original.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use super::FeatureKind;

/// A hash map without a random key: nothing here may depend on one.
pub(super) type TermMap<V> = HashMap<Arc<str>, V, BuildHasherDefault<DefaultHasher>>;

/// A lower-cased text that knows which character of the original each of its characters is from.
pub(super) struct Lowered {
    text: String,
    /// Byte offset of each character of `text`, and its end.
    bytes: Vec<usize>,
    /// Index (in code points of the original) of each character of `text`, and its end.
    origin: Vec<usize>,
}

impl Lowered {
    /// Lower-cases as Unicode says (also the final sigma), which may lengthen a text.
    pub(super) fn new(original: &str) -> Self {
        let text = original.to_lowercase();
        let mut bytes: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        bytes.push(text.len());
        let mut origin = Vec::with_capacity(bytes.len());
        let mut count = 0;
        for (i, c) in original.chars().enumerate() {
            origin.extend(std::iter::repeat_n(i, c.to_lowercase().count()));
            count = i + 1;
        }
        origin.push(count);
        Self { text, bytes, origin }
    }

    /// Calls `each(term, start, end)` for every term of `kind`; start and end are code points of
    /// the original. Kinds that are not text have no terms.
    pub(super) fn for_each_term(
        &self,
        kind: FeatureKind,
        each: &mut dyn FnMut(&str, usize, usize),
    ) {
        match kind {
            FeatureKind::Words { min, max } => self.words(usize::from(min), usize::from(max), each),
            FeatureKind::Chars { min, max } => self.chars(usize::from(min), usize::from(max), each),
            FeatureKind::Number | FeatureKind::Category | FeatureKind::Image { .. } => {}
        }
    }

    /// Original code points covered by the characters `from..to` (of which there is at least one).
    fn place(&self, from: usize, to: usize) -> (usize, usize) {
        (self.origin[from], self.origin[to - 1] + 1)
    }

    /// Runs of characters for which `inside` holds, as ranges of character indices.
    fn runs(&self, inside: impl Fn(char) -> bool) -> Vec<(usize, usize)> {
        let mut out = Vec::new();
        let mut start = None;
        let mut count = 0;
        for (i, c) in self.text.chars().enumerate() {
            count = i + 1;
            match (inside(c), start) {
                (true, None) => start = Some(i),
                (false, Some(from)) => {
                    out.push((from, i));
                    start = None;
                }
                _ => {}
            }
        }
        out.extend(start.map(|from| (from, count)));
        out
    }

    fn words(&self, min: usize, max: usize, each: &mut dyn FnMut(&str, usize, usize)) {
        let mut words = self.runs(|c| c.is_alphanumeric() || c == '_');
        words.retain(|(from, to)| to - from >= 2);
        let slice = |(from, to): (usize, usize)| &self.text[self.bytes[from]..self.bytes[to]];
        let mut term = String::new();
        for n in min.max(1)..=max {
            for group in words.windows(n) {
                let (start, _) = self.place(group[0].0, group[0].1);
                let (_, end) = self.place(group[n - 1].0, group[n - 1].1);
                if n == 1 {
                    each(slice(group[0]), start, end);
                    continue;
                }
                term.clear();
                for (k, &word) in group.iter().enumerate() {
                    if k > 0 {
                        term.push(' ');
                    }
                    term.push_str(slice(word));
                }
                each(&term, start, end);
            }
        }
    }

    fn chars(&self, min: usize, max: usize, each: &mut dyn FnMut(&str, usize, usize)) {
        let mut padded = String::new();
        let mut bytes = Vec::new();
        for (from, to) in self.runs(|c| !c.is_whitespace()) {
            padded.clear();
            padded.push(' ');
            padded.push_str(&self.text[self.bytes[from]..self.bytes[to]]);
            padded.push(' ');
            bytes.clear();
            bytes.extend(padded.char_indices().map(|(at, _)| at));
            bytes.push(padded.len());
            let length = to - from + 2;
            for n in min.max(1)..=max {
                let n_here = n.min(length);
                for k in 0..=length - n_here {
                    // Position 0 of `padded` is a blank before character `from`.
                    let first = (from + k).saturating_sub(1).max(from).min(to - 1);
                    let last = (from + k + n_here - 1).clamp(first + 1, to);
                    let (start, end) = self.place(first, last);
                    each(&padded[bytes[k]..bytes[k + n_here]], start, end);
                }
                // A short word counts once only, as in scikit-learn.
                if n >= length {
                    break;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn terms(text: &str, kind: FeatureKind) -> Vec<(String, usize, usize)> {
        let mut out = Vec::new();
        Lowered::new(text).for_each_term(kind, &mut |t, a, b| out.push((t.to_owned(), a, b)));
        out
    }

    fn names(text: &str, kind: FeatureKind) -> Vec<String> {
        terms(text, kind).into_iter().map(|t| t.0).collect()
    }

    #[test]
    fn words_as_scikit_learn() {
        let kind = FeatureKind::Words { min: 1, max: 2 };
        assert_eq!(
            names("I can't pay £10, pay_pal É.", kind),
            ["can", "pay", "10", "pay_pal", "can pay", "pay 10", "10 pay_pal"]
        );
        assert_eq!(
            terms("Ärger MIT Öl", FeatureKind::Words { min: 2, max: 2 }),
            [("ärger mit".to_owned(), 0, 9), ("mit öl".to_owned(), 6, 12)]
        );
    }

    #[test]
    fn chars_as_scikit_learn() {
        let kind = FeatureKind::Chars { min: 3, max: 5 };
        assert_eq!(
            names("Hi  you", kind),
            [" hi", "hi ", " hi ", " yo", "you", "ou ", " you", "you ", " you "]
        );
        assert_eq!(names("a", kind), [" a "]);
        let at = terms("ab cde", FeatureKind::Chars { min: 3, max: 3 });
        assert_eq!(at[2], (" cd".to_owned(), 3, 5));
        assert_eq!(at[4], ("de ".to_owned(), 4, 6));
    }

    #[test]
    fn lengthening_lower_case_keeps_places() {
        let got = terms("x İstanbul", FeatureKind::Words { min: 1, max: 1 });
        assert_eq!(got, [("stanbul".to_owned(), 3, 10)]);
    }

    proptest! {
        #[test]
        fn places_lie_inside_and_agree_with_the_text(text in "\\PC{0,40}") {
            let chars: Vec<char> = text.chars().collect();
            for kind in [FeatureKind::Words { min: 1, max: 2 }, FeatureKind::Chars { min: 1, max: 4 }] {
                for (term, start, end) in terms(&text, kind) {
                    prop_assert!(start < end && end <= chars.len());
                    if matches!(kind, FeatureKind::Words { .. }) && !term.contains(' ') {
                        let piece: String = chars[start..end].iter().collect();
                        prop_assert!(piece.to_lowercase().chars().count() >= term.chars().count());
                    }
                }
            }
        }
    }
}
