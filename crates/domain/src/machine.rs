//! The state machine (in work).
