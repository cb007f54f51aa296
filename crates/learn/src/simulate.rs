//! Active learning replayed over labelled rows: the curve of labels against quality.
