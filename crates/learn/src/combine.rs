//! One answer from several people's spans, boxes, texts, rankings or ratings.
