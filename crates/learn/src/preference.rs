//! Strengths of items from comparisons: Bradley-Terry, Plackett-Luce, Elo.
