//! One text from several people's texts.

use super::reweigh::{Groups, Table, Vote, reweigh};
use super::rover::{rover, word_agreement};
use super::types::{Answer, Combined};
use crate::LearnError;

/// How alike two texts are, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Similarity {
    /// `1 - d / max(length)`, where `d` is Levenshtein's distance in characters. `O(length^2)`.
    Edit,
    /// Dice's coefficient of the multisets of runs of this many characters (at least 1; texts
    /// shorter than that are one run). `O(length log length)`.
    Runs(usize),
}

/// How texts are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextMethod {
    /// The answer most like the others, as it was written. Right for free text.
    Closest(Similarity),
    /// Answers are aligned word by word and each word is voted on (ROVER: Fiscus 1997). The outcome
    /// may be a text that nobody wrote. Right for transcripts.
    WordVote,
}

/// Options of [`texts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextOptions {
    /// How texts are combined.
    pub method: TextMethod,
    /// Rounds of reweighting people by their agreement with the outcome; 0 for equal weights.
    pub rounds: usize,
}

impl Default for TextOptions {
    fn default() -> Self {
        Self { method: TextMethod::Closest(Similarity::Edit), rounds: 3 }
    }
}

/// One text per task.
///
/// Confidence: for [`TextMethod::Closest`], the weighted mean similarity of the other answers to
/// the chosen one; for [`TextMethod::WordVote`], the mean weighted share of people who gave the
/// chosen word. Agreement is the similarity of a person's texts to the outcomes (by words for a
/// word vote).
/// `O(answers^2)` similarities per task.
pub fn texts(
    answers: &[Answer<&str>],
    options: &TextOptions,
) -> Result<Combined<String>, LearnError> {
    let groups = Groups::new(answers)?;
    match options.method {
        TextMethod::WordVote => {
            Ok(reweigh(answers, &groups, options.rounds, &WordVote { answers }))
        }
        TextMethod::Closest(Similarity::Runs(0)) => {
            Err(LearnError::Parameter { name: "run length", must: "at least 1" })
        }
        TextMethod::Closest(measure) => {
            let table = |members: &[usize]| {
                let text = |place: usize| answers[members[place]].value;
                Table::new(members.len(), |i, j| similarity(text(i), text(j), measure))
            };
            let tables = groups.tasks().map(table).collect();
            Ok(reweigh(answers, &groups, options.rounds, &Closest { tables })
                .map(|chosen| answers[chosen.answer].value.to_owned()))
        }
    }
}

impl<T> Combined<T> {
    fn map<U>(self, f: impl Fn(T) -> U) -> Combined<U> {
        let tasks = self.tasks.into_iter().map(|t| super::types::Decision {
            task: t.task,
            answer: f(t.answer),
            confidence: t.confidence,
            answers: t.answers,
        });
        let (agreement, weights) = (self.agreement, self.weights);
        Combined { tasks: tasks.collect(), agreement, weights }
    }
}

/// How alike two texts are.
pub fn similarity(a: &str, b: &str, measure: Similarity) -> f64 {
    if a == b {
        return 1.0;
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    match measure {
        Similarity::Edit => {
            let longest = a.len().max(b.len());
            if longest == 0 { 1.0 } else { 1.0 - edits(&a, &b) as f64 / longest as f64 }
        }
        Similarity::Runs(n) => dice(&runs(&a, n), &runs(&b, n)),
    }
}

/// Levenshtein's distance, after taking off what both texts begin and end with.
pub(super) fn edits<T: PartialEq>(a: &[T], b: &[T]) -> usize {
    let start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[start..], &b[start..]);
    let end = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[..a.len() - end], &b[..b.len() - end]);
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let swap = corner + usize::from(x != y);
            corner = row[j + 1];
            row[j + 1] = swap.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// Sorted runs of `n` characters.
fn runs(text: &[char], n: usize) -> Vec<&[char]> {
    if text.is_empty() {
        return Vec::new();
    }
    let mut runs: Vec<&[char]> = text.windows(n.min(text.len()).max(1)).collect();
    runs.sort_unstable();
    runs
}

/// Twice the common entries of two sorted lists over all entries.
fn dice(a: &[&[char]], b: &[&[char]]) -> f64 {
    let (mut i, mut j, mut common) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => (i, j, common) = (i + 1, j + 1, common + 1),
        }
    }
    let all = a.len() + b.len();
    if all == 0 { 1.0 } else { 2.0 * f64::from(common) / all as f64 }
}

/// The chosen answer, and its place among the task's answers.
struct Chosen {
    place: usize,
    answer: usize,
}

struct Closest {
    tables: Vec<Table>,
}

impl Vote for Closest {
    type Outcome = Chosen;

    fn decide(&self, task: usize, answers: &[usize], weights: &[f64]) -> (Chosen, f64) {
        let table = &self.tables[task];
        let mut best = (0, 0.0);
        for (place, row) in table.values.chunks_exact(table.n).enumerate() {
            let score: f64 = row.iter().zip(weights).map(|(s, w)| s * w).sum();
            // Rounding must not decide between equal texts: the first wins.
            if score > best.1 * (1.0 + 1e-12) {
                best = (place, score);
            }
        }
        let place = best.0;
        let confidence = table.peers(place, weights);
        (Chosen { place, answer: answers[place] }, confidence)
    }

    fn agree(&self, task: usize, place: usize, _: usize, outcome: &Chosen) -> f64 {
        let table = &self.tables[task];
        table.values[place * table.n + outcome.place]
    }
}

struct WordVote<'a> {
    answers: &'a [Answer<&'a str>],
}

impl Vote for WordVote<'_> {
    type Outcome = String;

    fn decide(&self, _: usize, answers: &[usize], weights: &[f64]) -> (String, f64) {
        let texts: Vec<&str> = answers.iter().map(|&i| self.answers[i].value).collect();
        rover(&texts, weights)
    }

    fn agree(&self, _: usize, _: usize, answer: usize, outcome: &String) -> f64 {
        word_agreement(self.answers[answer].value, outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn answers<'a>(task: usize, texts: &[&'a str]) -> Vec<Answer<&'a str>> {
        let each = texts.iter().enumerate();
        each.map(|(worker, &value)| Answer { task, worker, value }).collect()
    }

    #[test]
    fn known_distances() {
        let chars = |s: &str| s.chars().collect::<Vec<_>>();
        for (a, b, d) in
            [("kitten", "sitting", 3), ("", "abc", 3), ("flaw", "lawn", 2), ("äb", "ab", 1)]
        {
            assert_eq!(edits(&chars(a), &chars(b)), d, "{a} {b}");
        }
        // Runs ni, ig, gh, ht and na, ac, ch, ht: one of four in common.
        assert!((similarity("night", "nacht", Similarity::Runs(2)) - 0.25).abs() < 1e-12);
        assert_eq!(similarity("", "", Similarity::Edit), 1.0);
        assert_eq!(similarity("", "x", Similarity::Runs(3)), 0.0);
    }

    #[test]
    fn the_answer_closest_to_all_is_chosen_and_guessers_lose_weight() {
        let mut all = answers(0, &["the cat sat.", "the cat sat", "a cat sat", "xyzzy"]);
        for task in 1..12 {
            all.extend(answers(task, &["one two three", "one two three", "one two tree", "foo"]));
        }
        for measure in [Similarity::Edit, Similarity::Runs(3)] {
            let options = TextOptions { method: TextMethod::Closest(measure), rounds: 3 };
            let got = texts(&all, &options).unwrap();
            assert_eq!(got.tasks[0].answer, "the cat sat");
            assert_eq!(got.tasks[3].answer, "one two three");
            assert!(got.weights[3] < 0.5 && got.weights[0] > 1.0, "{:?}", got.weights);
            let equal = texts(&all, &TextOptions { rounds: 0, ..options }).unwrap();
            let (weighted, equal) = (got.tasks[3].confidence, equal.tasks[3].confidence);
            assert!(weighted > equal, "{weighted:?} {equal:?} {:?}", got.weights);
        }
    }

    #[test]
    fn words_are_voted_on() {
        let all = answers(0, &["the cat sat on mat", "a cat sat on the mat", "the cat on the mat"]);
        let options = TextOptions { method: TextMethod::WordVote, rounds: 0 };
        let got = texts(&all, &options).unwrap();
        assert_eq!(got.tasks[0].answer, "the cat sat on the mat");
        assert!(got.tasks[0].confidence.unwrap() > 0.7);
    }

    #[test]
    fn bad_input_is_refused_and_one_answer_stands() {
        assert!(texts(&[], &TextOptions::default()).is_err());
        let method = TextMethod::Closest(Similarity::Runs(0));
        assert!(texts(&answers(0, &["a"]), &TextOptions { method, rounds: 0 }).is_err());
        for method in [TextMethod::WordVote, TextMethod::Closest(Similarity::Edit)] {
            let got = texts(&answers(4, &["just me"]), &TextOptions { method, rounds: 2 }).unwrap();
            assert_eq!(got.tasks[0].answer, "just me");
            assert_eq!(got.tasks[0].confidence, None);
        }
    }

    proptest! {
        #[test]
        fn similarity_is_symmetric_bounded_and_full_only_for_equals(
            a in "[ab ]{0,9}",
            b in "[ab ]{0,9}",
        ) {
            for measure in [Similarity::Edit, Similarity::Runs(2)] {
                let s = similarity(&a, &b, measure);
                prop_assert!((0.0..=1.0).contains(&s));
                prop_assert_eq!(s, similarity(&b, &a, measure));
                prop_assert_eq!(similarity(&a, &a, measure), 1.0);
            }
            prop_assert_eq!(similarity(&a, &b, Similarity::Edit) == 1.0, a == b);
        }

        #[test]
        fn equal_texts_are_the_outcome(text in "[a-d ]{0,20}", n in 1_usize..5) {
            let all = answers(0, &vec![text.as_str(); n]);
            let closest = texts(&all, &TextOptions::default()).unwrap();
            prop_assert_eq!(&closest.tasks[0].answer, &text);
            let options = TextOptions { method: TextMethod::WordVote, rounds: 1 };
            let words = texts(&all, &options).unwrap();
            let plain: Vec<&str> = text.split_whitespace().collect();
            prop_assert_eq!(&words.tasks[0].answer, &plain.join(" "));
        }
    }
}
