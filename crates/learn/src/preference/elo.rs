//! Ratings that move with every game (Elo, "The Rating of Chessplayers", 1978).

use super::Outcome;
use crate::LearnError;

/// Elo ratings. A game moves both ratings by `k` times the surprise; a lead of `scale` points wins
/// ten times in eleven.
///
/// Unlike a fit, ratings depend on the order of games and forget old ones: right for strengths that
/// drift, noisy for strengths that do not.
#[derive(Debug, Clone, PartialEq)]
pub struct Elo {
    /// Rating of each item.
    pub ratings: Vec<f64>,
    /// Games of each item.
    pub games: Vec<u64>,
    k: f64,
    scale: f64,
}

impl Elo {
    /// `n_items` items at rating `start` (1,500 is usual), with step `k` (16 to 32 is usual) and
    /// `scale` (400 is usual). Errors unless these are finite, `k` not negative, `scale` positive.
    pub fn new(n_items: usize, start: f64, k: f64, scale: f64) -> Result<Self, LearnError> {
        if !(start.is_finite() && k.is_finite() && k >= 0.0) {
            return Err(LearnError::Parameter { name: "start and k", must: "finite, k >= 0" });
        }
        if !(scale.is_finite() && scale > 0.0) {
            return Err(LearnError::Parameter { name: "scale", must: "finite and positive" });
        }
        Ok(Self { ratings: vec![start; n_items], games: vec![0; n_items], k, scale })
    }

    /// Expected score of `first` against `second`: its chance to win plus half that of a tie.
    pub fn expected(&self, first: usize, second: usize) -> Result<f64, LearnError> {
        let limit = self.ratings.len();
        let index = first.max(second);
        if index >= limit {
            return Err(LearnError::OutOfRange { what: "item", at: 0, index, limit });
        }
        let lead = (self.ratings[first] - self.ratings[second]) / self.scale;
        Ok(1.0 / (1.0 + 10.0_f64.powf(-lead)))
    }

    /// Takes in one game and returns the score that was expected of `first` before it. New items
    /// take part by [`Elo::grow`].
    pub fn update(
        &mut self,
        first: usize,
        second: usize,
        outcome: Outcome,
    ) -> Result<f64, LearnError> {
        let expected = self.expected(first, second)?;
        if first == second {
            let why = "is of an item with itself; drop it";
            return Err(LearnError::Row { what: "comparison", at: 0, why });
        }
        let score = match outcome {
            Outcome::First => 1.0,
            Outcome::Tie => 0.5,
            Outcome::Second => 0.0,
        };
        let change = self.k * (score - expected);
        self.ratings[first] += change;
        self.ratings[second] -= change;
        self.games[first] += 1;
        self.games[second] += 1;
        Ok(expected)
    }

    /// Adds items at rating `start`, up to `n_items` in all.
    pub fn grow(&mut self, n_items: usize, start: f64) {
        if n_items > self.ratings.len() {
            self.ratings.resize(n_items, start);
            self.games.resize(n_items, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    #[test]
    fn a_textbook_game() {
        let mut elo = Elo::new(2, 1500.0, 32.0, 400.0).unwrap();
        elo.ratings[0] = 1900.0;
        assert!((elo.update(0, 1, Outcome::Second).unwrap() - 10.0 / 11.0).abs() < 1e-12);
        assert!((elo.ratings[0] - (1900.0 - 320.0 / 11.0)).abs() < 1e-9);
        assert!((elo.ratings.iter().sum::<f64>() - 3400.0).abs() < 1e-9);
        elo.grow(3, 1000.0);
        assert_eq!((elo.ratings[2], elo.games.clone()), (1000.0, vec![1, 1, 0]));
        assert!(elo.update(0, 3, Outcome::Tie).is_err() && elo.update(1, 1, Outcome::Tie).is_err());
        assert!(Elo::new(2, f64::NAN, 1.0, 1.0).is_err() && Elo::new(2, 0.0, 1.0, 0.0).is_err());
    }

    #[test]
    fn ratings_find_the_better_item() {
        let mut elo = Elo::new(2, 0.0, 16.0, 400.0).unwrap();
        let mut rng = Rng::new(1);
        for _ in 0..3000 {
            let outcome = if rng.coin(0.75) { Outcome::First } else { Outcome::Second };
            elo.update(0, 1, outcome).unwrap();
        }
        // 400 log10(3) = 190.8.
        assert!((elo.ratings[0] - elo.ratings[1] - 190.8).abs() < 90.0, "{elo:?}");
    }
}
