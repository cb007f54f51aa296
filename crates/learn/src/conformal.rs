//! Prediction sets that hold the truth with a stated probability (conformal prediction).
