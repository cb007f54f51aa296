//! Laws of who wrote what: whatever an honest editor does, its spans are taken, they cover the text, and
//! nothing that was accepted from a model ends up a person's.

use proptest::prelude::*;
use serde_json::json;
use tandem_domain::SuggestionId;
use tandem_domain::case::Verdict;
use tandem_domain::command::{Command, NewJudgment};
use tandem_domain::loops::LoopSpec;
use tandem_domain::machine;
use tandem_domain::provenance::{Author, AuthorSpan, Suggested, Tally, Written, settle};

use crate::fixtures;

/// What a person does in an editor.
#[derive(Debug, Clone)]
enum Edit {
    /// Types words at a place.
    Type(usize, String),
    /// Deletes a stretch.
    Delete(usize, usize),
    /// Accepts the first so many signs of a suggestion at a place.
    Accept(usize, u8, usize),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let one = prop_oneof![
        (any::<usize>(), "[a-d \u{e9}]{1,30}").prop_map(|(at, text)| Edit::Type(at, text)),
        (any::<usize>(), 0..20_usize).prop_map(|(at, n)| Edit::Delete(at, n)),
        (any::<usize>(), 0..3_u8, 1..60_usize).prop_map(|(at, n, k)| Edit::Accept(at, n, k)),
    ];
    prop::collection::vec(one, 0..20)
}

/// A text whose every sign remembers where it came from: a suggestion and the place in it.
#[derive(Default)]
struct Editor {
    signs: Vec<(char, Option<(u8, usize)>)>,
}

impl Editor {
    fn carry_out(&mut self, edit: &Edit, suggested: &[Suggested]) {
        let place = |at: usize| at % (self.signs.len() + 1);
        match edit {
            Edit::Type(at, text) => {
                let at = place(*at);
                self.signs.splice(at..at, text.chars().map(|c| (c, None)));
            }
            Edit::Delete(at, n) => {
                let at = place(*at);
                let end = self.signs.len().min(at + n);
                self.signs.drain(at..end);
            }
            Edit::Accept(at, n, k) => {
                let at = place(*at);
                let from = suggested[usize::from(*n)].text.chars().enumerate().take(*k);
                let new: Vec<_> = from.map(|(i, c)| (c, Some((*n, i)))).collect();
                self.signs.splice(at..at, new);
            }
        }
    }

    fn text(&self) -> String {
        self.signs.iter().map(|(c, _)| c).collect()
    }

    /// Spans as an editor keeps them: one ends where the next sign did not stand behind it.
    fn spans(&self, suggested: &[Suggested]) -> Vec<AuthorSpan> {
        let mut out: Vec<AuthorSpan> = Vec::new();
        for (at, (_, from)) in self.signs.iter().enumerate() {
            let before = at.checked_sub(1).map(|at| self.signs[at].1);
            let goes_on = match (before, from) {
                (Some(None), None) => true,
                (Some(Some((a, i))), Some((b, j))) => a == *b && i + 1 == *j,
                _ => false,
            };
            if goes_on && let Some(last) = out.last_mut() {
                last.to = at + 1;
                continue;
            }
            let of = from.map(|(n, _)| &suggested[usize::from(n)]);
            out.push(AuthorSpan {
                from: at,
                to: at + 1,
                by: if of.is_some() { Author::Model } else { Author::Human },
                model: of.and_then(|one| one.model.clone()),
                suggestion: of.map(|one| one.id),
            });
        }
        out
    }
}

fn spec() -> LoopSpec {
    serde_json::from_value(json!({
        "loop": "replies", "input": {"text": {"kind": "text"}},
        "answer": {"reply": {"kind": "text"}},
        "copilot": {}, "review": {"undo": "0s"},
    }))
    .expect("a loop file")
}

fn suggested() -> Vec<Suggested> {
    let texts = [
        "we have sent you a new card, it should be there soon",
        "aa bb",
        "please tell us the number that stands on the back of it \u{e9}",
    ];
    let one = |(n, text): (usize, &str)| Suggested {
        id: SuggestionId::from_bytes([n as u8 + 1; 16]),
        field: "reply".to_owned(),
        text: text.to_owned(),
        model: Some(format!("writer@{n}")),
    };
    texts.into_iter().enumerate().map(one).collect()
}

fn written(spans: Vec<AuthorSpan>) -> Written {
    Written { claimed: [("reply".to_owned(), spans)].into(), suggested: suggested() }
}

proptest! {
    #[test]
    fn any_edits_keep_the_text_covered_and_what_was_accepted_the_models(edits in edits()) {
        let (spec, suggested) = (spec(), suggested());
        let mut editor = Editor::default();
        for edit in &edits {
            editor.carry_out(edit, &suggested);
        }
        let answer = json!({"reply": editor.text()}).as_object().cloned().unwrap();
        let found = settle(&spec, &answer, None, &written(editor.spans(&suggested)));
        let found = found.map_err(|refusal| TestCaseError::fail(refusal.to_string()))?;
        let spans = &found["reply"];
        let mut at = 0;
        for span in spans {
            prop_assert_eq!(span.from, at);
            prop_assert!(span.to > span.from);
            at = span.to;
        }
        prop_assert_eq!(at, editor.signs.len());
        let author = |at: usize| spans.iter().find(|s| s.from <= at && at < s.to).unwrap().by;
        for (at, (_, from)) in editor.signs.iter().enumerate() {
            prop_assert!(from.is_none() || author(at) == Author::Model, "sign {} is lost", at);
        }
        // What the server made of it is taken as it is: said again, it stays.
        let again = settle(&spec, &answer, None, &written(spans.clone()));
        prop_assert_eq!(again.as_ref().map(Tally::of), Ok(Tally::of(&found)));
    }

    #[test]
    fn nobody_claims_a_suggestion_as_their_own(
        before in "[a-d ]{0,9}", n in 0..3_usize, after in "[a-d ]{0,9}",
    ) {
        let taken = &suggested()[n].text;
        prop_assume!(taken.chars().count() >= 24);
        let text = format!("{before}{taken}{after}");
        let answer = json!({"reply": text}).as_object().cloned().unwrap();
        let by = Author::Human;
        let all = AuthorSpan { from: 0, to: text.chars().count(), by, model: None, suggestion: None };
        let found = settle(&spec(), &answer, None, &written(vec![all])).unwrap();
        prop_assert!(Tally::of(&found).model >= taken.chars().count());
    }
}

#[test]
fn a_judgment_keeps_who_wrote_it_and_other_verdicts_say_nothing_of_it() {
    let spec = spec();
    let (core, start) = (fixtures::core(), fixtures::at(0));
    let case = machine::submit(&spec, &core, None, fixtures::facts(None), &start);
    let state = case.unwrap().state;
    let judge = |judgment: NewJudgment| Command::Judge {
        claim: None,
        reviewer: fixtures::reviewer(1),
        judgment: Box::new(judgment),
        tasks: None,
        void: Vec::new(),
        edited: None,
    };
    let answer = json!({"reply": "aa bb"}).as_object().cloned();
    let said = NewJudgment {
        answer,
        written: Written { suggested: suggested(), ..Written::default() },
        ..fixtures::judgment(Verdict::Answer, None)
    };
    let run =
        |command| machine::decide(&spec, &core, state.clone(), command, None, &fixtures::at(1));
    let after = run(judge(said)).unwrap().state;
    assert_eq!(Tally::of(&after.judgments[0].provenance), Tally { model: 5, human: 0 });
    let skip =
        NewJudgment { written: written(Vec::new()), ..fixtures::judgment(Verdict::Skip, None) };
    assert_eq!(run(judge(skip)).unwrap_err().path.as_deref(), Some("/provenance"));
}
