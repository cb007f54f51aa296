//! The shop: requests and what its orders say.

use anyhow::{Context as _, ensure};

const REQUESTS: &str = include_str!("../../data/refunds.csv");

/// A customer who wants money back.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Request {
    /// The order.
    pub(crate) order: String,
    /// Who.
    pub(crate) customer: String,
    /// What was bought.
    pub(crate) item: String,
    /// What it cost.
    pub(crate) paid: f64,
    /// What the shop's rules give back: known to the reviewers, not to the agent.
    pub(crate) due: f64,
    /// What a look into the order shows.
    pub(crate) found: String,
    /// What the customer writes.
    pub(crate) message: String,
}

impl Request {
    /// What the agent would pay: it believes every customer, up to the most it was told.
    pub(crate) fn wanted(&self, most: Option<f64>) -> f64 {
        most.map_or(self.paid, |most| self.paid.min(most))
    }
}

/// All requests, in the order in which they came.
pub(crate) fn requests() -> anyhow::Result<Vec<Request>> {
    let mut all = Vec::new();
    for (number, line) in REQUESTS.lines().enumerate().skip(1) {
        let cells = cells(line);
        ensure!(cells.len() == 7, "line {} of refunds.csv has {} cells", number + 1, cells.len());
        let number = |text: &String| text.parse::<f64>().context("an amount is no number");
        all.push(Request {
            paid: number(&cells[3])?,
            due: number(&cells[4])?,
            order: cells[0].clone(),
            customer: cells[1].clone(),
            item: cells[2].clone(),
            found: cells[5].clone(),
            message: cells[6].clone(),
        });
    }
    Ok(all)
}

/// The cells of a line; quoted ones may hold commas, none holds quotes.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    for char in line.chars() {
        match char {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            char => cell.push(char),
        }
    }
    cells.push(cell);
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_whole_and_some_are_not_due() {
        let all = requests().unwrap();
        assert_eq!(all.len(), 30);
        assert!(all.iter().all(|one| one.due <= one.paid && one.paid > 0.0));
        assert!(all.iter().any(|one| one.due == 0.0));
        assert!(all.iter().any(|one| one.due > 0.0 && one.due < one.paid));
        assert_eq!(all[0].found, "delivered 3 days ago, photo of a cracked shade");
        assert_eq!(all[1].wanted(Some(60.0)), 60.0);
        assert_eq!(all[1].wanted(None), 189.0);
    }
}
