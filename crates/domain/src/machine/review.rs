//! Claims and judgments.

use serde_json::json;

use super::{Step, invalid_transition};
use crate::answer::check_answer;
use crate::case::{
    Answer, Claim, DecisionState, Judgment, JudgmentState, Purpose, Status, Task, Verdict,
};
use crate::command::{Effect, NewJudgment, Reviewer, Timer};
use crate::event::Kind;
use crate::policy::Facts;
use crate::refusal::{Code, Refusal};
use crate::time::Span;

impl Step<'_> {
    /// Leases a seat; returns the claim's number. A reviewer who holds one gets it again, renewed.
    pub(super) fn claim(
        &mut self,
        tasks: Option<&[u32]>,
        reviewer: Reviewer,
    ) -> Result<u32, Refusal> {
        self.check_eligible(reviewer)?;
        let candidates = self.state.tasks.iter().filter(|candidate| {
            candidate.open && tasks.is_none_or(|among| among.contains(&candidate.n))
        });
        let mut held = None;
        let mut free = None;
        let (mut arbiters_only, mut another) = (false, false);
        let mut unfit = None;
        for candidate in candidates {
            if candidate.purpose == Purpose::Arbitrate && !reviewer.arbiter {
                arbiters_only = true;
                continue;
            }
            if candidate.purpose == Purpose::CrossCheck && self.has_judged(reviewer) {
                another = true;
                continue;
            }
            if candidate.purpose == Purpose::Appeal
                && let Some(refusal) = self.unfit_for_appeal(reviewer)
            {
                unfit = Some(refusal);
                continue;
            }
            if let Some(claim) = candidate.claims.iter().find(|c| c.person == reviewer.person) {
                held = held.or(Some((candidate.n, claim.n, claim.member)));
            } else if self.state.free_seats(candidate) > 0 {
                free = free.or(Some(candidate.n));
            }
        }
        if let Some((task, claim, member)) = held {
            if member != reviewer.member {
                return Err(Refusal::new(
                    Code::NotEligible,
                    "another account of the same person holds a claim on this case",
                ));
            }
            self.prolong(task, claim);
            return Ok(claim);
        }
        let Some(task) = free else {
            return Err(if let Some(refusal) = unfit {
                refusal
            } else if another {
                Refusal::new(
                    Code::NotEligible,
                    "you already judged or skipped this case; somebody else must look",
                )
            } else if arbiters_only {
                Refusal::new(Code::NotEligible, "only an arbiter may take this task")
            } else {
                Refusal::new(Code::NoSeat, "no seat of this case is free")
            });
        };
        Ok(self.lease(task, reviewer))
    }

    fn check_eligible(&self, reviewer: Reviewer) -> Result<(), Refusal> {
        let own = |person| {
            self.core.submitted_by_person == Some(person) || self.state.requesters.contains(&person)
        };
        if reviewer.persons().any(own) {
            return Err(Refusal::new(
                Code::NotEligible,
                "nobody reviews what they, or whoever they stand in for, asked for or changed",
            ));
        }
        let judged = self.state.judgments.iter().any(|judgment| {
            let said =
                |person| judgment.person == person || judgment.stood_in_for.contains(&person);
            reviewer.persons().any(said)
                && judgment.state == JudgmentState::Counted
                && self.state.task(judgment.task).is_some_and(|task| task.open)
        });
        if judged || self.state.barred.contains(&reviewer.member) {
            return Err(Refusal::new(
                Code::NotEligible,
                "you already judged or skipped this case; somebody else must look",
            ));
        }
        Ok(())
    }

    fn lease(&mut self, n: u32, reviewer: Reviewer) -> u32 {
        self.state.claims_made += 1;
        let claim = self.state.claims_made;
        let token = u64::from(claim);
        let expires_at = self.ctx.now + self.spec.review.lease;
        let filled = self.state.filled(n).count();
        let mut reassigned = None;
        if let Some(task) = self.state.tasks.iter_mut().find(|task| task.n == n) {
            // The seat of a lapsed lease is reassigned only when no other is free.
            let taken = task.claims.len() + filled >= task.seats as usize;
            if let (true, Some(at)) = (taken, task.claims.iter().position(|claim| claim.lapsed)) {
                reassigned = Some(task.claims.remove(at).n);
            }
            let Reviewer { member, person, .. } = reviewer;
            task.claims.push(Claim { n: claim, member, token, person, expires_at, lapsed: false });
        }
        self.event(
            Kind::Claimed,
            [
                ("claim", claim.into()),
                ("task", n.into()),
                ("member", reviewer.member.to_string().into()),
                ("expires_at", expires_at.to_string().into()),
                ("reassigned", json!(reassigned)),
            ],
        );
        self.effects.push(Effect::SetTimer { timer: Timer::Lease(claim), at: expires_at });
        self.settle_status();
        claim
    }

    fn prolong(&mut self, task: u32, claim: u32) {
        let expires_at = self.ctx.now + self.spec.review.lease;
        let tasks = self.state.tasks.iter_mut().filter(|t| t.n == task);
        for held in tasks.flat_map(|t| &mut t.claims).filter(|c| c.n == claim) {
            held.expires_at = expires_at;
            held.lapsed = false;
        }
        self.event(
            Kind::Renewed,
            [("claim", claim.into()), ("expires_at", expires_at.to_string().into())],
        );
        self.effects.push(Effect::SetTimer { timer: Timer::Lease(claim), at: expires_at });
        self.settle_status();
    }

    /// The task of a claim this reviewer holds with this token.
    fn holding(&self, claim: u32, token: u64, reviewer: Reviewer) -> Result<&Task, Refusal> {
        let lost = || {
            Refusal::new(
                Code::ClaimLost,
                "the claim is gone: its lease ran out and somebody else took the seat, or the \
                 proposal changed; keep your draft and claim the case again",
            )
        };
        let (task, held) = self.state.claim(claim).ok_or_else(lost)?;
        if held.member != reviewer.member {
            return Err(lost());
        }
        if held.token != token {
            return Err(Refusal::new(
                Code::StaleToken,
                "the token is not the newest for this seat; claim the case again",
            ));
        }
        Ok(task)
    }

    pub(super) fn renew(
        &mut self,
        claim: u32,
        token: u64,
        reviewer: Reviewer,
    ) -> Result<(), Refusal> {
        let task = self.holding(claim, token, reviewer)?;
        let lapsed = task.claims.iter().any(|held| held.n == claim && held.lapsed);
        if lapsed && self.state.free_seats(task) == 0 {
            return Err(Refusal::new(Code::ClaimLost, "the lease ran out and no seat is free"));
        }
        let task = task.n;
        self.prolong(task, claim);
        Ok(())
    }

    pub(super) fn release(&mut self, claim: u32, by: Option<Reviewer>) -> Result<(), Refusal> {
        let Some((task, held)) = self.state.claim(claim) else {
            return Err(Refusal::new(Code::ClaimLost, "the claim is gone already"));
        };
        if by.is_some_and(|reviewer| reviewer.member != held.member) {
            return Err(Refusal::new(Code::NotEligible, "the claim belongs to somebody else"));
        }
        let task = task.n;
        self.drop_claim(claim);
        self.event(Kind::Released, [("claim", claim.into()), ("task", task.into())]);
        self.effects.push(Effect::WakeQueue);
        self.settle_status();
        Ok(())
    }

    fn drop_claim(&mut self, claim: u32) {
        for task in &mut self.state.tasks {
            task.claims.retain(|held| held.n != claim);
        }
        self.effects.push(Effect::ClearTimer { timer: Timer::Lease(claim) });
    }

    pub(super) fn expire_claim(&mut self, claim: u32) {
        let now = self.ctx.now;
        let mut lapsed = false;
        for held in self.state.tasks.iter_mut().flat_map(|task| &mut task.claims) {
            if held.n == claim && held.expires_at <= now && !held.lapsed {
                held.lapsed = true;
                lapsed = true;
            }
        }
        if lapsed {
            self.event(Kind::ClaimExpired, [("claim", claim.into())]);
            self.effects.push(Effect::WakeQueue);
            self.settle_status();
        }
    }

    pub(super) fn judge(
        &mut self,
        (claim, tasks): (Option<(u32, u64)>, Option<&[u32]>),
        reviewer: Reviewer,
        new: NewJudgment,
        edited: Option<Box<Facts>>,
    ) -> Result<(), Refusal> {
        let (claim, token) = if let Some(held) = claim {
            held
        } else {
            if self.state.status.is_final() && !self.state.tasks.iter().any(|t| t.open) {
                return Err(invalid_transition(self.state.status, "there is nothing to judge"));
            }
            let claim = self.claim(tasks, reviewer)?;
            (claim, self.state.claim(claim).map_or(0, |(_, held)| held.token))
        };
        let task = self.holding(claim, token, reviewer)?;
        let (task, purpose, blind) = (task.n, task.purpose, task.blind);
        let current = self.state.current_proposal().map(|proposal| proposal.n);
        if new.proposal.is_some() && new.proposal != current {
            return Err(Refusal::at(
                Code::ProposalSuperseded,
                "/proposal",
                "the case has a newer proposal; look at it and judge again",
            ));
        }
        if purpose == Purpose::Appeal {
            // Who they are one with may have changed since they took the seat.
            if let Some(refusal) = self.unfit_for_appeal(reviewer) {
                return Err(refusal);
            }
            Self::check_appeal(&new, blind)?;
        }
        let answer = self.check_judgment(&new, purpose)?;
        self.check_words(&new, purpose, answer.as_ref())?;
        self.check_seen(&new, answer.as_ref().filter(|_| !blind))?;
        self.check_signed(&new, answer.as_ref())?;
        let provenance = self.who_wrote(&new, answer.as_ref())?;
        self.edited = self.route_edit(answer.as_ref().filter(|_| purpose.decides()), edited)?;
        let verdict = new.verdict;
        let n = u32::try_from(self.state.judgments.len()).unwrap_or(u32::MAX) + 1;
        self.drop_claim(claim);
        self.state.barred.push(reviewer.member);
        let signed = new.signed.as_ref().map_or("server", |_| "webauthn");
        self.event(
            Kind::Judged,
            [
                ("judgment", n.into()),
                ("task", task.into()),
                ("proposal", json!(current)),
                ("member", reviewer.member.to_string().into()),
                ("verdict", verdict.as_str().into()),
                ("reasons", json!(new.reasons)),
                ("failure_modes", json!(new.failure_modes)),
                ("elapsed_ms", new.elapsed_ms.into()),
                ("batch", json!(new.batch)),
                ("sign_off", signed.into()),
            ],
        );
        self.state.judgments.push(Judgment {
            n,
            task,
            proposal: current,
            member: reviewer.member,
            person: reviewer.person,
            verdict,
            answer,
            blind,
            reasons: new.reasons,
            failure_modes: new.failure_modes,
            rating: new.rating,
            checklist: new.checklist,
            comment: new.comment,
            rationale: new.rationale,
            notice: new.notice,
            seen: new.seen,
            batch: new.batch,
            signed: new.signed,
            stood_in_for: reviewer.stands_in_for.into_iter().flatten().collect(),
            provenance,
            elapsed_ms: new.elapsed_ms,
            at: self.ctx.now,
            state: JudgmentState::Counted,
        });
        self.follow(verdict, purpose, task, n);
        Ok(())
    }

    /// What a judgment leads to.
    fn follow(&mut self, verdict: Verdict, purpose: Purpose, task: u32, n: u32) {
        match verdict {
            Verdict::RequestChanges => {
                self.event(Kind::ChangesRequested, [("judgment", n.into())]);
                self.supersede_others(task, n);
                self.close_tasks(|open| open.n == task);
                // Whoever asks for another proposal gives the turn with it.
                self.give_back("changes_requested");
                self.ask_proposer();
                self.effects.push(Effect::WakeWaiters);
            }
            Verdict::Escalate if purpose == Purpose::Decide => self.climb(task, "reviewer"),
            Verdict::Skip | Verdict::Unsure | Verdict::Escalate => {
                self.effects.push(Effect::WakeQueue);
                self.settle_status();
            }
            _ => self.resolve_if_complete(task),
        }
    }

    /// Whoever approves a call says which bytes they saw; on others nothing is judged.
    fn check_seen(&self, new: &NewJudgment, answer: Option<&Answer>) -> Result<(), Refusal> {
        let digest = self.state.current_proposal().and_then(|proposal| proposal.digest.as_ref());
        match (digest, &new.seen) {
            (Some(digest), Some(seen)) if digest != seen => Err(Refusal::at(
                Code::SeenMismatch,
                "/seen",
                "what you were shown is not what would run; look at the case again and judge then",
            )),
            // An answer that is the proposal's own is an approval of it, whatever it is called; but who answers
            // blind has not seen it.
            (Some(_), None) if self.repeats_call(answer) => Err(Refusal::at(
                Code::InvalidVerdict,
                "/seen",
                "whoever approves a call says which bytes they saw: send the proposal's `digest`",
            )),
            _ => Ok(()),
        }
    }

    /// Judgments that were waiting for more of their task no longer count: the proposal goes back.
    fn supersede_others(&mut self, task: u32, keep: u32) {
        for judgment in &mut self.state.judgments {
            if judgment.task == task
                && judgment.n != keep
                && judgment.state == JudgmentState::Counted
                && judgment.verdict.fills_seat()
            {
                judgment.state = JudgmentState::Superseded;
            }
        }
    }

    /// Checks that a judgment makes sense, and returns the answer it stands for.
    fn check_judgment(
        &self,
        new: &NewJudgment,
        purpose: Purpose,
    ) -> Result<Option<Answer>, Refusal> {
        let verdict_error =
            |message: &str| Err(Refusal::at(Code::InvalidVerdict, "/verdict", message.to_owned()));
        let proposal = self.state.current_proposal();
        if new.answer.is_some() && !matches!(new.verdict, Verdict::Modify | Verdict::Answer) {
            return Err(Refusal::at(
                Code::InvalidVerdict,
                "/answer",
                format!("`{}` takes no answer; use `modify` or `answer`", new.verdict.as_str()),
            ));
        }
        self.check_codes(new)?;
        let answer = match (new.verdict, proposal, &new.answer) {
            (Verdict::Approve, None, _) => {
                return verdict_error("there is no proposal to approve; use `answer`");
            }
            (Verdict::Modify, None, _) => {
                return verdict_error("there is no proposal to modify; use `answer`");
            }
            (Verdict::Modify | Verdict::Answer, _, None) => {
                return Err(Refusal::at(Code::InvalidVerdict, "/answer", "an answer is missing"));
            }
            (Verdict::RequestChanges, None, _) => {
                return verdict_error("there is no proposal to change; use `answer`");
            }
            (Verdict::RequestChanges, Some(_), _) if !purpose.decides() => {
                return verdict_error("this case is decided already; say what is right instead");
            }
            (Verdict::RequestChanges, Some(_), _)
                if self.state.attempts >= self.spec.review.max_attempts =>
            {
                return verdict_error("the proposer used up its attempts; answer it yourself");
            }
            (Verdict::Approve, Some(proposal), _) => Some(proposal.output.clone()),
            (Verdict::Modify | Verdict::Answer, _, Some(answer)) => {
                check_answer(self.spec, answer, "/answer")?;
                Some(answer.clone())
            }
            _ => None,
        };
        Ok(answer)
    }

    fn check_codes(&self, new: &NewJudgment) -> Result<(), Refusal> {
        let unknown = |given: &[String], known: &[String], path: &str| match given
            .iter()
            .position(|code| !known.contains(code))
        {
            Some(i) if !known.is_empty() || path == "/failure_modes" => Err(Refusal::at(
                Code::InvalidVerdict,
                format!("{path}/{i}"),
                format!("`{}` is not one of the loop's: {}", given[i], known.join(", ")),
            )),
            _ => Ok(()),
        };
        unknown(&new.reasons, &self.spec.reject_reasons, "/reasons")?;
        unknown(&new.failure_modes, &self.spec.failure_modes, "/failure_modes")?;
        let items: Vec<String> = self.spec.checklist.iter().map(|item| item.id.clone()).collect();
        unknown(&new.checklist, &items, "/checklist")?;
        if matches!(new.verdict, Verdict::Approve | Verdict::Modify | Verdict::Answer) {
            let missing = self
                .spec
                .checklist
                .iter()
                .find(|item| item.required && !new.checklist.contains(&item.id));
            if let Some(item) = missing {
                return Err(Refusal::at(
                    Code::InvalidVerdict,
                    "/checklist",
                    format!("`{}` must be ticked: {}", item.id, item.text),
                ));
            }
        }
        if new.rating.is_some_and(|rating| !(1..=5).contains(&rating)) {
            return Err(Refusal::at(Code::InvalidVerdict, "/rating", "a rating is from 1 to 5"));
        }
        Ok(())
    }

    pub(super) fn undo(&mut self, n: u32, reviewer: Reviewer) -> Result<(), Refusal> {
        let too_late = || {
            Refusal::new(
                Code::TooLate,
                "the judgment took effect; reopen the case to decide it again",
            )
        };
        let judgment = self.own_judgment(n, Some(reviewer))?;
        let (task_n, verdict, at) = (judgment.task, judgment.verdict, judgment.at);
        if matches!(verdict, Verdict::Escalate | Verdict::RequestChanges) {
            return Err(Refusal::new(
                Code::InvalidTransition,
                format!("`{}` cannot be undone: the case went on", verdict.as_str()),
            ));
        }
        if self.spec.undo() == Span::ZERO || self.ctx.now - at > self.spec.undo() {
            return Err(too_late());
        }
        let Some(task) = self.state.task(task_n) else { return Err(too_late()) };
        let (open, purpose) = (task.open, task.purpose);
        if !open {
            if purpose.decides() {
                let held = self.state.live_decision();
                let Some(decision) = held
                    .filter(|d| d.state == DecisionState::Held && d.judgments.contains(&n))
                    .map(|d| d.n)
                else {
                    return Err(too_late());
                };
                self.withdraw(decision);
            } else if self.rests_on(n) {
                return Err(too_late());
            } else {
                self.effects.push(Effect::ClearTimer { timer: Timer::Audit(task_n) });
            }
            if let Some(task) = self.state.tasks.iter_mut().find(|task| task.n == task_n) {
                task.open = true;
            }
        }
        self.state.judgments[n as usize - 1].state = JudgmentState::Undone;
        let member = reviewer.member;
        self.state.barred.retain(|barred| *barred != member);
        self.event(Kind::JudgmentUndone, [("judgment", n.into()), ("task", task_n.into())]);
        self.effects.push(Effect::WakeQueue);
        self.settle_status();
        Ok(())
    }

    /// Marks a held decision withdrawn and stops its timer.
    pub(super) fn withdraw(&mut self, n: u32) {
        if let Some(decision) = self.state.decisions.iter_mut().find(|d| d.n == n) {
            decision.state = DecisionState::Withdrawn;
        }
        self.unrule(n);
        self.effects.push(Effect::ClearTimer { timer: Timer::Effect(n) });
    }

    pub(super) fn retract(&mut self, n: u32, by: Option<Reviewer>) -> Result<(), Refusal> {
        let task = self.own_judgment(n, by)?.task;
        if self.state.task(task).is_some_and(|task| task.open) || self.state.status == Status::Held
        {
            return Err(Refusal::new(
                Code::InvalidTransition,
                "the judgment is not effective yet; undo it instead",
            ));
        }
        self.state.judgments[n as usize - 1].state = JudgmentState::Retracted;
        self.event(Kind::JudgmentRetracted, [("judgment", n.into())]);
        self.unfound(n);
        self.settle_status();
        Ok(())
    }

    fn own_judgment(&self, n: u32, by: Option<Reviewer>) -> Result<&Judgment, Refusal> {
        let judgment = (n as usize)
            .checked_sub(1)
            .and_then(|i| self.state.judgments.get(i))
            .ok_or_else(|| Refusal::new(Code::NotFound, format!("there is no judgment {n}")))?;
        if by.is_some_and(|reviewer| reviewer.member != judgment.member) {
            return Err(Refusal::new(Code::NotEligible, "the judgment is somebody else's"));
        }
        if judgment.state != JudgmentState::Counted {
            return Err(Refusal::new(
                Code::InvalidTransition,
                "the judgment does not count any more",
            ));
        }
        Ok(judgment)
    }
}
