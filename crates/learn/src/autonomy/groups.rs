//! Autonomy by predicted class or slice.
//!
//! The true class is unknown when a case is routed, so groups are made of what is known then.
//! Each has its own grid, certificate and alarm; a group without evidence is reviewed, never
//! silently pooled with others.

use super::controller::Controller;
use super::events::{Event, Route, Terms, Verdict};
use super::grid::Grid;
use crate::LearnError;

/// What `delta` means for several groups; say which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupRule {
    /// Each group's claim holds with the certainty by itself; of many, some may fail.
    Each,
    /// All groups' claims hold together with the certainty: each gets an equal part of `delta`.
    Together,
}

/// Controllers of the groups of a loop.
#[derive(Debug, Clone, PartialEq)]
pub struct Groups {
    pub(super) terms: Terms,
    pub(super) rule: GroupRule,
    pub(super) controllers: Vec<Option<Controller>>,
}

impl Groups {
    /// `groups` groups, none of which has begun. Their number is fixed beforehand, as `delta` may be
    /// split by it; those of `terms` are for all together or for each, as `rule` says.
    pub fn new(groups: usize, terms: Terms, rule: GroupRule) -> Result<Self, LearnError> {
        terms.check()?;
        if groups == 0 {
            return Err(LearnError::Empty { what: "the groups" });
        }
        Ok(Self { terms, rule, controllers: vec![None; groups] })
    }

    /// Begins (or begins anew) the group's `epoch`-th epoch on a grid of its own scores.
    pub fn begin(&mut self, group: usize, grid: Grid, epoch: u32) -> Result<(), LearnError> {
        let terms = self.terms_of_one();
        let limit = self.controllers.len();
        let Some(slot) = self.controllers.get_mut(group) else {
            return Err(LearnError::OutOfRange { what: "group", at: 0, index: group, limit });
        };
        match slot {
            Some(controller) => {
                controller.apply(&Event::Epoch { epoch, grid })?;
            }
            None => *slot = Some(Controller::new(grid, terms, epoch)?),
        }
        Ok(())
    }

    /// Terms of one group.
    pub fn terms_of_one(&self) -> Terms {
        let parts = match self.rule {
            GroupRule::Each => 1.0,
            GroupRule::Together => self.controllers.len() as f64,
        };
        let mut terms = self.terms.clone();
        terms.delta /= parts;
        terms.miss_delta /= parts;
        terms
    }

    /// How a case of a group is to be decided; by a person where the group is unknown or has not
    /// begun.
    pub fn route(&self, group: usize, score: f64) -> Route {
        let review = Route { automatic: false, propensity: 1.0 };
        self.get(group).map_or(review, |c| c.route(score))
    }

    /// Takes an event of a group in; nothing happens in a group that has not begun.
    pub fn apply(&mut self, group: usize, event: &Event) -> Result<Vec<Verdict>, LearnError> {
        match self.controllers.get_mut(group) {
            Some(Some(controller)) => controller.apply(event),
            _ => Ok(Vec::new()),
        }
    }

    /// The group's controller; None where it is unknown or has not begun.
    pub fn get(&self, group: usize) -> Option<&Controller> {
        self.controllers.get(group).and_then(Option::as_ref)
    }

    /// Number of groups.
    pub fn len(&self) -> usize {
        self.controllers.len()
    }

    /// Whether there is no group (there always is).
    pub fn is_empty(&self) -> bool {
        self.controllers.is_empty()
    }

    /// What `delta` means here.
    pub fn rule(&self) -> GroupRule {
        self.rule
    }
}
