//! Value against cost: what to look at when rows differ in how long they take.
//!
//! A row's value is whatever the caller expects from a look: an uncertainty, an expected saving
//! (`P(wrong) x cost of an error`). Ranking by value per cost (Settles, Craven and Friedland,
//! "Active learning with real annotation costs", 2008) is the greedy rule of the knapsack problem:
//! with the single best row as the alternative it gains at least half of what any choice within
//! the budget can (Dantzig's bound).

use crate::LearnError;
use crate::uncertainty::top_k;

/// `values[i] / costs[i]`; costs must be positive, values finite.
pub fn per_cost(values: &[f32], costs: &[f32]) -> Result<Vec<f32>, LearnError> {
    if values.len() != costs.len() {
        let (expected, found) = (values.len(), costs.len());
        return Err(LearnError::Shape { what: "costs", expected, found });
    }
    if let Some(at) = costs.iter().position(|c| !(c.is_finite() && *c > 0.0)) {
        return Err(LearnError::NotFinite { what: "cost (positive) of row", at });
    }
    let out: Vec<f32> = values.iter().zip(costs).map(|(v, c)| v / c).collect();
    match out.iter().position(|v| !v.is_finite()) {
        Some(at) => Err(LearnError::NotFinite { what: "value per cost of row", at }),
        None => Ok(out),
    }
}

/// What an automatic decision about a row is expected to cost beyond a look at it:
/// `(1 - p_top) * error_cost - review_cost`; positive where a person's look pays (Chow 1970).
/// Believe it only if the probabilities are calibrated.
pub fn expected_saving(p_top: f32, error_cost: f32, review_cost: f32) -> f32 {
    (1.0 - p_top) * error_cost - review_cost
}

/// Rows by falling value per cost whose costs together stay within `budget`; rows of no positive
/// value are left out, rows too dear for what is left are passed over. If one affordable row alone
/// is worth more than all these, that row alone.
pub fn within_budget(
    values: &[f32],
    costs: &[f32],
    budget: f64,
    seed: u64,
) -> Result<Vec<usize>, LearnError> {
    if !(budget.is_finite() && budget >= 0.0) {
        return Err(LearnError::Parameter { name: "budget", must: "not negative" });
    }
    let ratio = per_cost(values, costs)?;
    let (mut left, mut gained, mut out) = (budget, 0.0, Vec::new());
    for i in top_k(&ratio, ratio.len(), seed) {
        let cost = f64::from(costs[i]);
        if values[i] > 0.0 && cost <= left {
            left -= cost;
            gained += f64::from(values[i]);
            out.push(i);
        }
    }
    let affordable = (0..values.len()).filter(|&i| f64::from(costs[i]) <= budget);
    let best = affordable.reduce(|a, b| if values[b] > values[a] { b } else { a });
    match best {
        Some(i) if f64::from(values[i]) > gained => Ok(vec![i]),
        _ => Ok(out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn gains_at_least_half_of_the_best_choice(
            items in prop::collection::vec((1_u8..30, 1_u8..20), 1..10), budget in 0_u8..60,
            seed: u64,
        ) {
            let values: Vec<f32> = items.iter().map(|i| f32::from(i.0)).collect();
            let costs: Vec<f32> = items.iter().map(|i| f32::from(i.1)).collect();
            let got = within_budget(&values, &costs, f64::from(budget), seed).unwrap();
            let total = |list: &[f32], which: &[usize]| which.iter().map(|&i| list[i]).sum::<f32>();
            prop_assert!(total(&costs, &got) <= f32::from(budget));
            let mut best = 0.0_f32;
            for mask in 0_u32..1 << items.len() {
                let which: Vec<usize> = (0..items.len()).filter(|i| mask >> i & 1 == 1).collect();
                if total(&costs, &which) <= f32::from(budget) {
                    best = best.max(total(&values, &which));
                }
            }
            prop_assert!(2.0 * total(&values, &got) >= best);
        }
    }

    #[test]
    fn equal_costs_rank_by_value_and_losses_are_left_out() {
        let got = within_budget(&[1.0, 3.0, -1.0, 2.0], &[1.0; 4], 10.0, 1).unwrap();
        assert_eq!(got, [1, 3, 0]);
        assert_eq!(within_budget(&[1.0, 9.0], &[0.1, 5.0], 5.0, 1).unwrap(), [1]);
        assert!((expected_saving(0.9, 20.0, 1.0) - 1.0).abs() < 1e-5);
    }

    #[test]
    fn refuses_bad_costs() {
        assert!(per_cost(&[1.0], &[0.0]).is_err());
        assert!(per_cost(&[1.0], &[]).is_err());
        assert!(per_cost(&[f32::NAN], &[1.0]).is_err());
        assert!(within_budget(&[1.0], &[1.0], f64::NAN, 1).is_err());
    }
}
