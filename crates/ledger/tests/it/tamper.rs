//! Every kind of tampering, each with the code it must be found under. All of these are also judged by the second
//! verifier (see `second`).

use crate::history::{History, Item, ORIGIN, Random, Row, event_item, event_text, history, key};
use serde_json::json;
use tandem_ledger::canonical;
use tandem_ledger::event::commit;
use tandem_ledger::merkle::leaf_hash;
use tandem_ledger::note::{Checkpoint, SigningKey};
use tandem_ledger::verify::{Code, witness_entry};

/// A tampered bundle: its class, the codes of which at least one must be among the problems, and the bytes.
pub(crate) struct Tampered {
    pub(crate) class: &'static str,
    pub(crate) expected: &'static [Code],
    pub(crate) history: History,
    pub(crate) bytes: Vec<u8>,
}

type Change = fn(&mut History, &mut Random);

/// The classes that change a history in its parts.
const CHANGES: &[(&str, &[Code], Change)] = &[
    ("event changed", &[Code::EventChanged], |h, r| {
        edit(h, r, |text, _| *text = text.replace("\"note\":\"n\"", "\"note\":\"m\""));
    }),
    ("event back-dated", &[Code::EventChanged], |h, r| {
        edit(h, r, |text, _| *text = text.replace("\"at\":1", "\"at\":9"));
    }),
    ("event and its hash changed", &[Code::RootMismatch], |h, r| {
        edit(h, r, |text, leaf| {
            *text = text.replace("\"note\":\"n\"", "\"note\":\"m\"");
            *leaf = leaf_hash(text.as_bytes());
        });
    }),
    ("leaf hash changed", &[Code::LeafHashChanged], |h, r| edit(h, r, |_, leaf| leaf.0[3] ^= 1)),
    ("event deleted", &[Code::EventMissing], |h, r| {
        let at = pick_inner(h, r);
        h.items.remove(at);
    }),
    ("event deleted, renumbered", &[Code::RootMismatch, Code::TruncatedBelowCheckpoint], |h, r| {
        let at = pick_inner(h, r);
        h.items.remove(at);
        h.renumber();
    }),
    ("event inserted", &[Code::EventRepeated], |h, r| insert_event(h, r)),
    ("event inserted, renumbered", &[Code::RootMismatch, Code::CheckpointMisplaced], |h, r| {
        insert_event(h, r);
        h.renumber();
    }),
    ("event repeated", &[Code::EventRepeated], |h, r| {
        let at = pick_inner(h, r);
        let copy = h.items[at].clone();
        h.items.insert(at + 1 + r.below(h.items.len() - at), copy);
    }),
    ("events swapped", &[Code::EventReordered], |h, r| {
        let (a, b) = pick_pair(h, r);
        h.items.swap(a, b);
    }),
    ("events swapped, renumbered", &[Code::RootMismatch], |h, r| {
        let (a, b) = pick_pair(h, r);
        h.items.swap(a, b);
        h.renumber();
    }),
    ("truncated below a checkpoint", &[Code::TruncatedBelowCheckpoint], |h, r| {
        let events = h.events();
        let cut = 1 + r.below(events.len() - 1);
        let last = h.items.pop().unwrap();
        h.items.truncate(events[cut]);
        h.items.push(last);
        h.rows.clear();
    }),
    ("truncated with its checkpoints", &[Code::BelowWitness], |h, r| {
        let events = h.events();
        h.items.truncate(events[1 + r.below(events.len() - 1)]);
        h.rows.clear();
    }),
    ("fork in the bundle", &[Code::Fork], |h, r| {
        let at = h.checkpoints()[r.below(h.checkpoints().len())];
        let Item::Checkpoint(note) = &h.items[at] else { unreachable!() };
        let size = Checkpoint::parse_note(note).unwrap().0.size;
        // A key that every history trusts from the start.
        let other =
            Checkpoint::new(ORIGIN, size, leaf_hash(b"another history")).sign(&[&key(1)]).unwrap();
        h.items.insert(at + 1, Item::Checkpoint(other));
    }),
    ("rewritten and signed again", &[Code::Fork], |h, r| {
        edit(h, r, |text, leaf| {
            *text = text.replace("\"note\":\"n\"", "\"note\":\"m\"");
            *leaf = leaf_hash(text.as_bytes());
        });
        h.resign(&key(1));
    }),
    ("false root signed", &[Code::RootMismatch], |h, _| {
        let Some(Item::Checkpoint(note)) = h.items.last_mut() else { unreachable!() };
        let size = Checkpoint::parse_note(note).unwrap().0.size;
        *note = Checkpoint::new(ORIGIN, size, leaf_hash(b"")).sign(&[&key(1)]).unwrap();
    }),
    ("checkpoint replayed", &[Code::CheckpointReplayed], |h, r| {
        let places = h.checkpoints();
        let copy = h.items[places[r.below(places.len())]].clone();
        h.items.push(copy);
    }),
    ("checkpoint too late", &[Code::CheckpointMisplaced], |h, r| {
        let places = h.checkpoints();
        let at = *places.last().unwrap();
        h.items.swap(at, at - 1);
        let first = places[0];
        if r.below(2) == 0 && matches!(h.items.get(first + 1), Some(Item::Event { .. })) {
            h.items.swap(first, first + 1);
        }
    }),
    ("checkpoint by a stranger", &[Code::UnknownKey], |h, _| {
        let Some(Item::Checkpoint(note)) = h.items.last_mut() else { unreachable!() };
        let checkpoint = Checkpoint::parse_note(note).unwrap().0;
        *note = checkpoint.sign(&[&key(200)]).unwrap();
    }),
    ("signature taken from another checkpoint", &[Code::BadSignature], |h, _| {
        let Some(Item::Checkpoint(note)) = h.items.last_mut() else { unreachable!() };
        *note = note.replacen(ORIGIN, &format!("{ORIGIN}\n"), 1).replacen("\n\n", "\n", 1);
        let size = Checkpoint::parse_note(note).unwrap().0.size.to_string();
        *note = note.replacen(&format!("\n{size}\n"), &format!("\n{size}1\n"), 1);
    }),
    ("checkpoint of another log", &[Code::WrongOrigin], |h, _| {
        let other = SigningKey::from_seed("other.example/ledger", &[1; 32]).unwrap();
        let note = Checkpoint::new("other.example/ledger", 1 << 40, leaf_hash(b""))
            .sign(&[&other, &key(1)])
            .unwrap();
        h.items.push(Item::Checkpoint(note));
    }),
    ("checkpoint unreadable", &[Code::MalformedCheckpoint], |h, _| {
        let Some(Item::Checkpoint(note)) = h.items.last_mut() else { unreachable!() };
        note.pop();
    }),
    ("bundle of another key", &[Code::UnknownKey], |h, _| {
        h.vkey = key(77).verifier().to_string();
        h.resign(&key(77));
    }),
    ("bundle of another log", &[Code::WrongOrigin], |h, _| h.origin.push('2')),
    ("header key broken", &[Code::MalformedLine], |h, _| h.vkey.push('A')),
    ("no event, yet signed", &[Code::MalformedEvent], |h, r| {
        let texts = [
            "{}",
            "[]",
            "{\"v\": 1}",
            "",
            "{\"actor\":0,\"at\":0,\"data\":[],\"id\":\"x\",\"kind\":\"k\",\"space\":0,\"v\":1}",
        ];
        let text = texts[r.below(texts.len())].to_owned();
        edit(h, r, |old, leaf| {
            *leaf = leaf_hash(text.as_bytes());
            *old = text;
        });
        h.resign(&key(1));
        h.witness = None;
    }),
    ("rotation to no key", &[Code::MalformedEvent], |h, r| {
        edit(h, r, |text, leaf| {
            *text = event_text("rot", "key_rotated", 1, json!({"vkey": "x"}));
            *leaf = leaf_hash(text.as_bytes());
        });
        h.resign(&key(1));
    }),
    ("rotation that no trusted key signed", &[Code::UnknownKey], |h, _| {
        let index = h.events().len() as u64;
        let new = key(201);
        let data = json!({"vkey": new.verifier().to_string()});
        h.items.push(event_item(index, event_text("rot", "key_rotated", 1, data)));
        h.items.push(Item::Checkpoint(String::new()));
        let mut forged = h.clone();
        forged.resign(&new);
        *h.items.last_mut().unwrap() = forged.items.pop().unwrap();
    }),
    ("row forged", &[Code::RowMismatch], |h, r| {
        let row = pick_row(h, r, true);
        row.content.as_mut().unwrap().1["status"] = json!(99);
    }),
    ("row salt changed", &[Code::RowMismatch], |h, r| {
        pick_row(h, r, true).content.as_mut().unwrap().0[0] ^= 1;
    }),
    ("row of another event", &[Code::RowMismatch], |h, r| pick_row(h, r, true).event.push('x')),
    ("row marked erased", &[Code::RowMismatch], |h, r| pick_row(h, r, true).content = None),
    ("erased row has content", &[Code::RowMismatch], |h, r| {
        let salt = r.salt();
        pick_row(h, r, false).content = Some((salt, json!({"id": "back"})));
    }),
    ("row added", &[Code::RowUnrecorded], |h, r| {
        let content = Some((r.salt(), json!({"forged": true})));
        h.rows.push(Row {
            table: "decisions".into(),
            id: "d1".into(),
            event: "e0".into(),
            content,
        });
    }),
    ("deleted row kept", &[Code::RowUnrecorded], |h, r| {
        let row = pick_row(h, r, true).clone();
        let (index, refs) = (
            h.events().len() as u64,
            json!([{"table": row.table, "id": row.id, "commitment": null}]),
        );
        h.items
            .push(event_item(index, event_text("del", "case_changed", 1, json!({"rows": refs}))));
    }),
    ("row missing", &[Code::RowMissing], |h, r| {
        let at = r.below(h.rows.len());
        h.rows.remove(at);
    }),
    ("row rolled back", &[Code::RowMismatch], |h, r| {
        let row = pick_row(h, r, true).clone();
        let commitment = commit(&r.salt(), &canonical::to_vec(&json!({"status": 5})).unwrap());
        let refs = json!([{"table": row.table, "id": row.id, "commitment": commitment}]);
        let index = h.events().len() as u64;
        h.items
            .push(event_item(index, event_text("newer", "case_changed", 1, json!({"rows": refs}))));
    }),
    ("row repeated", &[Code::RowRepeated], |h, r| {
        let copy = h.rows[r.below(h.rows.len())].clone();
        h.rows.push(copy);
    }),
    ("witness entry unreadable", &[Code::MalformedWitness], |h, _| {
        h.witness.as_mut().unwrap().insert_str(0, "x\n\ny\n\n");
    }),
    ("witness entry forged", &[Code::UnknownKey], |h, _| {
        let note = Checkpoint::new(ORIGIN, 1, leaf_hash(b"")).sign(&[&key(99)]).unwrap();
        h.witness.as_mut().unwrap().push_str(&witness_entry(&note));
    }),
];

fn edit(
    h: &mut History,
    r: &mut Random,
    change: impl FnOnce(&mut String, &mut tandem_ledger::Hash),
) {
    let events = h.events();
    let Item::Event { text, leaf, .. } = &mut h.items[events[r.below(events.len())]] else {
        unreachable!()
    };
    change(text, leaf);
}

/// An event that is not the last one.
fn pick_inner(h: &History, r: &mut Random) -> usize {
    let events = h.events();
    events[r.below(events.len() - 1)]
}

fn pick_pair(h: &History, r: &mut Random) -> (usize, usize) {
    let events = h.events();
    let a = r.below(events.len() - 1);
    (events[a], events[a + 1 + r.below(events.len() - 1 - a)])
}

fn pick_row<'a>(h: &'a mut History, r: &mut Random, with_content: bool) -> &'a mut Row {
    let fitting: Vec<_> =
        (0..h.rows.len()).filter(|at| h.rows[*at].content.is_some() == with_content).collect();
    &mut h.rows[fitting[r.below(fitting.len())]]
}

fn insert_event(h: &mut History, r: &mut Random) {
    let at = pick_inner(h, r);
    let Item::Event { index, .. } = h.items[at] else { unreachable!() };
    let forged = event_item(index, event_text("forged", "case_changed", 5, json!({})));
    h.items.insert(at, forged);
}

/// A history that keeps its first key. (A signature by a key that is not trusted yet is looked at by nobody.)
fn one_key(seed: u64, events: u64) -> History {
    let rotates = |h: &History| {
        h.items.iter().any(|item| matches!(item, Item::Event { text, .. } if text.contains("vkey")))
    };
    (0..1_000).map(|n| history(seed + 1_000_000 * n, events)).find(|h| !rotates(h)).unwrap()
}

fn flip(bundle: &mut [u8], r: &mut Random) -> usize {
    let place = r.below(bundle.len());
    bundle[place] ^= 1 << r.below(8);
    place
}

/// The classes that change the bytes of the file.
fn byte_changes(h: &History, r: &mut Random) -> Vec<(&'static str, &'static [Code], Vec<u8>)> {
    let bundle = h.bundle();
    let lines: Vec<&[u8]> = bundle.split_inclusive(|byte| *byte == b'\n').collect();
    let without = |skip: usize| {
        lines
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != skip)
            .flat_map(|(_, line)| line.to_vec())
            .collect()
    };
    let mut flipped = bundle.clone();
    flip(&mut flipped, r);
    let mut spaced = bundle.clone();
    spaced.insert(lines[0].len() + lines[1].len() - 2, b' ');
    let mut swapped = lines.clone();
    let at = r.below(lines.len() - 1);
    swapped.swap(at, at + 1);
    let mut longer = bundle.clone();
    longer.extend(lines[1]);
    let both_rows = lines[at].starts_with(b"{\"event\"") || lines[at].starts_with(b"{\"erased\"");
    let mut changes: Vec<(&'static str, &'static [Code], Vec<u8>)> = vec![
        ("bit flipped", &[], flipped),
        ("space inserted", &[Code::MalformedLine], spaced),
        ("cut at a byte", &[Code::BundleCut], bundle[..r.below(bundle.len())].to_vec()),
        ("last newline cut", &[Code::BundleCut], bundle[..bundle.len() - 1].to_vec()),
        ("header removed", &[Code::MalformedLine], without(0)),
        ("end line removed", &[Code::BundleCut], without(lines.len() - 1)),
        ("line removed", &[], without(1 + r.below(lines.len() - 2))),
        ("line after the end", &[Code::MalformedLine], longer),
    ];
    // Rows may stand in any order, so swapping two of them is no change.
    if !both_rows || at + 2 == lines.len() {
        changes.push(("lines swapped", &[], swapped.concat()));
    }
    changes
}

/// Tampered bundles of every class, from one seed. The history is long enough that every class applies.
pub(crate) fn tampered(seed: u64) -> Vec<Tampered> {
    let base = one_key(seed, 60);
    let mut random = Random(seed ^ 0xabcd);
    let mut all = Vec::new();
    for (class, expected, change) in CHANGES {
        if *class == "erased row has content" && base.rows.iter().all(|row| row.content.is_some()) {
            continue;
        }
        let mut changed = base.clone();
        change(&mut changed, &mut random);
        let bytes = changed.bundle();
        all.push(Tampered { class, expected, history: changed, bytes });
    }
    for (class, expected, bytes) in byte_changes(&base, &mut random) {
        all.push(Tampered { class, expected, history: base.clone(), bytes });
    }
    all
}

#[test]
fn every_class_of_tampering_is_found() {
    let mut tried = 0;
    for seed in 0..60 {
        for case in tampered(seed) {
            let report = case.history.verify_bytes(&case.bytes);
            let codes: Vec<_> = report.problems.iter().map(|problem| problem.code).collect();
            assert_eq!(report.exit_code(), 1, "{} (seed {seed}) was not found", case.class);
            let expected =
                case.expected.is_empty() || case.expected.iter().any(|code| codes.contains(code));
            assert!(expected, "{} (seed {seed}) gave {codes:?}", case.class);
            tried += 1;
        }
    }
    assert!(tried > 2_500, "{tried}");
}

#[test]
fn valid_histories_raise_no_alarm() {
    for seed in 0..1_200 {
        let mut history = history(seed, seed % 90);
        let report = history.verify();
        assert_eq!(report.problems, [], "seed {seed}");
        let anchored = seed % 90 > 0 || !history.items.is_empty();
        assert_eq!(report.exit_code(), if anchored { 0 } else { 2 }, "seed {seed}");
        history.witness = None;
        assert_eq!(history.verify().exit_code(), 2, "seed {seed}");
    }
}

#[test]
fn a_changed_event_is_named() {
    let mut history = history(3, 60);
    let place = history.events()[17];
    let Item::Event { text, .. } = &mut history.items[place] else { unreachable!() };
    *text = text.replace("\"at\":1017", "\"at\":1016");
    let report = history.verify();
    let [problem] = &report.problems[..] else { panic!("{:?}", report.problems) };
    assert_eq!(
        (problem.code, problem.index, problem.id.as_deref()),
        (Code::EventChanged, Some(17), Some("e17"))
    );
    assert_eq!(
        report.anchored_size,
        Some(60),
        "what follows is still checked against the signed roots"
    );
}

#[test]
fn a_rewritten_event_is_narrowed_down() {
    let mut history = history(3, 60);
    let place = history.events()[30];
    let Item::Event { text, leaf, .. } = &mut history.items[place] else { unreachable!() };
    *text = text.replace("\"at\":1030", "\"at\":1031");
    *leaf = leaf_hash(text.as_bytes());
    history.witness = None;
    let report = history.verify();
    let problem =
        report.problems.iter().find(|problem| problem.code == Code::RootMismatch).unwrap();
    let sizes = history.checkpoints().into_iter().filter_map(|at| match &history.items[at] {
        Item::Checkpoint(note) => Some(Checkpoint::parse_note(note).unwrap().0.size),
        Item::Event { .. } => None,
    });
    let before = sizes.filter(|size| *size <= 30).max().unwrap_or(0);
    assert_eq!(problem.index, Some(before));
    assert_eq!(report.signed_size.unwrap_or(0), before);
}

#[test]
fn a_tail_that_nothing_covers_is_said() {
    let mut history = history(8, 40);
    history.items.push(event_item(40, event_text("tail", "case_changed", 1, json!({}))));
    let report = history.verify();
    assert_eq!((report.exit_code(), report.anchored_size, report.size), (2, Some(40), 41));
}

#[test]
fn hostile_lines_are_problems_not_panics() {
    let history = one_key(4, 30);
    let text = event_text("far", "case_changed", 1, json!({}));
    for index in [30, 31, 1 << 40, (1 << 53) - 1] {
        let mut changed = history.clone();
        changed.items.push(event_item(index, text.clone()));
        let report = changed.verify();
        assert_eq!(report.exit_code(), if index == 30 { 2 } else { 1 });
        assert_eq!(report.size, index + 1);
    }
    let long = "[".repeat(1 << 20);
    for line in [
        "",
        "{}",
        "[]",
        "null",
        "\u{0}",
        "{\"t\":\"event\"}",
        "{\"e\":1}",
        "[\"bundle\",1,\"o\",\"k\"]",
        &long,
    ] {
        let bytes = format!("{line}\n{line}\n").into_bytes();
        let report = history.verify_bytes(&bytes);
        assert_eq!(
            report.problems.iter().filter(|problem| problem.code == Code::MalformedLine).count(),
            2,
            "{line:.40}"
        );
    }
    assert_eq!(history.verify_bytes(&[0xff, b'\n']).exit_code(), 1);
    assert_eq!(history.verify_bytes(b"").exit_code(), 1);
}

/// Flips each bit of the texts of 60 events, one at a time.
#[test]
fn every_single_bit_flip_of_the_events_is_found() {
    let event = |n: u64| {
        event_item(n, event_text(&format!("e{n}"), "case_changed", n, json!({"n": [1.5, null]})))
    };
    let mut history = history(5, 0);
    history.items = (0..60).map(event).collect();
    history.items.push(Item::Checkpoint(String::new()));
    history.witness = None;
    history.resign(&key(1));
    let bundle = history.bundle();
    let mut places = Vec::new();
    let mut start = 0;
    for line in bundle.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b"{\"e\":") {
            let end = line.windows(6).rposition(|part| part == b"\",\"h\":").unwrap();
            places.extend(start + 6..start + end);
        }
        start += line.len();
    }
    assert!(places.len() > 6_000, "{}", places.len());
    let halves = places.split_at(places.len() / 2);
    std::thread::scope(|scope| {
        for half in [halves.0, halves.1] {
            let (history, mut bundle) = (&history, bundle.clone());
            scope.spawn(move || {
                for &place in half {
                    for bit in 0..8 {
                        bundle[place] ^= 1 << bit;
                        assert_eq!(
                            history.verify_bytes(&bundle).exit_code(),
                            1,
                            "bit {bit} of byte {place}"
                        );
                        bundle[place] ^= 1 << bit;
                    }
                }
            });
        }
    });
}

/// Flips random bits anywhere in the file: header, events, hashes, checkpoints, rows and end.
#[test]
fn bit_flips_anywhere_are_found() {
    let mut random = Random(1);
    let history = one_key(6, 40);
    let mut bundle = history.bundle();
    for _ in 0..10_000 {
        let before = bundle.clone();
        let place = flip(&mut bundle, &mut random);
        assert_eq!(history.verify_bytes(&bundle).exit_code(), 1, "byte {place}");
        bundle = before;
    }
}
