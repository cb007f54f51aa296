//! The co-pilot: words that a model suggests to a person at work on a text.
//!
//! Nothing is ever written for the person: a suggestion is an answer to a question, and what they do with
//! it is theirs. What was suggested on a case is kept, and its event is in the ledger, so that a judgment
//! can be held against it: who wrote what is settled by the domain (`tandem_domain::provenance`).
//!
//! The models asked are links of the loop's chain, within the same bounds (secrets, requests under way,
//! circuit breaker) and counted in the same figures. The whole is bounded by `copilot.timeout`, a bucket
//! of requests a member, and a most of suggestions a case.

mod rate;
mod record;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
pub use tandem_connect::models::Wish;
use tandem_connect::models::{self, Draft, Failure, Question, Suggestions};
use tandem_domain::case::{Case, LinkTry, TryOutcome};
use tandem_domain::hunks::{Hunk, hunks};
use tandem_domain::loops::{CopilotSpec, FieldSpec, LinkKind, LinkSpec, MAX_SUGGESTIONS, TextSpec};
use tandem_domain::provenance::Suggested;
use tandem_domain::{CaseId, SuggestionId};
use tandem_policy::CaseView;

use crate::access::{Action, allow};
use crate::chain::is_blocked;
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::loops::LoopHandle;
use crate::principal::Principal;

pub(crate) use rate::Buckets;
pub(crate) use record::record_of;

/// Longest instruction of a person, in code points.
const LONGEST_INSTRUCTION: usize = 2_000;
/// Longest words that go on at a cursor, in code points.
const LONGEST_CONTINUATION: usize = 2_000;

/// What somebody wants suggested.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// What the text is about.
    pub about: About,
    /// The field of the answer.
    pub field: String,
    /// The text so far.
    pub text: String,
    /// Where the selection begins, in code points; the cursor where nothing is selected.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// Words that go on, or other words for those selected (for all where nothing is).
    pub kind: Wish,
    /// What the person asks for.
    pub instruction: Option<String>,
    /// How many suggestions, 1 to [`MAX_SUGGESTIONS`].
    pub count: u8,
}

/// What a text is about.
#[derive(Debug, Clone, PartialEq)]
pub enum About {
    /// A case that the asker is at work on.
    Case(CaseId),
    /// An input without a case: a try, of which nothing is kept.
    Input(Value),
}

/// What was suggested.
#[derive(Debug, Clone, PartialEq)]
pub struct Offered {
    /// The link that answered.
    pub link: String,
    /// Model and version.
    pub model: Option<String>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// At least one.
    pub suggestions: Vec<Offer>,
}

/// One suggestion.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// Its id; `None` where nothing is kept.
    pub id: Option<SuggestionId>,
    /// The words that take the place of `from..to`.
    pub text: String,
    /// Where it begins, in code points of the text.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// What changes, each to be kept or not; of a revision.
    pub hunks: Vec<Hunk>,
}

/// A request that was found right.
struct Checked<'a> {
    copilot: &'a CopilotSpec,
    field: &'a TextSpec,
    wanted: &'a Wanted,
    parts: [String; 3],
    from: usize,
    to: usize,
}

impl Engine {
    /// Suggests words for a text. On a case the asker holds its claim, or may change the loop; without a
    /// case they may change the loop.
    ///
    /// # Errors
    /// `no_copilot` where the loop has none, `blind` where the person is to answer unaided, `no_suggestion`
    /// where no model gave words that could be used, and what the bounds say.
    pub async fn suggest(
        &self,
        principal: &Principal,
        loop_name: &str,
        wanted: Wanted,
    ) -> Result<Offered> {
        self.running()?;
        let newest = self.compiled(&principal.space, loop_name).await;
        let (case, handle) = match &wanted.about {
            About::Case(id) => {
                if allow(principal, Action::Judge, Some(loop_name)).is_err() {
                    allow(principal, Action::LoopWrite, Some(loop_name))?;
                }
                newest?;
                let case = self.read_case(principal, *id).await?;
                let handle = self.loop_of(&case).await?;
                if handle.name != loop_name {
                    return Err(crate::runner::no_case(*id));
                }
                may_write(principal, &case, &handle)?;
                (Some(case), handle)
            }
            About::Input(input) => {
                allow(principal, Action::LoopWrite, Some(loop_name))?;
                let handle = newest?;
                handle.compiled().check_input(input).map_err(|refusal| refusal.under("/input"))?;
                (None, handle)
            }
        };
        let checked = check(&handle, &wanted)?;
        self.inner.copilot.take(&principal.id(), self.now())?;
        let group = BTreeMap::new();
        let view = match (&case, &wanted.about) {
            (Some(case), _) => CaseView::from(&case.core),
            (None, About::Input(input)) => {
                CaseView { input, tags: &[], group: &group, run: None, requested_human: false }
            }
            (None, About::Case(id)) => return Err(crate::runner::no_case(*id)),
        };
        let facts = handle.compiled().facts(&view, None::<&tandem_domain::command::NewProposal>);
        if is_blocked(&facts) {
            let message = "a guardrail blocks this input; it is shown to no model outside";
            return Err(conflict("blocked", message));
        }
        let case_id = case.as_ref().map(|case| case.core.id.to_string());
        let question = Question {
            spec: handle.spec(),
            case: case_id.as_deref().unwrap_or("test"),
            input: view.input,
            tags: view.tags,
            revision: None,
        };
        let begun = Instant::now();
        let (link, said) = self.ask_writers(&handle, &checked, question).await?;
        let took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let offers = checked.offers(&wanted.text, said.texts)?;
        let offered = Offered { link, model: said.model, took_ms, suggestions: offers };
        match case {
            Some(case) => self.keep_suggestions(principal, case.core.id, &wanted, offered).await,
            None => Ok(offered),
        }
    }

    /// Asks the links that can write, one after the other, until one gives words that can be used.
    async fn ask_writers(
        &self,
        handle: &Arc<LoopHandle>,
        checked: &Checked<'_>,
        question: Question<'_>,
    ) -> Result<(String, Suggestions)> {
        let until = Instant::now() + duration(checked.copilot.patience());
        let mut whys = Vec::new();
        for (at, link) in checked.copilot.links(handle.spec()) {
            let label = link.label(at);
            let mut tried = LinkTry {
                link: label.clone(),
                kind: link.kind().as_str().to_owned(),
                at: self.now(),
                took_ms: 0,
                outcome: TryOutcome::Proposed,
                why: None,
                output: None,
                confidence: None,
                model: None,
                usage: None,
            };
            let begun = Instant::now();
            let said = self.ask_writer(link, &checked.draft(question), until).await;
            tried.took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            match &said {
                Ok(said) => tried.usage = said.usage,
                Err(failure) => {
                    tried.outcome = failure.outcome;
                    tried.why = Some(failure.why.clone());
                }
            }
            self.count_try(handle, &tried);
            match said {
                Ok(mut said) => {
                    said.model = said.model.filter(|name| crate::chain::named(name));
                    said.model.get_or_insert_with(|| label.clone());
                    return Ok((label, said));
                }
                Err(failure) => whys.push(format!("{label}: {}", failure.why)),
            }
        }
        Err(EngineError::Outside {
            code: "no_suggestion",
            message: if whys.is_empty() {
                "no link of the chain can write text; give it one with `openai` or `http`"
                    .to_owned()
            } else {
                format!("no model had a suggestion ({})", whys.join("; "))
            },
        })
    }

    async fn ask_writer(
        &self,
        link: &LinkSpec,
        draft: &Draft<'_>,
        until: Instant,
    ) -> Result<Suggestions, Failure> {
        let kind = link.kind();
        self.ask_outside(link, until, |asker| async move {
            match kind {
                LinkKind::OpenAi(spec) => models::openai::suggest(&asker, spec, draft).await,
                LinkKind::Http(url) => models::http::suggest(&asker, url, draft).await,
                _ => Ok(Suggestions::default()),
            }
        })
        .await
    }
}

fn duration(span: tandem_domain::Span) -> Duration {
    Duration::from_micros(span.0.unsigned_abs())
}

fn conflict(code: &'static str, message: impl Into<String>) -> EngineError {
    EngineError::Conflict { code, message: message.into(), resource: None }
}

/// Whether the asker is at work on the case: holds a claim on a task that is not to be answered unaided.
fn may_write(principal: &Principal, case: &Case, handle: &LoopHandle) -> Result<()> {
    let member = principal.member().map(|(member, _)| member);
    let held = case.state.tasks.iter().find(|task| {
        task.open && task.claims.iter().any(|claim| Some(claim.member) == member && !claim.lapsed)
    });
    match held {
        Some(task) if task.blind => Err(conflict(
            "blind",
            "this answer is to be yours alone: no model helps with a case that is judged blind",
        )),
        Some(_) => Ok(()),
        None if case.state.tasks.iter().any(|task| task.open && task.blind) => {
            Err(conflict("blind", "the case is judged blind, so no model helps with it"))
        }
        None if allow(principal, Action::LoopWrite, Some(&handle.name)).is_ok() => Ok(()),
        None => Err(conflict("claim_lost", "you hold no claim on this case; claim it first")),
    }
}

fn invalid(path: impl Into<String>, message: impl Into<String>) -> EngineError {
    EngineError::invalid("invalid_input", path, message)
}

fn check<'a>(handle: &'a LoopHandle, wanted: &'a Wanted) -> Result<Checked<'a>> {
    let spec = handle.spec();
    let Some(copilot) = &spec.copilot else {
        let message =
            format!("the loop `{}` has no co-pilot; give its file a `copilot`", spec.name);
        return Err(conflict("no_copilot", message));
    };
    let served = || spec.answer.iter().filter(|(name, field)| copilot.serves(name, field));
    let field = served().find(|(name, _)| **name == wanted.field);
    let Some((_, FieldSpec::Text(field))) = field else {
        let names: Vec<String> = served().map(|(name, _)| format!("`{name}`")).collect();
        let message = format!(
            "the co-pilot does not suggest for `{}`; it does for {}",
            wanted.field.chars().take(80).collect::<String>(),
            names.join(", ")
        );
        return Err(invalid("/field", message));
    };
    let chars: Vec<char> = wanted.text.chars().collect();
    if chars.len() > field.max_length {
        let message =
            format!("the text has {} characters, at most {}", chars.len(), field.max_length);
        return Err(invalid("/text", message));
    }
    if wanted.from > wanted.to || wanted.to > chars.len() {
        let message = format!(
            "the selection is {}..{}, wanted within 0..{} in code points",
            wanted.from,
            wanted.to,
            chars.len()
        );
        return Err(invalid("/selection", message));
    }
    if !(1..=MAX_SUGGESTIONS).contains(&wanted.count) {
        return Err(invalid("/count", format!("ask for 1 to {MAX_SUGGESTIONS} suggestions")));
    }
    let length = wanted.instruction.as_ref().map_or(0, |text| text.chars().count());
    if length > LONGEST_INSTRUCTION {
        let message = format!("an instruction has at most {LONGEST_INSTRUCTION} characters");
        return Err(invalid("/instruction", message));
    }
    let (from, to) = match wanted.kind {
        Wish::Continue => (wanted.to, wanted.to),
        Wish::Revise if wanted.from == wanted.to => (0, chars.len()),
        Wish::Revise => (wanted.from, wanted.to),
    };
    if wanted.kind == Wish::Revise && chars[from..to].iter().all(|c| c.is_whitespace()) {
        return Err(invalid("/text", "there is nothing to revise; write something first"));
    }
    let part = |from: usize, to: usize| chars[from..to].iter().collect();
    let parts = [part(0, from), part(from, to), part(to, chars.len())];
    Ok(Checked { copilot, field, wanted, parts, from, to })
}

impl Checked<'_> {
    fn draft<'a>(&'a self, question: Question<'a>) -> Draft<'a> {
        let [before, selected, after] = &self.parts;
        Draft {
            question,
            field: &self.wanted.field,
            title: self.field.title.as_deref().unwrap_or(&self.wanted.field),
            wish: self.wanted.kind,
            before,
            selected,
            after,
            house: self.copilot.instruction.as_deref(),
            instruction: self.wanted.instruction.as_deref(),
            count: self.wanted.count,
        }
    }

    /// Those that would fit, as offers; the text may be no longer than its field allows.
    fn offers(&self, text: &str, texts: Vec<String>) -> Result<Vec<Offer>> {
        let [before, selected, after] = &self.parts;
        let kept = before.chars().count() + after.chars().count();
        let room = self.field.max_length.saturating_sub(kept);
        let longest = match self.wanted.kind {
            Wish::Continue => room.min(LONGEST_CONTINUATION),
            Wish::Revise => room,
        };
        let fits = texts.into_iter().filter(|words| words.chars().count() <= longest);
        let offers: Vec<Offer> = fits
            .map(|words| {
                let found = match self.wanted.kind {
                    Wish::Continue => Vec::new(),
                    Wish::Revise => hunks(selected, &words),
                };
                let moved = |hunk: Hunk| Hunk {
                    from: hunk.from + self.from,
                    to: hunk.to + self.from,
                    ..hunk
                };
                let hunks = found.into_iter().map(moved).collect();
                Offer { id: None, text: words, from: self.from, to: self.to, hunks }
            })
            .collect();
        if offers.is_empty() {
            let message = format!(
                "what was suggested does not fit: {} of at most {} characters are there",
                text.chars().count(),
                self.field.max_length
            );
            return Err(EngineError::Outside { code: "no_suggestion", message });
        }
        Ok(offers)
    }
}

impl Offer {
    /// The words that were not in the text before. A revision repeats the person's own, which stay theirs.
    fn added(&self) -> Vec<&str> {
        if self.hunks.is_empty() {
            return vec![&self.text];
        }
        self.hunks.iter().map(|hunk| hunk.text.as_str()).filter(|text| !text.is_empty()).collect()
    }
}

/// What was suggested on a case, as a judgment is held against it.
pub(crate) fn suggested(tx: &mut dyn tandem_store::Tx, case: CaseId) -> Result<Vec<Suggested>> {
    let mut all = Vec::new();
    for row in tandem_store::suggestions::of_case(tx, case)? {
        let added: Vec<String> = serde_json::from_str(&row.added)
            .map_err(|error| EngineError::internal(format!("what {} added: {error}", row.id)))?;
        all.extend(added.into_iter().map(|text| Suggested {
            id: row.id,
            field: row.field.clone(),
            text,
            model: row.model.clone(),
        }));
    }
    Ok(all)
}
