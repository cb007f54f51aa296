//! One answer from several people's spans, boxes, texts, rankings or ratings.

mod types;

pub use types::{Answer, Rect, Span};
