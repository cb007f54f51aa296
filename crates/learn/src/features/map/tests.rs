//! Laws of the feature map.

use super::super::{FeatureKind, Image};
use super::*;
use proptest::prelude::*;

fn spec(column: usize, kind: FeatureKind) -> FeatureSpec {
    FeatureSpec { column, name: format!("c{column}"), kind }
}

fn mixed() -> Vec<FeatureSpec> {
    vec![
        spec(0, FeatureKind::Words { min: 1, max: 2 }),
        spec(0, FeatureKind::Chars { min: 3, max: 4 }),
        spec(1, FeatureKind::Number),
        spec(2, FeatureKind::Category),
        spec(3, FeatureKind::Image { width: 4, height: 4 }),
    ]
}

fn row<'a>(text: &'a str, x: f64, category: &'a str, pixels: &'a [f32]) -> Input<'a> {
    Input {
        values: vec![
            Value::Text(text),
            Value::Number(x),
            Value::Text(category),
            Value::Image(Image { pixels, width: 4, height: 4 }),
        ],
    }
}

#[test]
fn tf_idf_equals_scikit_learn() {
    // TfidfVectorizer(sublinear_tf=True).fit_transform(["aa bb bb", "bb cc"])[0]
    let rows = [Input::text("aa bb bb"), Input::text("bb cc")];
    let specs = [spec(0, FeatureKind::Words { min: 1, max: 1 })];
    let options = FeatureOptions { min_df: 1, ..FeatureOptions::default() };
    let map = FeatureMap::fit(&specs, &rows, options).unwrap();
    let m = map.transform(&rows).unwrap();
    let idf = (1.5_f64).ln() + 1.0;
    let b = 1.0 + 2.0_f64.ln();
    let norm = (idf * idf + b * b).sqrt();
    assert_eq!(m.row(0).indices, [0, 1]);
    assert!((f64::from(m.row(0).values[0]) - idf / norm).abs() < 1e-6);
    assert!((f64::from(m.row(0).values[1]) - b / norm).abs() < 1e-6);
    assert_eq!(map.name(2).1, "cc");
}

#[test]
fn numbers_are_standardised_and_missing_is_the_mean() {
    let rows = [Input::numbers(&[1.0, 5.0]), Input::numbers(&[3.0, 5.0]), Input::default()];
    let specs = [spec(0, FeatureKind::Number), spec(1, FeatureKind::Number)];
    let map = FeatureMap::fit(&specs, &rows, FeatureOptions::default()).unwrap();
    let m = map.transform(&rows).unwrap();
    assert_eq!(m.row(0).iter().collect::<Vec<_>>(), [(0, -1.0)]);
    assert_eq!(m.row(1).iter().collect::<Vec<_>>(), [(0, 1.0)]);
    assert_eq!(m.row(2).iter().count(), 0);
    let far = map.transform(&[Input::numbers(&[f64::MAX, 5.0])]).unwrap();
    assert_eq!(far.row(0).values, [1e4]);
}

#[test]
fn what_does_not_fit_is_refused_with_its_row() {
    let specs = [spec(0, FeatureKind::Number)];
    let fit = |rows: &[Input<'_>]| FeatureMap::fit(&specs, rows, FeatureOptions::default());
    let e = fit(&[Input::numbers(&[1.0]), Input::text("x")]).unwrap_err();
    assert_eq!(e.to_string(), "column `c0` of row 1 must hold a number (or be missing)");
    assert!(fit(&[Input::numbers(&[f64::NAN])]).is_err());
    let image = [spec(0, FeatureKind::Image { width: 2, height: 2 })];
    let fit = |rows: &[Input<'_>]| FeatureMap::fit(&image, rows, FeatureOptions::default());
    assert!(fit(&[Input::image(&[1.0; 5], 2, 2)]).is_err());
    assert!(fit(&[Input::image(&[], 0, 7)]).is_err());
    let bad = [spec(0, FeatureKind::Words { min: 2, max: 1 })];
    assert!(FeatureMap::fit(&bad, &[], FeatureOptions::default()).is_err());
}

#[test]
fn places_point_at_the_text_and_the_pixels() {
    let pixels = [0.0_f32, 1.0].repeat(8);
    let rows = [row("pay now pay", 1.0, "x", &pixels), row("pay later now", 2.0, "y", &pixels)];
    let map = FeatureMap::fit(&mixed(), &rows, FeatureOptions::default()).unwrap();
    let pay = (0..map.features()).find(|&f| map.name(f).1 == "pay").unwrap();
    let pixel = (0..map.features()).find(|&f| map.name(f).1 == "pixel 1,0").unwrap();
    let places = map.places(&rows[0], &[pixel, pay]);
    assert_eq!(places[0].region, Some([1, 0, 1, 1]));
    assert_eq!(places[1].spans, [(0, 3), (8, 11)]);
}

#[test]
fn positions_follow_names_over_a_new_vocabulary() {
    let old_rows = [Input::text("bb cc"), Input::text("bb cc dd dd")];
    let new_rows = [Input::text("aa bb dd"), Input::text("aa bb dd")];
    let specs = [spec(0, FeatureKind::Words { min: 1, max: 1 })];
    let options = FeatureOptions { min_df: 1, ..FeatureOptions::default() };
    let old = FeatureMap::fit(&specs, &old_rows, options).unwrap();
    let new = FeatureMap::fit(&specs, &new_rows, options).unwrap();
    assert_eq!(new.positions_in(&old), [None, Some(0), Some(2)]);
}

proptest! {
    #[test]
    fn bytes_round_trip_and_rows_are_finite(
        texts in prop::collection::vec("[a-e ]{0,12}|\\PC{0,9}", 2..6),
        x in -1e6_f64..1e6,
        pixels in prop::collection::vec(0.0_f32..255.0, 16),
    ) {
        let rows: Vec<_> =
            texts.iter().enumerate().map(|(i, t)| row(t, x * i as f64, t, &pixels)).collect();
        let map = FeatureMap::fit(&mixed(), &rows, FeatureOptions::default()).unwrap();
        let again = FeatureMap::from_bytes(&map.to_bytes()).unwrap();
        prop_assert_eq!(&again, &map);
        let m = map.transform(&rows).unwrap();
        prop_assert_eq!(m.columns(), map.features());
        prop_assert!(m.iter().all(|r| r.values.iter().all(|v| v.is_finite())));
        prop_assert_eq!(map.positions_in(&map), (0..map.features()).map(Some).collect::<Vec<_>>());
    }

    #[test]
    fn damaged_bytes_are_errors_not_panics(at: prop::sample::Index, with: u8, cut: prop::sample::Index) {
        let pixels = [0.5_f32; 16];
        let rows = [row("pay now", 1.0, "x", &pixels), row("pay now", 2.0, "y", &pixels)];
        let map = FeatureMap::fit(&mixed(), &rows, FeatureOptions::default()).unwrap();
        let mut bytes = map.to_bytes();
        prop_assert!(FeatureMap::from_bytes(&bytes[..cut.index(bytes.len())]).is_err());
        let i = at.index(bytes.len());
        bytes[i] ^= with;
        if let Ok(read) = FeatureMap::from_bytes(&bytes) {
            // Absurd weights may make a row infinite, which is an error like any other.
            drop(read.transform(&rows));
        }
    }
}
