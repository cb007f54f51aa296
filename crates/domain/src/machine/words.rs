//! What goes with a decision in words: why, for the record, and what the person affected is told.

use super::Step;
use crate::case::{Answer, Decision, Outcome, Purpose};
use crate::command::NewJudgment;
use crate::loops::Wanted;
use crate::provenance::{self, Provenance};
use crate::refusal::{Code, Refusal};

/// Longest rationale and notice in bytes.
const LONGEST: usize = 16_384;

impl Step<'_> {
    /// Who wrote the texts of an answer, in loops with a co-pilot and where the sender says so.
    pub(super) fn who_wrote(
        &self,
        new: &NewJudgment,
        answer: Option<&Answer>,
    ) -> Result<Provenance, Refusal> {
        let Some(answer) = answer else {
            if new.written.claimed.is_empty() {
                return Ok(Provenance::new());
            }
            let message = "spans go with an answer; leave `provenance` out";
            return Err(Refusal::at(Code::InvalidProvenance, "/provenance", message));
        };
        if self.spec.copilot.is_none() && new.written.claimed.is_empty() {
            return Ok(Provenance::new());
        }
        provenance::settle(self.spec, answer, self.state.current_proposal(), &new.written)
    }

    /// Says on a decision until when it may be contested, and tells the person affected. What was
    /// decided on an appeal is not contested again.
    pub(super) fn say_how_to_contest(&self, decision: &mut Decision) {
        let Some(spec) = self.spec.appeals.as_ref().filter(|_| decision.ruling.is_none()) else {
            return;
        };
        let until = decision.effective_at + spec.window;
        decision.contestable_until = Some(until);
        if let Some(notice) = &mut decision.notice {
            notice.push_str("\n\n");
            notice.push_str(&spec.words(until));
        }
    }

    /// Checks the words of a judgment against what the loop asks for.
    pub(super) fn check_words(
        &self,
        new: &NewJudgment,
        purpose: Purpose,
        answer: Option<&Answer>,
    ) -> Result<(), Refusal> {
        for (path, text) in [("/rationale", &new.rationale), ("/notice", &new.notice)] {
            if text.as_ref().is_some_and(|text| text.trim().is_empty() || text.len() > LONGEST) {
                let message = format!("write 1 to {LONGEST} bytes, or leave it out");
                return Err(Refusal::at(Code::InvalidVerdict, path, message));
            }
        }
        if !purpose.decides() || !new.verdict.fills_seat() {
            return Ok(());
        }
        if self.spec.review.rationale == Wanted::Required && new.rationale.is_none() {
            return Err(Refusal::at(
                Code::InvalidVerdict,
                "/rationale",
                "this loop keeps why a case was decided so; say it in a sentence",
            ));
        }
        let required = self.spec.notice.as_ref().is_some_and(|notice| notice.required);
        // Which outcome it is does not decide whether the words can be filled in.
        let worded = || self.spec.notice_for(Outcome::Approved.as_str(), answer).is_some();
        if required && new.notice.is_none() && !worded() {
            return Err(Refusal::at(
                Code::InvalidVerdict,
                "/notice",
                "the person affected is told of this decision, and the loop has no words for it; \
                 write them",
            ));
        }
        Ok(())
    }
}
