//! Choosing a parameter so that a stated risk holds: Learn-then-Test, conformal risk control.
