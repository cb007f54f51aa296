//! The learner on public data sets, where they lie beside the repository.
#![expect(clippy::print_stdout, reason = "a skipped test says so")]

use std::path::PathBuf;

use tandem_learn::active::{Pool, select};
use tandem_learn::calibrate::{apply_temperature, quality, temperature};
use tandem_learn::features::{FeatureKind, FeatureMap, FeatureOptions, FeatureSpec, Input};
use tandem_learn::logistic::{FitOptions, fit};
use tandem_learn::model::{LinearClassifier, TrainOptions};

/// Lines of a file below `../shared/data` without its header; says so where it is absent.
fn lines(path: &str) -> Option<Vec<String>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let Ok(text) = std::fs::read_to_string(root.join(path)) else {
        println!("skipped: ../shared/data/{path} is absent");
        return None;
    };
    Some(text.lines().skip(1).map(str::to_owned).collect())
}

fn spec(kind: FeatureKind) -> Vec<FeatureSpec> {
    vec![FeatureSpec { column: 0, name: "input".to_owned(), kind }]
}

/// Texts and label names of a CSV file whose label is the last column and holds no comma.
fn texts(path: &str) -> Option<Vec<(String, String)>> {
    let mut out = Vec::new();
    let mut record = String::new();
    for line in lines(path)? {
        record.push_str(&line);
        // A quoted text may run over several lines.
        if record.matches('"').count() % 2 == 1 {
            record.push('\n');
            continue;
        }
        let (text, label) = record.rsplit_once(',')?;
        out.push((text.trim_matches('"').replace("\"\"", "\""), label.to_owned()));
        record.clear();
    }
    Some(out)
}

#[test]
fn banking77_reaches_the_accuracy_and_objective_of_scikit_learn() {
    let (Some(train), Some(test)) = (texts("banking77/train.csv"), texts("banking77/test.csv"))
    else {
        return;
    };
    let mut names: Vec<&str> = train.iter().map(|r| r.1.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let number = |rows: &[(String, String)]| -> Vec<u32> {
        rows.iter().map(|r| names.iter().position(|n| *n == r.1).unwrap() as u32).collect()
    };
    let map = FeatureMap::fit(
        &spec(FeatureKind::Words { min: 1, max: 1 }),
        &text_inputs(&train),
        FeatureOptions::default(),
    )
    .unwrap();
    // TfidfVectorizer(sublinear_tf=True, min_df=2) of scikit-learn 1.9.1.
    let rows = map.transform(&text_inputs(&train)).unwrap();
    assert_eq!((rows.rows(), rows.columns(), rows.entries()), (10_003, 1_461, 101_467));
    let options = FitOptions::default();
    let (weights, report) = fit(&rows, &number(&train), None, 77, &options, None).unwrap();
    // LogisticRegression(C=10, max_iter=200): objective 0.435994, accuracy 0.9000.
    assert!(report.objective < 0.435_994 * 1.001, "{report:?}");
    let p = weights.probabilities(&map.transform(&text_inputs(&test)).unwrap(), 1.0).unwrap();
    let quality = quality(&p, &number(&test), 77).unwrap();
    assert!(quality.accuracy > 0.897, "{quality:?}");
}

fn text_inputs(rows: &[(String, String)]) -> Vec<Input<'_>> {
    rows.iter().map(|r| Input::text(&r.0)).collect()
}

#[test]
fn digits_are_learnt_from_few_labels() {
    let Some(lines) = lines("digits/digits.csv") else { return };
    let rows: Vec<Vec<f32>> =
        lines.iter().map(|l| l.split(',').map(|x| x.parse().unwrap()).collect()).collect();
    let inputs: Vec<Input<'_>> = rows.iter().map(|r| Input::image(&r[..64], 8, 8)).collect();
    let labels: Vec<u32> = rows.iter().map(|r| r[64] as u32).collect();
    let options = TrainOptions::new(10, spec(FeatureKind::Image { width: 8, height: 8 }));
    let map = FeatureMap::fit(&options.specs, &inputs[..1000], options.features).unwrap();
    let pool = map.transform(&inputs[..1000]).unwrap();
    let test = map.transform(&inputs[1000..]).unwrap();

    let mut open: Vec<usize> = (0..1000).collect();
    let cold = Pool { rows: &pool, open: &open, labelled: &[], probabilities: None };
    let mut labelled = select(&cold, 20, 7).unwrap();
    let mut model: Option<LinearClassifier> = None;
    let mut accuracies = Vec::new();
    loop {
        let own: Vec<u32> = labelled.iter().map(|&i| labels[i]).collect();
        let (fitted, report) = LinearClassifier::fit_on(
            map.clone(),
            &pool.select(&labelled),
            &own,
            None,
            &options,
            model.as_ref(),
            7,
        )
        .unwrap();
        assert!(report.convergence.converged);
        let p = fitted.predict_on(&test).unwrap();
        accuracies.push(quality(&p.values, &labels[1000..], 10).unwrap());
        if labelled.len() >= 100 {
            break;
        }
        open.retain(|i| !labelled.contains(i));
        let p = fitted.predict_on(&pool.select(&open)).unwrap();
        let probabilities = Some((&p.values[..], 10));
        let pool = Pool { rows: &pool, open: &open, labelled: &labelled, probabilities };
        labelled.extend(select(&pool, 10, 7).unwrap());
        model = Some(fitted);
    }
    let (first, last) = (accuracies[0], accuracies[accuracies.len() - 1]);
    println!("20 labels: {first:?}; 100 labels: {last:?}");
    assert!(first.accuracy > 0.8 && last.accuracy > 0.93);
    assert!(last.ece < 0.1);
}

#[test]
fn temperatures_and_qualities_match_the_reference() {
    // Fitted on even rows, measured on odd ones.
    let sets = [
        ("cifar10_pyx/pyx.csv", 10, 1.4811, (0.2412, 0.2143), (0.0306, 0.0069), (0.1066, 0.1021)),
        ("news20_pyx/pyx.csv", 20, 0.3900, (0.6768, 0.4981), (0.1986, 0.0116), (0.1946, 0.1223)),
    ];
    for (path, classes, t_want, nll, ece, brier) in sets {
        let Some(lines) = lines(path) else { continue };
        let mut halves = [(Vec::new(), Vec::new()), (Vec::new(), Vec::new())];
        for (i, line) in lines.iter().enumerate() {
            let mut numbers = line.split(',').map(|x| x.parse::<f32>().unwrap());
            halves[i % 2].1.push(numbers.next().unwrap() as u32);
            halves[i % 2].0.extend(numbers);
        }
        let logs = |p: &[f32]| -> Vec<f32> { p.iter().map(|x| x.ln()).collect() };
        let [(fit_p, fit_labels), (p, labels)] = &halves;
        let t = temperature(&logs(fit_p), fit_labels, classes, 0.0).unwrap();
        let raw = quality(p, labels, classes).unwrap();
        let mut scaled = logs(p);
        apply_temperature(&mut scaled, classes, t).unwrap();
        let after = quality(&scaled, labels, classes).unwrap();
        println!("{path}: T {t:.4}\n  {raw:?}\n  {after:?}");
        let near = |a: f64, b: f64, e: f64| assert!((a - b).abs() < e, "{path}: {a} for {b}");
        near(t, t_want, 0.02);
        near(raw.nll, nll.0, 0.002);
        near(after.nll, nll.1, 0.002);
        near(raw.ece, ece.0, 0.001);
        near(after.ece, ece.1, 0.003);
        near(raw.brier, brier.0, 0.001);
        near(after.brier, brier.1, 0.001);
    }
}
