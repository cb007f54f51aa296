//! Earned autonomy: certificates of thresholds, detection of decay, and what people miss.
