//! Findings: what people say of the proposal that a case was routed by, as evidence for autonomy.

use serde::{Deserialize, Serialize};

/// What people found, first one, then those who looked again without knowing.
///
/// Two of three decide, and a tie counts as wrong: what one person called wrong is taken back only
/// once two others found it right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Whether the first found the proposal wrong.
    pub error: bool,
    /// The judgments that this rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub judgments: Vec<u32>,
    /// What those found who looked again, in order; at most two.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub looks: Vec<Look>,
    /// What was found on an appeal that overturned the decision; it outweighs the rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appeal: Option<OnAppeal>,
}

/// What was found on an appeal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnAppeal {
    /// The judgments that this rests on.
    pub judgments: Vec<u32>,
    /// Whether they found the proposal wrong.
    pub error: bool,
}

/// What somebody found who looked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// The task.
    pub task: u32,
    /// The judgment.
    pub judgment: u32,
    /// Whether they found the proposal wrong.
    pub error: bool,
}

impl Finding {
    /// Whether the proposal counts as wrong.
    pub fn wrong(&self) -> bool {
        if let Some(found) = &self.appeal {
            return found.error;
        }
        let says = |error: &bool| if *error { 1_i8 } else { -1 };
        says(&self.error) + self.looks.iter().map(|look| says(&look.error)).sum::<i8>() >= 0
    }

    /// Whether the first and the second differ and no third has spoken.
    pub fn is_tied(&self) -> bool {
        self.appeal.is_none() && self.looks.len() == 1 && self.looks[0].error != self.error
    }
}
