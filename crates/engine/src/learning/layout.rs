//! From a case's input to the values a classifier reads.
//!
//! A [`Layout`] says which values of the input are read and as what; it is made from the loop file
//! and kept with every model, so that a model reads a case the same way as long as it lives.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tandem_domain::loops::{InputKind, LoopSpec};
use tandem_learn::features::{self, FeatureKind, FeatureSpec, Input};

/// Images are brought to at most this many pixels across and down.
const SIDE: usize = 16;
/// Text beyond this many bytes teaches a linear model nothing more.
const TEXT_LIMIT: usize = 50_000;

/// Which values of an input are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Layout {
    /// One value each.
    pub(crate) columns: Vec<Column>,
    /// Features made of them.
    features: Vec<Feature>,
}

/// One value of the input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Column {
    /// The input field.
    pub(crate) field: String,
    read: Read,
}

/// What a field is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Read {
    Text,
    Number,
    Image,
}

/// A feature of a column, in the words of the loop file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Make {
    Words { min: u8, max: u8 },
    Chars { min: u8, max: u8 },
    Number,
    Category,
    Pixels,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Feature {
    column: usize,
    make: Make,
}

/// One value, owned.
#[derive(Debug, Clone, PartialEq)]
enum Cell {
    Missing,
    Text(String),
    Number(f64),
    Image { pixels: Vec<f32>, width: usize, height: usize },
}

/// The values of one case in the order of [`Layout::columns`].
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row(Vec<Cell>);

impl Row {
    /// The row as the classifier takes it.
    pub(crate) fn input(&self) -> Input<'_> {
        let values = self.0.iter().map(|cell| match cell {
            Cell::Missing => features::Value::Missing,
            Cell::Text(text) => features::Value::Text(text),
            Cell::Number(number) => features::Value::Number(*number),
            Cell::Image { pixels, width, height } => {
                features::Value::Image(features::Image { pixels, width: *width, height: *height })
            }
        });
        Input { values: values.collect() }
    }
}

impl Layout {
    /// The layout that a loop file asks for: its `learner.features`, or by the kind of each input.
    /// An error says which name it does not know.
    pub(crate) fn of(spec: &LoopSpec) -> Result<Self, String> {
        let mut layout = Self { columns: Vec::new(), features: Vec::new() };
        for (field, input) in &spec.input {
            let names: Vec<Cow<'_, str>> = match spec.learner.features.get(field) {
                Some(names) => names.iter().map(|name| Cow::Borrowed(name.as_str())).collect(),
                None if spec.learner.features.is_empty() => {
                    by_kind(input.kind).iter().map(|name| Cow::Borrowed(*name)).collect()
                }
                None => Vec::new(),
            };
            for name in names {
                let make = parse(&name).ok_or_else(|| {
                    format!(
                        "learner.features.{field}: `{name}` is not a feature; use word_1_2, \
                         char_3_5, number, category or pixels"
                    )
                })?;
                layout.push(field, make);
            }
        }
        if layout.features.is_empty() {
            return Err(
                "no input field can be learned from; name some in learner.features, as in \
                        `features: { text: [word_1_2] }`"
                    .to_owned(),
            );
        }
        Ok(layout)
    }

    fn push(&mut self, field: &str, make: Make) {
        let read = match make {
            Make::Words { .. } | Make::Chars { .. } | Make::Category => Read::Text,
            Make::Number => Read::Number,
            Make::Pixels => Read::Image,
        };
        let known = self.columns.iter().position(|c| c.field == field && c.read == read);
        let column = known.unwrap_or_else(|| {
            self.columns.push(Column { field: field.to_owned(), read });
            self.columns.len() - 1
        });
        self.features.push(Feature { column, make });
    }

    /// Whether it has text whose vocabulary is best learnt on unlabelled cases as well.
    pub(crate) fn has_text(&self) -> bool {
        self.features.iter().any(|f| matches!(f.make, Make::Words { .. } | Make::Chars { .. }))
    }

    /// Specs for the classifier. Images take the size of the largest of `rows`, capped.
    pub(crate) fn specs<'a>(&self, rows: impl Iterator<Item = &'a Row>) -> Vec<FeatureSpec> {
        let mut sizes = vec![(1_usize, 1_usize); self.columns.len()];
        for row in rows {
            for (size, cell) in sizes.iter_mut().zip(&row.0) {
                if let Cell::Image { width, height, .. } = cell {
                    *size = (size.0.max((*width).min(SIDE)), size.1.max((*height).min(SIDE)));
                }
            }
        }
        let spec = |feature: &Feature| {
            let kind = match feature.make {
                Make::Words { min, max } => FeatureKind::Words { min, max },
                Make::Chars { min, max } => FeatureKind::Chars { min, max },
                Make::Number => FeatureKind::Number,
                Make::Category => FeatureKind::Category,
                Make::Pixels => {
                    let (width, height) = sizes[feature.column];
                    FeatureKind::Image { width: width as u16, height: height as u16 }
                }
            };
            let name = self.columns[feature.column].field.clone();
            FeatureSpec { column: feature.column, name, kind }
        };
        self.features.iter().map(spec).collect()
    }

    /// Reads a case's input. What is absent or of another kind is missing, never an error: a model
    /// must have an opinion on whatever the loop let in.
    pub(crate) fn read(&self, input: &Value) -> Row {
        let cell = |column: &Column| match (input.get(&column.field), column.read) {
            (None | Some(Value::Null), _) => Cell::Missing,
            (Some(value), Read::Text) => text(value).map_or(Cell::Missing, Cell::Text),
            (Some(value), Read::Number) => {
                value.as_f64().filter(|x| x.is_finite()).map_or(Cell::Missing, Cell::Number)
            }
            (Some(value), Read::Image) => image(value).unwrap_or(Cell::Missing),
        };
        Row(self.columns.iter().map(cell).collect())
    }
}

fn by_kind(kind: InputKind) -> &'static [&'static str] {
    match kind {
        InputKind::Text | InputKind::Html | InputKind::Chat => &["word_1_2", "char_3_5"],
        InputKind::Number => &["number"],
        InputKind::Image => &["pixels"],
        InputKind::Json | InputKind::Table => &["word_1_2"],
        InputKind::Audio | InputKind::Pdf => &[],
    }
}

fn parse(name: &str) -> Option<Make> {
    let range = |rest: &str| {
        let (min, max) = rest.split_once('_')?;
        let (min, max) = (min.parse::<u8>().ok()?, max.parse::<u8>().ok()?);
        (1 <= min && min <= max && max <= 8).then_some((min, max))
    };
    match name {
        "number" => Some(Make::Number),
        "category" => Some(Make::Category),
        "pixels" => Some(Make::Pixels),
        _ => match name.split_once('_')? {
            ("word", rest) => range(rest).map(|(min, max)| Make::Words { min, max }),
            ("char", rest) => range(rest).map(|(min, max)| Make::Chars { min, max }),
            _ => None,
        },
    }
}

fn text(value: &Value) -> Option<String> {
    let mut text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Array(turns) if turns.iter().all(|turn| turn.get("content").is_some()) => {
            let turns = turns.iter().filter_map(|turn| turn["content"].as_str());
            turns.collect::<Vec<_>>().join("\n")
        }
        Value::Array(_) | Value::Object(_) => value.to_string(),
        Value::Null => return None,
    };
    if text.len() > TEXT_LIMIT {
        let end = (0..=TEXT_LIMIT).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
        text.truncate(end);
    }
    Some(text)
}

fn image(value: &Value) -> Option<Cell> {
    let side = |name: &str| value.get(name)?.as_u64().and_then(|n| usize::try_from(n).ok());
    let (width, height) = (side("width")?, side("height")?);
    let pixels = value.get("pixels")?.as_array()?;
    if width == 0 || height == 0 || width.checked_mul(height)? != pixels.len() {
        return None;
    }
    let pixels: Option<Vec<f32>> =
        pixels.iter().map(|p| p.as_f64().map(|x| x as f32).filter(|x| x.is_finite())).collect();
    Some(Cell::Image { pixels: pixels?, width, height })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn spec(learner: Value) -> LoopSpec {
        serde_json::from_value(json!({
            "loop": "mixed",
            "input": {
                "text": {"kind": "text"}, "amount": {"kind": "number"}, "shot": {"kind": "image"}
            },
            "answer": {"label": {"kind": "choice", "options": ["a", "b"]}},
            "learner": learner,
        }))
        .unwrap()
    }

    #[test]
    fn features_follow_the_kind_or_the_file() {
        let layout = Layout::of(&spec(json!({"kind": "linear"}))).unwrap();
        assert_eq!(layout.columns.len(), 3);
        assert_eq!(layout.features.len(), 4);
        let named = json!({"kind": "linear", "features": {"text": ["category", "word_1_1"]}});
        let layout = Layout::of(&spec(named)).unwrap();
        assert_eq!((layout.columns.len(), layout.features.len()), (1, 2));
        let wrong = json!({"kind": "linear", "features": {"text": ["embedding"]}});
        let error = Layout::of(&spec(wrong)).unwrap_err();
        assert!(error.contains("learner.features.text") && error.contains("embedding"), "{error}");
        assert!(parse("word_3_2").is_none() && parse("char_0_2").is_none());
    }

    #[test]
    fn reads_values_and_takes_the_rest_for_missing() {
        let layout = Layout::of(&spec(json!({"kind": "linear"}))).unwrap();
        let shot = json!({"width": 2, "height": 1, "pixels": [0, 1]});
        let row = layout.read(&json!({"text": "hi", "amount": 2.5, "shot": shot}));
        for (column, cell) in layout.columns.iter().zip(&row.0) {
            match column.field.as_str() {
                "text" => assert_eq!(*cell, Cell::Text("hi".to_owned())),
                "amount" => assert_eq!(*cell, Cell::Number(2.5)),
                _ => assert!(matches!(cell, Cell::Image { width: 2, .. })),
            }
        }
        let bad = json!({"width": 3, "height": 1, "pixels": [0, 1]});
        let row = layout.read(&json!({"amount": "much", "shot": bad}));
        assert_eq!(row.0, [Cell::Missing, Cell::Missing, Cell::Missing]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_within_its_limit(text in "\\PC{0,50}", times in 0_usize..3_000) {
            let layout = Layout::of(&spec(json!({"kind": "linear"}))).unwrap();
            let row = layout.read(&json!({"text": text.repeat(times)}));
            for cell in &row.0 {
                if let Cell::Text(text) = cell {
                    prop_assert!(text.len() <= TEXT_LIMIT);
                }
            }
        }
    }
}
