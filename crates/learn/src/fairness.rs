//! Rates by group in one pass, their intervals, and the gaps between groups.
//!
//! For a class `c` against the rest, a row of a group is *positive* if its label is `c` and
//! *selected* if its prediction is. From counts of (group, label, prediction):
//!
//! - selection rate, base rate, accuracy;
//! - true and false positive rate (equalized odds, equal opportunity: Hardt, Price and Srebro,
//!   NeurIPS 2016), precision (predictive parity: Chouldechova, Big Data 2017);
//! - where a person looks: the share of rows reviewed, and of those the share overturned.
//!
//! A gap is the largest rate less the smallest over groups, the ratio the smallest over the
//! largest, as in fairlearn. The four-fifths rule (US Uniform Guidelines on Employee Selection
//! Procedures, 1978) compares each selection rate with the largest. Where base rates differ, not
//! all gaps can vanish at once (Kleinberg, Mullainathan and Raghavan 2016; Chouldechova 2017): say
//! which one matters, and why.
//!
//! Rates of few rows are noise: each comes with its numbers and a Wilson interval, and one over
//! fewer than [`ReportOptions::least_rows`] rows is not shown and does not enter any gap.

mod count;
mod report;

pub use count::{Counts, Rows};
pub use report::{FourFifths, Gap, GroupRates, Rate, Report, ReportOptions};
