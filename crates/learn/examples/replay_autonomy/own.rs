//! All populations: stored probabilities, and those of the crate's own models.

use tandem_learn::LearnError;
use tandem_learn::features::{FeatureKind, FeatureSpec, Input};
use tandem_learn::model::{LinearClassifier, TrainOptions};
use tandem_learn::rng::Rng;

use crate::data::{Row, Set, read, scored, stored};

/// All sets that are there, by name.
pub(crate) fn all() -> Vec<Set> {
    let probabilities = [
        ("cifar10_pyx", 10, "cifar10_pyx/pyx.csv"),
        ("news20_pyx", 20, "news20_pyx/pyx.csv"),
        ("banking77_lr_pyx", 77, "banking77_lr_pyx/pyx.csv"),
    ];
    let mut sets: Vec<Set> = probabilities
        .into_iter()
        .filter_map(|(name, classes, path)| stored(name, classes, path))
        .collect();
    sets.extend(own("sms_spam", sms()));
    sets.extend(own("digits", digits()));
    sets
}

/// Inputs with labels.
struct Labelled {
    texts: Vec<String>,
    pixels: Vec<Vec<f32>>,
    labels: Vec<u32>,
}

fn sms() -> Option<Labelled> {
    let (mut texts, mut labels) = (Vec::new(), Vec::new());
    let mut record = String::new();
    for line in read("sms_spam/sms.csv")?.lines().skip(1) {
        record.push_str(line);
        // A quoted text may run over several lines.
        if record.matches('"').count() % 2 == 1 {
            record.push('\n');
            continue;
        }
        let (text, label) = record.rsplit_once(',')?;
        texts.push(text.trim_matches('"').replace("\"\"", "\""));
        labels.push(u32::from(label == "spam"));
        record.clear();
    }
    Some(Labelled { texts, pixels: Vec::new(), labels })
}

fn digits() -> Option<Labelled> {
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for line in read("digits/digits.csv")?.lines().skip(1) {
        let numbers: Vec<f32> = line.split(',').map(str::parse).collect::<Result<_, _>>().ok()?;
        labels.push(numbers[64] as u32);
        pixels.push(numbers[..64].to_vec());
    }
    Some(Labelled { texts: Vec::new(), pixels, labels })
}

/// Out-of-fold probabilities of the crate's own model, trained on few rows so that it errs: each
/// fifth is predicted by a model of 4 % (texts) or 6 % (images) of the other rows.
fn own(name: &'static str, data: Option<Labelled>) -> Option<Set> {
    let data = data?;
    match own_rows(&data) {
        Ok(mut rows) => {
            Rng::new(5).shuffle(&mut rows);
            let drawn = rows.split_off(rows.len() / 3);
            let grid_scores = rows.iter().map(|r| r.score).collect();
            Some(Set { name, grid_scores, rows: drawn })
        }
        Err(_) => None,
    }
}

fn own_rows(data: &Labelled) -> Result<Vec<Row>, LearnError> {
    let images = !data.pixels.is_empty();
    let inputs: Vec<Input<'_>> = if images {
        data.pixels.iter().map(|p| Input::image(p, 8, 8)).collect()
    } else {
        data.texts.iter().map(|t| Input::text(t)).collect()
    };
    let specs = if images {
        let kind = FeatureKind::Image { width: 8, height: 8 };
        vec![FeatureSpec { column: 0, name: "image".to_owned(), kind }]
    } else {
        FeatureSpec::text(0, "text")
    };
    let classes = data.labels.iter().max().map_or(1, |&k| k as usize + 1);
    let mut order: Vec<usize> = (0..inputs.len()).collect();
    Rng::new(9).shuffle(&mut order);
    let folds = 5;
    let mut rows = Vec::new();
    for fold in 0..folds {
        let held: Vec<usize> = order.iter().skip(fold).step_by(folds).copied().collect();
        let share = if images { 16 } else { 25 };
        let others = order.iter().enumerate().filter(|(i, _)| i % folds != fold);
        let train: Vec<usize> = others.map(|(_, &i)| i).step_by(share).collect();
        let pick = |at: &[usize]| at.iter().map(|&i| inputs[i].clone()).collect::<Vec<_>>();
        let labels = |at: &[usize]| at.iter().map(|&i| data.labels[i]).collect::<Vec<_>>();
        let options = TrainOptions::new(classes, specs.clone());
        let (model, _) = LinearClassifier::fit(&pick(&train), &labels(&train), &options, None, 3)?;
        let p = model.predict(&pick(&held))?;
        rows.extend(scored(&labels(&held), &p.values, classes));
    }
    Ok(rows)
}
