//! Answering only where it pays: risk against coverage, thresholds by cost.
