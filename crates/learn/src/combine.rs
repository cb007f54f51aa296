//! One answer from several people's spans, boxes, texts, rankings or ratings.
//!
//! Where the answer is one of a few labels, see [`crate::aggregate`]. Here it has parts: people agree
//! on some and not on others, so that finds are first matched between people and then voted on, or
//! the answer closest to all others is taken.
//!
//! - [`spans`]: overlapping spans are clustered and voted on, or every offset is;
//! - [`boxes`]: boxes are clustered by intersection over union; a cluster's box has the weighted
//!   median of each side. Polygons and masks are not here yet;
//! - [`texts`]: the answer closest to the others, or a vote word by word for transcripts;
//! - [`rankings`]: Borda's count, Kemeny's median order, or Plackett-Luce strengths;
//! - [`ratings`]: the mean after taking off each rater's bias and stretch.
//!
//! All weigh people by how well they agree with the outcome (for spans and boxes: with each other)
//! and repeat this a few rounds, as the aggregation methods RASA and HRRASA (Li 2019; Li and Fukumoto
//! 2020) do. A person's agreement is
//! shrunk towards the mean of all, so that nobody is judged on two answers. Every outcome carries a
//! confidence in `0..=1`: how far its people agree on it. It is not a probability of being right, and
//! it is `None` where one person answered alone.
//!
//! If one person answers a task twice the first answer counts.

mod boxes;
mod cluster;
mod rankings;
mod ratings;
mod reweigh;
mod rover;
mod spans;
mod texts;
mod types;

pub use boxes::{BoxOptions, boxes};
pub use rankings::{Consensus, Ordering, RankOptions, rankings};
pub use ratings::{Rated, Rater, RatingOptions, Ratings, ratings};
pub use spans::{SpanMethod, SpanOptions, spans};
pub use texts::{Similarity, TextMethod, TextOptions, similarity, texts};
pub use types::{Answer, Combined, Decision, Found, Rect, Span};
