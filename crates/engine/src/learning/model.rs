//! A model of a loop: the classifier with what it answers and how it reads a case.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tandem_domain::command::NewProposal;
use tandem_domain::loops::LoopSpec;
use tandem_learn::LearnError;
use tandem_learn::model::{LinearClassifier, Probabilities};
use tandem_learn::novelty::NoveltyDetector;
use tandem_learn::sparse::Csr;

use super::layout::{Layout, Row};

/// First bytes of a stored model.
const MAGIC: [u8; 4] = *b"TDM1";
/// First bytes of a stored model that can tell novel cases.
const MAGIC_NOVELTY: [u8; 4] = *b"TDM2";
/// Most features shown to a reviewer.
const SHOWN: usize = 12;
/// Most places shown of one feature.
const PLACES: usize = 3;

/// A classifier of one answer field of a loop.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub(crate) header: Header,
    pub(crate) classifier: LinearClassifier,
    /// Tells cases unlike anything it was trained on; only where the policy asked for that.
    pub(crate) novelty: Option<NoveltyDetector>,
}

/// What stands before the classifier in a stored model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Header {
    /// The answer field.
    pub(crate) field: String,
    /// The options, in the order of the classifier's classes.
    pub(crate) options: Vec<String>,
    /// How a case is read.
    pub(crate) layout: Layout,
}

/// Stored bytes that are no model.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ModelError {
    #[error("the stored model is damaged ({0}); train it anew")]
    Header(String),
    #[error(transparent)]
    Learn(#[from] LearnError),
}

/// Why a model suggests what it suggests: the features that speak most strongly.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The option that is explained.
    pub class: String,
    /// Strongest first.
    pub contributions: Vec<Contribution>,
}

/// What one feature says about an option.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contribution {
    /// The term, category or pixel, or the field itself.
    pub feature: String,
    /// The input field.
    pub field: String,
    /// Start in the text, in code points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<usize>,
    /// End in the text, in code points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<usize>,
    /// Left, top, width and height in an image, as fractions of its sides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<[f64; 4]>,
    /// Added to the option's log-odds: positive speaks for it.
    pub weight: f64,
}

impl Model {
    /// Its bytes; equal models give equal bytes.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, ModelError> {
        let header = serde_json::to_vec(&self.header)
            .map_err(|error| ModelError::Header(error.to_string()))?;
        let length = u32::try_from(header.len())
            .map_err(|_| ModelError::Header("its description is too long".to_owned()))?;
        let body = self.classifier.to_bytes();
        let novelty = self.novelty.as_ref().map(NoveltyDetector::to_bytes);
        let mut out = Vec::with_capacity(8 + header.len() + body.len());
        out.extend(if novelty.is_some() { MAGIC_NOVELTY } else { MAGIC });
        out.extend(length.to_le_bytes());
        out.extend(header);
        if let Some(novelty) = novelty {
            out.extend((novelty.len() as u64).to_le_bytes());
            out.extend(novelty);
        }
        out.extend(body);
        Ok(out)
    }

    /// Reads back what [`Model::to_bytes`] wrote.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let damaged = |why: &str| ModelError::Header(why.to_owned());
        let (plain, novel) = (bytes.strip_prefix(&MAGIC), bytes.strip_prefix(&MAGIC_NOVELTY));
        let rest = plain.or(novel).ok_or_else(|| damaged("unknown format"))?;
        let (length, rest) = rest.split_first_chunk().ok_or_else(|| damaged("cut off"))?;
        let length = u32::from_le_bytes(*length) as usize;
        let (header, mut body) = rest.split_at_checked(length).ok_or_else(|| damaged("cut off"))?;
        let header: Header = serde_json::from_slice(header)
            .map_err(|error| ModelError::Header(error.to_string()))?;
        let mut novelty = None;
        if novel.is_some() {
            let (length, rest) = body.split_first_chunk().ok_or_else(|| damaged("cut off"))?;
            let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
            let (bytes, rest) = rest.split_at_checked(length).ok_or_else(|| damaged("cut off"))?;
            novelty = Some(NoveltyDetector::from_bytes(bytes)?);
            body = rest;
        }
        let classifier = LinearClassifier::from_bytes(body)?;
        if classifier.classes() != header.options.len() {
            return Err(damaged("its options do not fit its classes"));
        }
        Ok(Self { header, classifier, novelty })
    }

    /// Whether it can propose under this version of the loop: it answers a field that still exists
    /// and no other field is required.
    pub(crate) fn fits(&self, spec: &LoopSpec) -> bool {
        let others = || spec.answer.iter().filter(|(name, _)| **name != self.header.field);
        spec.learned_field().is_some_and(|(name, choice)| {
            name == self.header.field
                && self
                    .header
                    .options
                    .iter()
                    .all(|option| choice.options.iter().any(|known| known.value == *option))
        }) && others().all(|(_, field)| !field.required())
    }

    /// Probabilities of the options for rows.
    pub(crate) fn predict(&self, rows: &[Row]) -> Result<(Csr, Probabilities), LearnError> {
        let inputs: Vec<_> = rows.iter().map(Row::input).collect();
        let matrix = self.classifier.features.transform(&inputs)?;
        let probabilities = self.classifier.predict_on(&matrix)?;
        Ok((matrix, probabilities))
    }

    /// How ordinary rows are: conformal p-values, small means novel. `None` where the model cannot
    /// tell.
    pub(crate) fn p_values(&self, rows: &Csr) -> Result<Option<Vec<f64>>, LearnError> {
        let Some(novelty) = &self.novelty else { return Ok(None) };
        let energies = self.classifier.energies_on(rows)?;
        novelty.p_values(rows, &energies).map(Some)
    }

    /// A proposal from the probabilities of one case. `trusted` is false while a model has no
    /// permission to act: its proposal then carries probabilities and no confidence, and the policy
    /// sends it to a person.
    pub(crate) fn proposal(
        &self,
        probabilities: &[f32],
        name: &str,
        trusted: bool,
    ) -> Option<NewProposal> {
        let field = &self.header.field;
        let top = top(probabilities)?;
        let option = self.header.options.get(top)?;
        let share = rounded(probabilities);
        let shares = self.header.options.iter().cloned().zip(share.iter().copied()).collect();
        let mut output = Map::new();
        output.insert(field.clone(), Value::String(option.clone()));
        let confidence = trusted.then(|| (field.clone(), share[top]));
        Some(NewProposal {
            output,
            confidence: confidence.into_iter().collect(),
            probabilities: [(field.clone(), shares)].into(),
            model: Some(name.to_owned()),
            evidence: Vec::new(),
            by: "machine".to_owned(),
        })
    }

    /// The features that speak most strongly for or against an option; the most probable one where
    /// `option` is absent or unknown.
    pub(crate) fn explain(
        &self,
        input: &Value,
        option: Option<&str>,
    ) -> Result<Option<Explanation>, LearnError> {
        let row = self.header.layout.read(input);
        let input = row.input();
        let named = option.and_then(|o| self.header.options.iter().position(|known| known == o));
        let class = match named {
            Some(class) => Some(class),
            None => top(self.classifier.predict(std::slice::from_ref(&input))?.row(0)),
        };
        let Some(class) = class else { return Ok(None) };
        let mut contributions = Vec::new();
        for part in self.classifier.explain(&input, class, SHOWN)? {
            let region = part.place.region.and_then(|at| self.fraction(&part.column, at));
            let base = Contribution {
                feature: part.feature,
                field: part.column,
                start: None,
                end: None,
                region,
                weight: f64::from(part.contribution),
            };
            if part.place.spans.is_empty() {
                contributions.push(base);
                continue;
            }
            for (start, end) in part.place.spans.into_iter().take(PLACES) {
                contributions.push(Contribution {
                    start: Some(start),
                    end: Some(end),
                    ..base.clone()
                });
            }
        }
        Ok(Some(Explanation { class: self.header.options[class].clone(), contributions }))
    }

    /// A region in the pixels of a feature as fractions of the image's sides.
    fn fraction(&self, column: &str, at: [usize; 4]) -> Option<[f64; 4]> {
        use tandem_learn::features::FeatureKind;
        let specs = self.classifier.features.specs();
        specs.iter().find_map(|spec| match spec.kind {
            FeatureKind::Image { width, height } if spec.name == column => {
                let (w, h) = (f64::from(width), f64::from(height));
                let [x, y, dx, dy] = at.map(|n| n as f64);
                Some([x / w, y / h, dx / w, dy / h])
            }
            _ => None,
        })
    }
}

/// Index of the largest probability; the first where they tie.
fn top(probabilities: &[f32]) -> Option<usize> {
    let best =
        probabilities.iter().enumerate().fold(None, |best: Option<(usize, f32)>, (i, &p)| {
            if best.is_none_or(|(_, most)| p > most) { Some((i, p)) } else { best }
        });
    best.map(|(i, _)| i)
}

/// Probabilities to six decimals that still sum to 1: the largest takes the rounding.
fn rounded(probabilities: &[f32]) -> Vec<f64> {
    let total: f64 = probabilities.iter().map(|&p| f64::from(p)).sum();
    let total = if total > 0.0 { total } else { 1.0 };
    let mut out: Vec<f64> =
        probabilities.iter().map(|&p| (f64::from(p) / total * 1e6).round() / 1e6).collect();
    if let Some(top) = top(probabilities) {
        let others: f64 = out.iter().enumerate().filter(|(i, _)| *i != top).map(|(_, p)| p).sum();
        out[top] = ((1.0 - others) * 1e6).round() / 1e6;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rounded_probabilities_sum_to_one_and_keep_their_top(
            raw in prop::collection::vec(0.0_f32..1.0, 1..30),
        ) {
            let total: f32 = raw.iter().sum();
            prop_assume!(total > 0.1);
            let p: Vec<f32> = raw.iter().map(|x| x / total).collect();
            let out = rounded(&p);
            prop_assert!((out.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            prop_assert!(out.iter().all(|x| (0.0..=1.0).contains(x)));
            for (a, b) in out.iter().zip(&p) {
                prop_assert!((a - f64::from(*b)).abs() < 1e-4);
            }
        }

        #[test]
        fn any_bytes_are_a_model_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Model::from_bytes(&bytes).is_err());
            let named: Vec<u8> = MAGIC.iter().copied().chain(bytes).collect();
            prop_assert!(Model::from_bytes(&named).is_err());
        }
    }
}
