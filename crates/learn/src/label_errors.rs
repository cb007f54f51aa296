//! Labels that are probably wrong (confident learning).
