//! Random valid histories, kept as parts that a test can change before it writes the bundle.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use tandem_ledger::Hash;
use tandem_ledger::bundle::BundleLines;
use tandem_ledger::canonical;
use tandem_ledger::event::commit;
use tandem_ledger::merkle::{Frontier, leaf_hash};
use tandem_ledger::note::{Checkpoint, SigningKey};
use tandem_ledger::verify::{Report, Verifier, witness_entry};

pub(crate) const ORIGIN: &str = "tandem.example/ledger";

/// SplitMix64: the same seed gives the same history everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub(crate) fn salt(&mut self) -> [u8; 16] {
        (u128::from(self.next()) << 64 | u128::from(self.next())).to_be_bytes()
    }
}

/// An event line or a checkpoint line.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    Event { index: u64, text: String, leaf: Hash },
    Checkpoint(String),
}

/// A row line: `content` is salt and record, or `None` where erased.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) table: String,
    pub(crate) id: String,
    pub(crate) event: String,
    pub(crate) content: Option<([u8; 16], Value)>,
}

/// A bundle in parts, with what its verifier is given.
#[derive(Clone, Debug)]
pub(crate) struct History {
    pub(crate) vkey: String,
    pub(crate) origin: String,
    pub(crate) items: Vec<Item>,
    pub(crate) rows: Vec<Row>,
    pub(crate) pinned: Option<String>,
    pub(crate) witness: Option<String>,
}

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(ORIGIN, &[seed; 32]).unwrap()
}

/// An event's canonical text.
pub(crate) fn event_text(id: &str, kind: &str, at: u64, data: Value) -> String {
    let event = json!({"v": 1, "id": id, "kind": kind, "at": at, "space": "s1", "actor": {"person": "p\u{e9}"}, "data": data});
    canonical::to_string(&event).unwrap()
}

pub(crate) fn event_item(index: u64, text: String) -> Item {
    Item::Event { index, leaf: leaf_hash(text.as_bytes()), text }
}

fn record(random: &mut Random, id: &str) -> Value {
    let number = f64::from_bits(random.next());
    let number = if number.is_finite() { number } else { 0.1 };
    let texts =
        ["", "plain", "quote \" back \\ tab \t bell \u{7}", "\u{20ac} \u{1f600} \u{fb33} \u{7f}"];
    let key = ["z", "\u{1f600}", "\u{fb33}", "\r"][random.below(4)];
    json!({"id": id, "status": random.below(4), "big": random.next(), "low": -((random.next() >> 1) as i64), "number": number,
        "share": random.below(1000) as f64 / 1000.0, "text": texts[random.below(4)], key: [null, true, {"a": []}]})
}

/// A history of `events` events: rows written, deleted, erased and written again, a checkpoint now and then and at the
/// end, sometimes a rotated key; every checkpoint in the witness; the key pinned.
pub(crate) fn history(seed: u64, events: u64) -> History {
    let mut random = Random(seed);
    let mut keys = vec![key(1)];
    let (mut items, mut witness) = (Vec::new(), String::new());
    let mut rows: BTreeMap<(String, String), Option<Row>> = BTreeMap::new();
    let mut tree = Frontier::new();
    let sign = |tree: &Frontier,
                keys: &mut Vec<SigningKey>,
                items: &mut Vec<Item>,
                witness: &mut String| {
        let signers: Vec<_> = keys.iter().collect();
        let note = Checkpoint::new(ORIGIN, tree.size(), tree.root()).sign(&signers).unwrap();
        witness.push_str(&witness_entry(&note));
        items.push(Item::Checkpoint(note));
        // The first checkpoint after a rotation carries both signatures, later ones the new alone.
        keys.drain(..keys.len() - 1);
    };
    if random.below(2) == 0 {
        sign(&tree, &mut keys, &mut items, &mut witness);
    }
    for index in 0..events {
        let event = format!("e{index}");
        let rotate = random.below(60) == 0;
        let erase = !rotate && random.below(10) == 0;
        let mut refs = Vec::new();
        for _ in 0..random.below(4) {
            let table = ["cases", "tasks", "judgments"][random.below(3)].to_owned();
            let id = format!("r{}", random.below(25));
            let gone = erase || random.below(10) == 0;
            let row =
                Row { table: table.clone(), id: id.clone(), event: event.clone(), content: None };
            if gone {
                refs.push(json!({"table": table, "id": id, "commitment": null}));
                rows.insert((table, id), erase.then_some(row));
            } else {
                let (salt, record) = (random.salt(), record(&mut random, &id));
                let commitment = commit(&salt, &canonical::to_vec(&record).unwrap());
                refs.push(json!({"table": table, "id": id, "commitment": commitment}));
                rows.insert((table, id), Some(Row { content: Some((salt, record)), ..row }));
            }
        }
        let mut data = json!({"rows": refs, "note": "n"});
        if rotate {
            let new = key(2 + index as u8);
            data["vkey"] = json!(new.verifier().to_string());
            keys.push(new);
        }
        let kind = if rotate {
            "key_rotated"
        } else if erase {
            "erased"
        } else {
            "case_changed"
        };
        let item = event_item(index, event_text(&event, kind, 1_000 + index, data));
        let Item::Event { leaf, .. } = &item else { unreachable!() };
        tree.append(*leaf);
        items.push(item);
        if random.below(12) == 0 || index + 1 == events {
            sign(&tree, &mut keys, &mut items, &mut witness);
        }
    }
    let vkey = key(1).verifier().to_string();
    let rows = rows.into_values().flatten().collect();
    History {
        pinned: Some(vkey.clone()),
        vkey,
        origin: ORIGIN.to_owned(),
        items,
        rows,
        witness: Some(witness),
    }
}

impl History {
    /// Writes the bundle; indexes and leaf hashes are written as they stand.
    pub(crate) fn bundle(&self) -> Vec<u8> {
        let (mut lines, mut out) = BundleLines::start(&self.origin, &self.vkey);
        for item in &self.items {
            out += &match item {
                Item::Event { index, text, leaf } => lines.event(*index, text, leaf),
                Item::Checkpoint(note) => lines.checkpoint(note),
            };
        }
        for row in &self.rows {
            out += &match &row.content {
                Some((salt, record)) => {
                    lines.row(&row.table, &row.id, &row.event, salt, record).unwrap()
                }
                None => lines.erased_row(&row.table, &row.id, &row.event),
            };
        }
        (out + &lines.end()).into_bytes()
    }

    pub(crate) fn verify(&self) -> Report {
        self.verify_bytes(&self.bundle())
    }

    pub(crate) fn verify_bytes(&self, bundle: &[u8]) -> Report {
        let witness = self.witness.as_ref().map(String::as_bytes);
        Verifier::new(self.pinned.as_deref(), witness).unwrap().verify(bundle).unwrap()
    }

    /// Places of event items.
    pub(crate) fn events(&self) -> Vec<usize> {
        (0..self.items.len()).filter(|at| matches!(self.items[*at], Item::Event { .. })).collect()
    }

    /// Places of checkpoint items.
    pub(crate) fn checkpoints(&self) -> Vec<usize> {
        (0..self.items.len()).filter(|at| matches!(self.items[*at], Item::Checkpoint(_))).collect()
    }

    /// Gives the events dense indexes again, as a forger would.
    pub(crate) fn renumber(&mut self) {
        let mut next = 0;
        for item in &mut self.items {
            if let Item::Event { index, .. } = item {
                *index = next;
                next += 1;
            }
        }
    }

    /// Signs every checkpoint again over the events as they stand: what an operator with the key can do.
    pub(crate) fn resign(&mut self, key: &SigningKey) {
        let mut tree = Frontier::new();
        for item in &mut self.items {
            match item {
                Item::Event { leaf, .. } => tree.append(*leaf),
                Item::Checkpoint(note) => {
                    *note = Checkpoint::new(ORIGIN, tree.size(), tree.root()).sign(&[key]).unwrap();
                }
            }
        }
    }
}
