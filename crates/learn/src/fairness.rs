//! Rates by group in one pass, their intervals, and the gaps between groups.
