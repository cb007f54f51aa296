//! Whether new data differ from old: PSI, KS, chi-square, MMD, ADWIN, Page-Hinkley.
