//! The tests of one column.

use std::collections::BTreeMap;

use tandem_learn::LearnError;
use tandem_learn::drift::chi_square::chi_square;
use tandem_learn::drift::effect::{cliffs_delta, cohens_d, total_variation};
use tandem_learn::drift::ks::ks;
use tandem_learn::drift::psi::{Psi, PsiOptions, psi_counts, psi_numeric};

use super::Args;
use super::column::{Kind, Sample};

/// Categories expected less often than this in the smaller file are taken together, as the p-value
/// of the chi-square test asks for.
const RARE: f64 = 5.0;

/// A column that was compared.
pub(super) struct Tested {
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) psi: Psi,
    /// Names of the bins of PSI, if they are categories.
    pub(super) bins: Vec<String>,
    /// Name and size of each effect; the first one is printed.
    pub(super) effects: Vec<(&'static str, Option<f64>)>,
    pub(super) test: &'static str,
    pub(super) statistic: f64,
    pub(super) p_value: f64,
    pub(super) adjusted: f64,
    pub(super) note: Option<String>,
}

/// Compares a column; or says why it cannot be.
///
/// Besides the column itself its share of empty cells is compared, if there are any.
pub(super) fn column(
    name: &str,
    kind: Kind,
    old: &Sample,
    new: &Sample,
    args: &Args,
) -> Result<Result<Vec<Tested>, String>, LearnError> {
    if old.filled() + new.filled() == 0 {
        return Ok(Err("every cell is empty".to_owned()));
    }
    let mut out = Vec::new();
    if old.empty + new.empty > 0 {
        let bins = vec!["filled".to_owned(), "empty".to_owned()];
        let counts = [old, new].map(|s| [s.filled(), s.empty]);
        out.push(categories(&format!("{name} (empty)"), bins, &counts[0], &counts[1], args)?);
    }
    if old.filled() == 0 || new.filled() == 0 {
        return Ok(Ok(out));
    }
    out.push(match kind {
        Kind::Number => numbers(name, "number", &old.numbers.values, &new.numbers.values, args)?,
        Kind::Category => {
            let empty = BTreeMap::new();
            let values = |s: &Sample| s.values.clone().unwrap_or_else(|| empty.clone());
            let (bins, counts, note) = pooled(aligned(&values(old), &values(new)));
            let tested = categories(name, bins, &counts[0], &counts[1], args)?;
            Tested { note, ..tested }
        }
        // A column that is text in one file only has no lengths in the other.
        Kind::Text if old.lengths.values.is_empty() || new.lengths.values.is_empty() => {
            return Ok(Err("numbers in one file and text in the other".to_owned()));
        }
        Kind::Text => {
            let mut tested = numbers(name, "text", &old.lengths.values, &new.lengths.values, args)?;
            tested.note = Some("length in characters".to_owned());
            tested
        }
    });
    Ok(Ok(out))
}

fn numbers(
    name: &str,
    kind: &'static str,
    old: &[f64],
    new: &[f64],
    args: &Args,
) -> Result<Tested, LearnError> {
    let psi = psi_numeric(old, new, PsiOptions { bins: args.bins, epsilon: args.epsilon })?;
    let test = ks(old, new)?;
    Ok(Tested {
        name: name.to_owned(),
        kind,
        psi,
        bins: Vec::new(),
        effects: vec![
            ("Cohen's d", cohens_d(old, new)?),
            ("Cliff's delta", Some(cliffs_delta(old, new)?)),
        ],
        test: if test.exact { "KS, exact" } else { "KS" },
        statistic: test.statistic,
        p_value: test.p_value,
        adjusted: test.p_value,
        note: None,
    })
}

fn categories(
    name: &str,
    bins: Vec<String>,
    old: &[u64],
    new: &[u64],
    args: &Args,
) -> Result<Tested, LearnError> {
    let test = chi_square(&[old, new].concat(), old.len())?;
    Ok(Tested {
        name: name.to_owned(),
        kind: "category",
        psi: psi_counts(old, new, args.epsilon)?,
        bins,
        effects: vec![
            ("Cramér's V", Some(test.cramers_v)),
            ("total variation", Some(total_variation(old, new)?)),
        ],
        test: "chi-square",
        statistic: test.statistic,
        p_value: test.p_value,
        adjusted: test.p_value,
        note: None,
    })
}

/// Names of values, and how often each file has them.
type Values = (Vec<String>, [Vec<u64>; 2]);

/// Rare values taken together, if there are two or more, and a note that says so.
fn pooled((mut names, counts): Values) -> (Vec<String>, [Vec<u64>; 2], Option<String>) {
    let [old, new] = &counts;
    let (n, m): (u64, u64) = (old.iter().sum(), new.iter().sum());
    let share = n.min(m) as f64 / (n + m) as f64;
    let rare = |i: &usize| ((old[*i] + new[*i]) as f64) * share < RARE;
    let (few, kept): (Vec<usize>, Vec<usize>) = (0..names.len()).partition(rare);
    if few.len() < 2 {
        return (names, counts, None);
    }
    let pool = |of: &[u64]| -> Vec<u64> {
        let rest = few.iter().map(|&i| of[i]).sum();
        kept.iter().map(|&i| of[i]).chain([rest]).collect()
    };
    let pooled = [pool(old), pool(new)];
    names = kept.iter().map(|&i| std::mem::take(&mut names[i])).collect();
    names.push("(rare values)".to_owned());
    (names, pooled, Some(format!("{} rare values taken together", few.len())))
}

/// All values of both files in order, and their counts.
fn aligned(old: &BTreeMap<Box<str>, u64>, new: &BTreeMap<Box<str>, u64>) -> Values {
    let mut all: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for (name, &count) in old {
        all.entry(name).or_default().0 = count;
    }
    for (name, &count) in new {
        all.entry(name).or_default().1 = count;
    }
    let names = all.keys().map(|&name| name.to_owned()).collect();
    let (a, b) = all.values().copied().unzip();
    (names, [a, b])
}
