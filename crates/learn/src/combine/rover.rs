//! Word voting (Fiscus, "A post-processing system to yield reduced word error rates: Recognizer
//! Output Voting Error Reduction", ASRU 1997).

use super::texts::edits;

/// Candidates for one place in the text; the empty word is "nothing here".
struct Column<'a> {
    words: Vec<(&'a str, f64)>,
}

impl Column<'_> {
    /// Weighted share of `word`, out of `total`.
    fn share(&self, word: &str, total: f64) -> f64 {
        self.words.iter().find(|w| w.0 == word).map_or(0.0, |w| w.1 / total)
    }
}

/// The text by weighted vote, and the mean share of the winning words. The texts are aligned one
/// after another, beginning with the one of fewest edits to the others.
pub(super) fn rover(texts: &[&str], weights: &[f64]) -> (String, f64) {
    let words: Vec<Vec<&str>> = texts.iter().map(|t| t.split_whitespace().collect()).collect();
    let first = central(&words, weights);
    let mut columns: Vec<Column<'_>> =
        words[first].iter().map(|&w| Column { words: vec![(w, weights[first])] }).collect();
    let mut total = weights[first];
    for (i, text) in words.iter().enumerate().filter(|(i, _)| *i != first) {
        columns = align(columns, total, text, weights[i]);
        total += weights[i];
    }
    let (mut out, mut sure) = (String::new(), 0.0);
    let places = columns.len();
    for column in &columns {
        let mut best = ("", f64::NEG_INFINITY);
        for &(word, weight) in &column.words {
            // A tie between a word and nothing goes to the word, else to the earlier text.
            let near = (weight - best.1).abs() <= 1e-12 * total;
            if (weight > best.1 && !near) || (near && best.0.is_empty()) {
                best = (word, weight);
            }
        }
        sure += best.1 / total;
        if !best.0.is_empty() {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(best.0);
        }
    }
    (out, if places == 0 { 1.0 } else { sure / places as f64 })
}

/// The text with the least weighted edits to the others.
fn central(words: &[Vec<&str>], weights: &[f64]) -> usize {
    let cost = |i: usize| -> f64 {
        words.iter().zip(weights).map(|(w, weight)| weight * edits(&words[i], w) as f64).sum()
    };
    let costs: Vec<f64> = (0..words.len()).map(cost).collect();
    (0..costs.len()).fold(0, |best, i| if costs[i] < costs[best] { i } else { best })
}

/// Adds a text to the columns along the cheapest alignment: a word costs the share of a column that
/// did not give it.
fn align<'a>(
    columns: Vec<Column<'a>>,
    total: f64,
    text: &[&'a str],
    weight: f64,
) -> Vec<Column<'a>> {
    let (n, m) = (columns.len(), text.len());
    let at = |i: usize, j: usize| i * (m + 1) + j;
    let skip: Vec<f64> = columns.iter().map(|c| 1.0 - c.share("", total)).collect();
    let mut cost = vec![0.0; (n + 1) * (m + 1)];
    for i in 0..=n {
        for j in 0..=m {
            let mut best = if i == 0 && j == 0 { 0.0 } else { f64::INFINITY };
            if i > 0 {
                best = best.min(cost[at(i - 1, j)] + skip[i - 1]);
            }
            if j > 0 {
                best = best.min(cost[at(i, j - 1)] + 1.0);
            }
            if i > 0 && j > 0 {
                let swap = 1.0 - columns[i - 1].share(text[j - 1], total);
                best = best.min(cost[at(i - 1, j - 1)] + swap);
            }
            cost[at(i, j)] = best;
        }
    }
    let mut columns: Vec<Option<Column<'a>>> = columns.into_iter().map(Some).collect();
    let mut out = Vec::with_capacity(n.max(m));
    let (mut i, mut j) = (n, m);
    while i > 0 || j > 0 {
        let here = cost[at(i, j)];
        let swapped = i > 0 && j > 0 && {
            let share = columns[i - 1].as_ref().map_or(0.0, |c| c.share(text[j - 1], total));
            here >= cost[at(i - 1, j - 1)] + 1.0 - share
        };
        let (column, word) = if swapped {
            (i, j) = (i - 1, j - 1);
            (columns[i].take(), text[j])
        } else if i > 0 && here >= cost[at(i - 1, j)] + skip[i - 1] {
            i -= 1;
            (columns[i].take(), "")
        } else {
            j -= 1;
            (None, text[j])
        };
        let mut column = column.unwrap_or_else(|| Column { words: vec![("", total)] });
        match column.words.iter_mut().find(|w| w.0 == word) {
            Some(entry) => entry.1 += weight,
            None => column.words.push((word, weight)),
        }
        out.push(column);
    }
    out.reverse();
    out
}

/// `1 - d / max(words)`, where `d` is the edit distance in words.
pub(super) fn word_agreement(a: &str, b: &str) -> f64 {
    let (a, b): (Vec<&str>, Vec<&str>) =
        (a.split_whitespace().collect(), b.split_whitespace().collect());
    let longest = a.len().max(b.len());
    if longest == 0 { 1.0 } else { 1.0 - edits(&a, &b) as f64 / longest as f64 }
}
