//! Shift the world: digits are turned by a quarter, the model goes on as sure as before, and earned autonomy falls.
//!
//! The loop `digits-earned` gets the proposals of a model from elsewhere, trained on the 400 images that are kept out of
//! the stream. Images come once each; a simulated reviewer who knows the truth judges what people would see. Once a
//! threshold is certified and signed, the world turns.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tandem_domain::ClaimId;
use tandem_domain::case::{Case, Verdict};
use tandem_domain::command::{NewJudgment, NewProposal};
use tandem_domain::loops::RouteTo;
use tandem_domain::roles::Role;
use tandem_engine::accounts::NewMember;
use tandem_engine::autonomy::AutonomyView;
use tandem_engine::cases::Submission;
use tandem_engine::errors::{EngineError, Result};
use tandem_engine::loops::Format;
use tandem_engine::{Actor, Engine, LoopScope, Principal, Said};
use tandem_learn::features::{FeatureKind, FeatureSpec, Input};
use tandem_learn::model::{LinearClassifier, TrainOptions};

use super::digits::{self, Digit, Digits};
use crate::random;

/// The loop.
pub(crate) const LOOP: &str = "digits-earned";
const LOOP_FILE: &str = include_str!("../../../../examples/loops/digits-earned.yaml");
/// Turned images at most: autonomy falls long before.
const MOST_TURNED: usize = 400;
/// How often a case is taken back from an open inbox.
const TRIES: u32 = 3;
/// Cases between two looks at whether something is proposed.
const LOOK_EVERY: usize = 20;
const SIDE: usize = 8;

/// Those who act in the loop.
struct Cast<'a> {
    engine: &'a Engine,
    system: Principal,
    reviewer: Principal,
    owner: Principal,
    model: LinearClassifier,
}

/// Lets autonomy be earned where it is not yet, turns the digits, and says what happened.
pub(crate) async fn shift(engine: &Engine, digits: &Digits, system: Principal) -> Result<Value> {
    let cast = Cast::of(engine, system, model(digits)?).await?;
    cast.publish().await?;
    let mut upright = digits.stream.iter();
    let earned = cast.earn(&mut upright).await?;
    let turned = cast.turn(digits).await?;
    let demotion = cast.view().await?.groups.first().and_then(|group| group.demotion.clone());
    Ok(json!({
        "loop": LOOP,
        "earned": earned,
        "turned": turned,
        "demotion": demotion,
    }))
}

impl<'a> Cast<'a> {
    /// New accounts each time: who acted is plain in the ledger.
    async fn of(engine: &'a Engine, system: Principal, model: LinearClassifier) -> Result<Self> {
        let mut members = Vec::new();
        for (name, role) in
            [("Simulated reviewer", Role::Reviewer), ("Simulated orchestrator", Role::Orchestrator)]
        {
            let again = hex::encode(random::secret::<4>().map_err(EngineError::internal)?);
            let grants = vec![(LoopScope::All, role)];
            let new = NewMember {
                name: format!("{name} of the shifted world"),
                email: format!("shift-{again}@demo.invalid"),
                password: None,
                grants: grants.clone(),
                person: None,
            };
            let member = engine.accounts().add_member(&system, new).await?.member;
            members.push(Principal {
                actor: Actor::Member { id: member.id, person: member.person },
                name: member.name,
                space: system.space.clone(),
                grants,
                scopes: Vec::new(),
                stands_in_for: Vec::new(),
                skills: Vec::new(),
            });
        }
        let (owner, reviewer) = (members.pop(), members.pop());
        let (Some(owner), Some(reviewer)) = (owner, reviewer) else {
            return Err(EngineError::internal("an account went missing"));
        };
        Ok(Self { engine, system, reviewer, owner, model })
    }

    async fn publish(&self) -> Result<()> {
        let file = LOOP_FILE.to_owned();
        let put = self.engine.put_loop(&self.system, LOOP, file, Format::Yaml, false, "demo");
        put.await.map(drop)
    }

    async fn view(&self) -> Result<AutonomyView> {
        self.engine.stats_autonomy(&self.system, LOOP).await
    }

    /// Hands images in until a threshold is certified, and signs it.
    async fn earn<'d>(&self, upright: &mut impl Iterator<Item = &'d Digit>) -> Result<Value> {
        let mut reviews = 0;
        for (n, digit) in upright.enumerate() {
            if n % LOOK_EVERY == 0 {
                let view = self.view().await?;
                let group = view.groups.first();
                if let Some(proposal) = group.and_then(|group| group.proposal.clone()) {
                    self.sign(&proposal).await?;
                    return Ok(json!({"reviews": reviews, "proposal": proposal}));
                }
                if let Some(acting) = group
                    .filter(|group| group.standing == "acting")
                    .and_then(|group| group.certificate.as_ref()?.acting)
                {
                    return Ok(json!({"reviews": reviews, "threshold": acting}));
                }
            }
            let key = format!("upright-{:04}", digit.row);
            if let Some(case) = self.hand_in(&key, digit).await? {
                reviews += u32::from(self.answer(&case, digit.label).await?);
            }
        }
        Ok(json!({"reviews": reviews, "proposal": null}))
    }

    async fn sign(&self, proposal: &Value) -> Result<()> {
        let number = |name: &str| proposal[name].as_u64().unwrap_or_default();
        let step = (number("epoch") as u32, number("level") as usize);
        let why = "the demonstration signs what the evidence proposes";
        self.engine.raise_autonomy(&self.owner, LOOP, "", step, why, None).await
    }

    /// Hands turned images in until nothing passes any more.
    async fn turn(&self, digits: &Digits) -> Result<Value> {
        let (mut passed, mut wrong, mut audited, mut seen) = (0, 0, 0, 0);
        for digit in digits.stream.iter().rev().take(MOST_TURNED) {
            let turned = rotated(digit);
            let Some(case) = self.hand_in(&format!("turned-{:04}", digit.row), &turned).await?
            else {
                continue;
            };
            seen += 1;
            let route = case.state.route.as_ref();
            if route.is_some_and(|route| route.to == RouteTo::Auto) {
                passed += 1;
                let said = case.state.live_decision().and_then(|d| d.output.as_ref());
                wrong += u32::from(said.and_then(digits::named) != Some(digit.label));
            }
            audited += u32::from(self.answer(&case, digit.label).await?);
            let lost = self.view().await?.groups.first().is_none_or(|g| g.standing != "acting");
            if lost {
                break;
            }
        }
        Ok(json!({"cases": seen, "passed": passed, "wrong": wrong, "looked_at": audited}))
    }

    /// What the model takes the image for.
    fn propose(&self, digit: &Digit) -> Result<NewProposal> {
        let pixels = pixels(digit);
        let input = Input::image(&pixels, SIDE, SIDE);
        let found = self.model.predict(&[input]).map_err(EngineError::internal)?;
        let best = (0_u8..10).max_by(|a, b| {
            let p = |digit: u8| found.row(0)[usize::from(digit)];
            p(*a).total_cmp(&p(*b))
        });
        let best = best.unwrap_or(0);
        let Value::Object(output) = Digit::answer(best) else {
            return Err(EngineError::internal("an answer is an object"));
        };
        let odds: BTreeMap<String, f64> =
            (0..10).map(|digit| (digit.to_string(), f64::from(found.row(0)[digit]))).collect();
        Ok(NewProposal {
            output,
            confidence: [(String::new(), f64::from(found.row(0)[usize::from(best)]))].into(),
            probabilities: [(digits::FIELD.to_owned(), odds)].into(),
            model: Some("digits-from-elsewhere@1".to_owned()),
            evidence: Vec::new(),
            by: String::new(),
        })
    }

    /// Hands an image in with the model's proposal; `None` where it was handed in before.
    async fn hand_in(&self, key: &str, digit: &Digit) -> Result<Option<Case>> {
        let proposal = self.propose(digit)?;
        let submission = Submission {
            key: Some(key.to_owned()),
            input: digit.input(),
            proposal: Some(proposal),
            ..Submission::default()
        };
        let submitted = self.engine.submit(&self.system, LOOP, submission, None).await;
        match submitted {
            Ok(submitted) => Ok(submitted.created.then_some(submitted.case)),
            Err(EngineError::Conflict { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The simulated reviewer answers, where a person is wanted; true if so.
    async fn answer(&self, case: &Case, truth: u8) -> Result<bool> {
        if case.state.tasks.iter().all(|task| !task.open) {
            return Ok(false);
        }
        let Value::Object(answer) = Digit::answer(truth) else { return Ok(false) };
        let judgment = NewJudgment {
            verdict: Verdict::Answer,
            answer: Some(answer),
            proposal: None,
            reasons: Vec::new(),
            failure_modes: Vec::new(),
            rating: None,
            checklist: Vec::new(),
            comment: None,
            rationale: None,
            notice: None,
            seen: None,
            batch: None,
            signed: None,
            written: tandem_domain::provenance::Written::default(),
            elapsed_ms: 1_400,
        };
        let said = Said { claim: None, judgment, assertion: None };
        for _ in 0..TRIES {
            let judged = self.engine.judge(&self.reviewer, case.core.id, said.clone(), None).await;
            match judged {
                // An open inbox took it up meanwhile: this loop is played by the cast alone.
                Err(error) if error.code() == "no_seat" => self.take_back(case).await?,
                Err(error) => return Err(error),
                Ok(_) => return Ok(true),
            }
        }
        Ok(false)
    }

    async fn take_back(&self, case: &Case) -> Result<()> {
        let now = self.engine.get(&self.system, case.core.id).await?;
        for claim in now.state.tasks.iter().flat_map(|task| &task.claims) {
            let id = ClaimId { case: case.core.id, n: claim.n };
            self.engine.release(&self.owner, id, None).await?;
        }
        Ok(())
    }
}

fn pixels(digit: &Digit) -> Vec<f32> {
    digit.levels.iter().map(|level| f32::from(*level) / 16.0).collect()
}

/// The model from elsewhere.
fn model(digits: &Digits) -> Result<LinearClassifier> {
    let kind = FeatureKind::Image { width: SIDE as u16, height: SIDE as u16 };
    let options =
        TrainOptions::new(10, vec![FeatureSpec { column: 0, name: "image".to_owned(), kind }]);
    let images: Vec<Vec<f32>> = digits.test.iter().map(pixels).collect();
    let inputs: Vec<Input<'_>> =
        images.iter().map(|pixels| Input::image(pixels, SIDE, SIDE)).collect();
    let labels: Vec<u32> = digits.test.iter().map(|digit| u32::from(digit.label)).collect();
    let fitted = LinearClassifier::fit(&inputs, &labels, &options, None, 1);
    Ok(fitted.map_err(EngineError::internal)?.0)
}

/// The image turned by a quarter to the right.
fn rotated(digit: &Digit) -> Digit {
    let mut turned = digit.clone();
    for row in 0..SIDE {
        for column in 0..SIDE {
            turned.levels[column * SIDE + (SIDE - 1 - row)] = digit.levels[row * SIDE + column];
        }
    }
    turned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_quarters_are_a_whole_turn() {
        let digits = Digits::load().unwrap();
        let digit = &digits.stream[0];
        let once = rotated(digit);
        assert_ne!(once.levels, digit.levels);
        let back = rotated(&rotated(&rotated(&once)));
        assert_eq!(back.levels, digit.levels);
        // The top left goes to the top right.
        assert_eq!(once.levels[SIDE - 1], digit.levels[0]);
    }
}
