//! Who has the turn in the conversation beside a case.

use serde_json::json;

use super::{Step, invalid_transition};
use crate::case::TakeOver;
use crate::command::{Effect, Reviewer};
use crate::event::Kind;
use crate::refusal::{Code, Refusal};

impl Step<'_> {
    /// A reviewer at work on the case takes the turn. Whoever has it keeps it for as long as they
    /// hold their seat; after that the next one at work may take it.
    pub(super) fn take_over(&mut self, reviewer: Reviewer) -> Result<(), Refusal> {
        if self.state.status.is_final() {
            return Err(invalid_transition(self.state.status, "there is nothing to take over"));
        }
        if !self.at_work(reviewer.member) {
            return Err(Refusal::new(
                Code::ClaimLost,
                "only whoever holds a claim on the case takes over; claim it first",
            ));
        }
        if let Some(held) = self.state.taken_over {
            if held.member == reviewer.member {
                return Ok(());
            }
            if self.at_work(held.member) {
                return Err(Refusal::new(
                    Code::TakenOver,
                    "somebody else at work on this case has the turn",
                ));
            }
        }
        let Reviewer { member, person, .. } = reviewer;
        self.state.taken_over = Some(TakeOver { member, person, at: self.ctx.now });
        self.event(Kind::TakenOver, [("member", member.to_string().into())]);
        self.effects.push(Effect::WakeWaiters);
        self.effects.push(Effect::Publish { topic: "case.taken_over" });
        Ok(())
    }

    /// The turn goes back to the agent. `by` is `None` for an orchestrator.
    pub(super) fn hand_back(&mut self, by: Option<Reviewer>) -> Result<(), Refusal> {
        let Some(held) = self.state.taken_over else {
            return Err(invalid_transition(self.state.status, "nobody has taken it over"));
        };
        if by.is_some_and(|reviewer| reviewer.member != held.member) {
            return Err(Refusal::new(
                Code::TakenOver,
                "somebody else has the turn; they or an orchestrator give it back",
            ));
        }
        self.give_back("given_back");
        self.effects.push(Effect::WakeWaiters);
        self.effects.push(Effect::Publish { topic: "case.handed_back" });
        Ok(())
    }

    /// A case that is over has nobody's turn.
    pub(super) fn end_turn(&mut self) {
        if self.state.status.is_final() && self.state.taken_over.is_some() {
            self.give_back("over");
        }
    }

    pub(super) fn give_back(&mut self, why: &str) {
        if let Some(held) = self.state.taken_over.take() {
            let since = held.at.to_string();
            self.event(Kind::HandedBack, [("why", why.into()), ("since", json!(since))]);
        }
    }

    /// Whether a member holds a seat that decides the case.
    fn at_work(&self, member: crate::ids::MemberId) -> bool {
        self.state
            .tasks
            .iter()
            .filter(|task| task.open && task.purpose.decides())
            .any(|task| task.claims.iter().any(|claim| claim.member == member && !claim.lapsed))
    }
}
