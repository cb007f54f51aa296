//! A revision of a text as hunks: stretches that are replaced, each kept or reverted on its own.

use serde::{Deserialize, Serialize};

/// Most cells of the table of common words; beyond it what lies between the common ends is one hunk.
const MOST_CELLS: usize = 4_000_000;

/// A stretch of a text and what stands in its place afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hunk {
    /// Where it begins, in code points of the text before.
    pub from: usize,
    /// Where it ends, in code points of the text before.
    pub to: usize,
    /// What stands there afterwards.
    pub text: String,
}

/// What turns `before` into `after`, in order and apart from each other, in whole words. The words that
/// stay are a longest common subsequence; changes with nothing but blanks between them are one hunk.
pub fn hunks(before: &str, after: &str) -> Vec<Hunk> {
    let (a, b) = (words(before), words(after));
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (rest_a, rest_b) = (&a[head..], &b[head..]);
    let tail = rest_a.iter().rev().zip(rest_b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (mid_a, mid_b) = (&rest_a[..rest_a.len() - tail], &rest_b[..rest_b.len() - tail]);
    let mut starts = Vec::with_capacity(a.len() + 1);
    let mut at = 0;
    for word in &a {
        starts.push(at);
        at += word.chars().count();
    }
    starts.push(at);
    let mut out: Vec<Hunk> = Vec::new();
    let (mut i, mut j) = (0, 0);
    for (x, y) in common(mid_a, mid_b).into_iter().chain([(mid_a.len(), mid_b.len())]) {
        if x > i || y > j {
            let (from, to) = (starts[head + i], starts[head + x]);
            push(&mut out, &a, &starts, Hunk { from, to, text: mid_b[j..y].concat() });
        }
        (i, j) = (x + 1, y + 1);
    }
    out
}

/// Adds a hunk, joined with the one before where only blanks lie between.
fn push(out: &mut Vec<Hunk>, words: &[&str], starts: &[usize], hunk: Hunk) {
    if let Some(last) = out.last_mut() {
        let (first, end) =
            (starts.partition_point(|s| *s < last.to), starts.partition_point(|s| *s < hunk.from));
        let between = words[first..end].concat();
        if between.chars().all(|c| c.is_whitespace() && c != '\n') {
            last.text.push_str(&between);
            last.text.push_str(&hunk.text);
            last.to = hunk.to;
            return;
        }
    }
    out.push(hunk);
}

/// The text with some of the hunks in place, by their index.
pub fn apply(before: &str, hunks: &[Hunk], keep: impl Fn(usize) -> bool) -> String {
    let chars: Vec<char> = before.chars().collect();
    let mut out = String::with_capacity(before.len());
    let mut at = 0;
    for (i, hunk) in hunks.iter().enumerate().filter(|(i, _)| keep(*i)) {
        debug_assert!(hunk.from >= at, "hunk {i} lies behind the one before");
        out.extend(&chars[at..hunk.from]);
        out.push_str(&hunk.text);
        at = hunk.to;
    }
    out.extend(&chars[at..]);
    out
}

/// Runs of letters and digits, runs of blanks, and every other sign for itself.
fn words(text: &str) -> Vec<&str> {
    let kind = |c: char| match c {
        '\n' => 2,
        c if c.is_whitespace() => 1,
        c if c.is_alphanumeric() => 0,
        _ => 2,
    };
    let mut out = Vec::new();
    let mut from = 0;
    let mut last = None;
    for (at, c) in text.char_indices() {
        let this = kind(c);
        if last.is_some_and(|last| last != this || this == 2) {
            out.push(&text[from..at]);
            from = at;
        }
        last = Some(this);
    }
    if from < text.len() {
        out.push(&text[from..]);
    }
    out
}

/// Index pairs of a longest common subsequence.
fn common(a: &[&str], b: &[&str]) -> Vec<(usize, usize)> {
    let width = b.len() + 1;
    if a.is_empty() || b.is_empty() || (a.len() + 1).saturating_mul(width) > MOST_CELLS {
        return Vec::new();
    }
    let mut lengths = vec![0_u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            lengths[i * width + j] = if a[i] == b[j] {
                lengths[(i + 1) * width + j + 1] + 1
            } else {
                lengths[(i + 1) * width + j].max(lengths[i * width + j + 1])
            };
        }
    }
    let mut pairs = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        if a[i] == b[j] {
            pairs.push((i, j));
            i += 1;
            j += 1;
        } else if lengths[(i + 1) * width + j] >= lengths[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hunk(from: usize, to: usize, text: &str) -> Hunk {
        Hunk { from, to, text: text.to_owned() }
    }

    #[test]
    fn whole_words_change_and_neighbours_are_one() {
        assert_eq!(hunks("Dear Ms. Lee", "Dear Mr. Lee"), [hunk(5, 7, "Mr")]);
        assert_eq!(hunks("a b c", "x y z"), [hunk(0, 5, "x y z")]);
        let found = hunks("We got it. Bye", "We have it, now. Bye");
        assert_eq!(found, [hunk(3, 6, "have"), hunk(9, 9, ", now")]);
        assert_eq!(hunks("née é", "née e"), [hunk(4, 5, "e")]);
        assert_eq!(hunks("", "x"), [hunk(0, 0, "x")]);
        assert_eq!(hunks("same", "same"), []);
        // Lines stay lines: a change in each is a hunk in each.
        assert_eq!(hunks("a\nb", "c\nd").len(), 2);
    }

    proptest! {
        #[test]
        fn all_hunks_give_the_revision_and_none_the_text(
            a in "[ab .\n\u{e9}]{0,40}", b in "[ab .\n\u{e9}]{0,40}", kept: u64,
        ) {
            let found = hunks(&a, &b);
            prop_assert_eq!(apply(&a, &found, |_| true), b);
            prop_assert_eq!(apply(&a, &found, |_| false), a.clone());
            // Any choice can be applied, and a hunk that is kept is there.
            let is_kept = |i: usize| (kept >> (i % 64)) & 1 == 1;
            let chosen = apply(&a, &found, is_kept);
            for (i, hunk) in found.iter().enumerate() {
                prop_assert!(hunk.from <= hunk.to && (hunk.from < hunk.to || !hunk.text.is_empty()));
                prop_assert!(!is_kept(i) || chosen.contains(&hunk.text));
            }
            prop_assert!(found.windows(2).all(|two| two[0].to < two[1].from));
        }
    }
}
