//! What another policy would have done, from recorded cases and their propensities.
