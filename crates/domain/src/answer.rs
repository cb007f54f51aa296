//! Checks of answers (in work).
