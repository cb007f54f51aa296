//! Laws of the states.
