//! Public data sets as pools and tests.

use tandem_learn::LearnError;
use tandem_learn::features::{FeatureKind, FeatureMap, FeatureOptions, FeatureSpec, Input, Value};
use tandem_learn::rng::Rng;
use tandem_learn::simulate::Metric;
use tandem_learn::sparse::Csr;

use crate::data::{csv, texts};

/// A pool, a test set, and how they are replayed.
pub(crate) struct Task {
    pub(crate) name: &'static str,
    pub(crate) pool: (Csr, Vec<u32>),
    pub(crate) test: (Csr, Vec<u32>),
    pub(crate) classes: usize,
    pub(crate) first: usize,
    pub(crate) batch: usize,
    pub(crate) metric: Metric,
}

/// Single words, as in published comparisons.
fn word_spec() -> FeatureSpec {
    let kind = FeatureKind::Words { min: 1, max: 1 };
    FeatureSpec { column: 0, name: "text".to_owned(), kind }
}

type Rows<'a> = (Vec<Input<'a>>, Vec<u32>);

fn task(
    name: &'static str,
    specs: &[FeatureSpec],
    (pool, pool_labels): Rows<'_>,
    (test, test_labels): Rows<'_>,
    (first, batch, metric): (usize, usize, Metric),
) -> Result<Task, LearnError> {
    let map = FeatureMap::fit(specs, &pool, FeatureOptions::default())?;
    let most = pool_labels.iter().chain(&test_labels).max().map_or(0, |&k| k as usize + 1);
    Ok(Task {
        name,
        pool: (map.transform(&pool)?, pool_labels),
        test: (map.transform(&test)?, test_labels),
        classes: most,
        first,
        batch,
        metric,
    })
}

/// The first seven tenths of a random order as the pool, the others as the test.
fn split<'a>(rows: &[Input<'a>], labels: &[u32]) -> (Rows<'a>, Rows<'a>) {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    Rng::new(42).shuffle(&mut order);
    let pick = |range: &[usize]| {
        (
            range.iter().map(|&i| rows[i].clone()).collect::<Vec<_>>(),
            range.iter().map(|&i| labels[i]).collect::<Vec<_>>(),
        )
    };
    let (pool, test) = order.split_at(rows.len() * 7 / 10);
    (pick(pool), pick(test))
}

fn inputs(texts: &[String]) -> Vec<Input<'_>> {
    texts.iter().map(|t| Input::text(t)).collect()
}

/// Files of texts for the pool and the test.
fn two_files(
    name: &'static str,
    (pool, test): (&str, &str),
    how: (usize, usize, Metric),
) -> Result<Option<Task>, LearnError> {
    let mut names = Vec::new();
    let (Some(pool), Some(test)) = (texts(pool, &mut names), texts(test, &mut names)) else {
        return Ok(None);
    };
    let (a, b) = ((inputs(&pool.0), pool.1), (inputs(&test.0), test.1));
    Ok(Some(task(name, &[word_spec()], a, b, how)?))
}

/// The named task, or None if its files are absent.
pub(crate) fn load(name: &str) -> Result<Option<Task>, LearnError> {
    let accuracy = Metric::Accuracy;
    match name {
        "banking77" => {
            let files = ("banking77/train.csv", "banking77/test.csv");
            two_files("banking77", files, (154, 154, accuracy))
        }
        "clinc150" => {
            let files = ("clinc_small_oos/train.csv", "clinc_small_oos/test.csv");
            two_files("clinc150", files, (300, 150, accuracy))
        }
        "sms_spam" => {
            let mut names = Vec::new();
            let Some((rows, labels)) = texts("sms_spam/sms.csv", &mut names) else {
                return Ok(None);
            };
            let inputs: Vec<Input<'_>> = rows.iter().map(|t| Input::text(t)).collect();
            let (pool, test) = split(&inputs, &labels);
            Ok(Some(task("sms_spam", &[word_spec()], pool, test, (20, 10, Metric::F1(1)))?))
        }
        "digits" => table("digits", "digits/digits.csv", &[], (20, 10, accuracy)),
        "wine" => table("wine", "wine/wine.csv", &[], (6, 3, accuracy)),
        "breast_cancer" => {
            table("breast_cancer", "breast_cancer/breast_cancer.csv", &[], (6, 3, accuracy))
        }
        "adult" => {
            let categories = [1, 3, 5, 6, 7, 8, 9, 13];
            table("adult", "adult_test/adult.csv", &categories, (20, 20, Metric::F1(1)))
        }
        _ => Ok(None),
    }
}

/// A table of numbers and categories, its last column the label.
fn table(
    name: &'static str,
    path: &str,
    categories: &[usize],
    how: (usize, usize, Metric),
) -> Result<Option<Task>, LearnError> {
    let Some(rows) = csv(path) else { return Ok(None) };
    let width = rows[0].len() - 1;
    let mut names: Vec<&str> = rows.iter().map(|r| r[width].as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let label = |r: &Vec<String>| names.iter().position(|n| *n == r[width]).unwrap_or(0) as u32;
    let labels: Vec<u32> = rows.iter().map(label).collect();
    let value = |(j, text): (usize, &'_ String)| match text.parse::<f64>() {
        _ if categories.contains(&j) => None,
        Ok(x) => Some(Value::Number(x)),
        Err(_) => Some(Value::Missing),
    };
    let inputs: Vec<Input<'_>> = rows
        .iter()
        .map(|r| {
            let values = r[..width].iter().enumerate();
            let values = values.map(|e| value(e).unwrap_or(Value::Text(e.1.as_str()))).collect();
            Input { values }
        })
        .collect();
    let spec = |column| {
        let kind =
            if categories.contains(&column) { FeatureKind::Category } else { FeatureKind::Number };
        FeatureSpec { column, name: format!("column {column}"), kind }
    };
    let specs: Vec<FeatureSpec> = (0..width).map(spec).collect();
    let (pool, test) = split(&inputs, &labels);
    Ok(Some(task(name, &specs, pool, test, how)?))
}
