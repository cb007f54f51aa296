//! Selective answers against reference figures.

use crate::shared::{Half, halves, load};
use tandem_learn::selective::{Costs, RiskCoverage, default_starts, guaranteed, quantile_grid};

fn outcomes(rows: &Half) -> (Vec<f32>, Vec<bool>) {
    let (tops, confidence) = rows.matrix().tops();
    let wrong = tops.iter().zip(&rows.labels).map(|(a, b)| a != b).collect();
    (confidence, wrong)
}

fn curve(rows: &Half) -> RiskCoverage {
    let (confidence, wrong) = outcomes(rows);
    RiskCoverage::new(&confidence, &wrong).unwrap()
}

#[test]
fn risk_and_coverage_match_the_reference() {
    for (name, classes, error, aurc, coverages) in [
        ("cifar10_pyx", 10, 0.0706, 0.0084, [0.776, 0.853, 0.956]),
        ("news20_pyx", 20, 0.0766, 0.0130, [0.637, 0.791, 0.942]),
    ] {
        let Some(set) = load(name, classes) else { continue };
        let c = curve(&set.all);
        println!(
            "{name}: error {:.4} AURC {:.6} excess {:.6}",
            c.error(),
            c.aurc(),
            c.excess_aurc()
        );
        assert!((c.error() - error).abs() < 5e-5);
        // Given to four places, cut off.
        assert!(c.aurc() >= aurc && c.aurc() < aurc + 1e-4);
        for (risk, want) in [0.01, 0.02, 0.05].into_iter().zip(coverages) {
            let got = c.at_risk(risk).unwrap().answered as f64 / c.rows() as f64;
            assert!((got - want).abs() < 1e-3, "{name} {risk}: {got} {want}");
        }
    }
}

#[test]
fn the_cheapest_threshold_matches_the_reference() {
    // Chosen on even rows, paid on odd ones: threshold, cost, all automatic, threshold 0.9.
    let costs = Costs::new(10.0, 1.0);
    for (name, classes, want) in [
        ("cifar10_pyx", 10, (0.9826, 0.305, 0.692, 0.333)),
        ("news20_pyx", 20, (0.5418, 0.3685, 0.7806, 0.7644)),
    ] {
        let Some(set) = load(name, classes) else { continue };
        let [even, odd] = halves(&set);
        let chosen = curve(&even).cost_optimal(&costs).unwrap();
        let paid = |t| curve(&odd).cost(t, &costs).unwrap();
        let got = (chosen.threshold, paid(chosen.threshold), paid(0.0), paid(0.9));
        println!("{name}: {got:.5?} for {want:?}");
        for (got, want) in [(got.0, want.0), (got.1, want.1), (got.2, want.2), (got.3, want.3)] {
            assert!(got >= want - 5e-7 && got < want + 1e-4, "{name}: {got} {want}");
        }
    }
}

#[test]
fn certified_thresholds_hold_on_the_other_half() {
    for (name, classes) in [("cifar10_pyx", 10), ("news20_pyx", 20), ("banking77_lr_pyx", 77)] {
        let Some(set) = load(name, classes) else { continue };
        let [even, odd] = halves(&set);
        let (confidence, wrong) = outcomes(&even);
        let grid = quantile_grid(&confidence, 40).unwrap();
        let starts = default_starts(grid.len());
        for target in [0.02, 0.05] {
            let got = guaranteed(&confidence, &wrong, &grid, &starts, target, 0.05).unwrap();
            let level = got.chosen.expect("there is evidence for some threshold");
            let other = curve(&odd).at_threshold(level.threshold);
            let share = other.answered as f64 / odd.labels.len() as f64;
            println!(
                "{name} {target}: {level:.4?}, on the other half {:.4} at {share:.3}",
                other.risk()
            );
            assert!(other.risk() <= target + 0.005 && share > 0.3);
        }
    }
}
