//! Names of dialects: one owner each, and pages that miss and repeat nothing.

use tandem_domain::Timestamp;
use tandem_store::named::{self, Named, NamedQuery};

use crate::common::{Db, SECOND, START, on_both};

fn name(name: &str, parent: &str, at: i64) -> Named {
    Named {
        space: "default".to_owned(),
        kind: "a2i.loop".to_owned(),
        name: name.to_owned(),
        parent: parent.to_owned(),
        loop_name: "moods".to_owned(),
        case_key: format!("a2i.loop/{name}/0"),
        mark: vec![1, 2, 3],
        document: "{}".to_owned(),
        created_by: "system".to_owned(),
        created_at: Timestamp(START + at * SECOND),
    }
}

fn query(newest_first: bool, after: Option<(Timestamp, String)>) -> NamedQuery {
    NamedQuery {
        space: "default".to_owned(),
        kind: "a2i.loop".to_owned(),
        parent: Some("flow".to_owned()),
        newest_first,
        after,
        limit: 2,
        ..NamedQuery::default()
    }
}

on_both! {
    fn a_name_has_one_owner_until_it_is_given_up(db: Db) {
        let first = name("one", "flow", 0);
        let (new, again) = (first.clone(), Named { mark: vec![9], ..first.clone() });
        assert!(db.write(move |tx| named::insert(tx, &new)));
        assert!(!db.write(move |tx| named::insert(tx, &again)));
        let found = db.read(|tx| named::get(tx, "default", "a2i.loop", "one"));
        assert_eq!(found, Some(first.clone()));
        for (space, kind) in [("other", "a2i.loop"), ("default", "a2i.flow")] {
            assert_eq!(db.read(move |tx| named::get(tx, space, kind, "one")), None);
        }
        let remove = |key: &'static str| {
            db.write(move |tx| named::remove(tx, "default", "a2i.loop", "one", key))
        };
        assert!(!remove("a2i.loop/one/1"), "the name is another case's");
        assert!(remove("a2i.loop/one/0"));
        assert!(!remove("a2i.loop/one/0"));
        assert!(db.write(move |tx| named::insert(tx, &first)));
    }

    fn pages_go_on_where_they_stopped_also_among_equals(db: Db) {
        for (of, parent, at) in
            [("a", "flow", 0), ("b", "flow", 1), ("c", "flow", 1), ("d", "flow", 1), ("x", "other", 1), ("e", "flow", 2)]
        {
            let new = name(of, parent, at);
            assert!(db.write(move |tx| named::insert(tx, &new)));
        }
        for (newest_first, expected) in [(false, "a b c d e"), (true, "e d c b a")] {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let wanted = query(newest_first, after);
                let page = db.read(move |tx| named::list(tx, &wanted));
                let Some(last) = page.last() else { break };
                after = Some((last.created_at, last.name.clone()));
                seen.extend(page.iter().map(|row| row.name.clone()));
            }
            assert_eq!(seen.join(" "), expected);
        }
        let wanted = NamedQuery {
            since: Some(Timestamp(START + SECOND)),
            before: Some(Timestamp(START + 2 * SECOND)),
            parent: None,
            limit: 10,
            ..query(false, None)
        };
        let page = db.read(move |tx| named::list(tx, &wanted));
        assert_eq!(page.len(), 4);
    }
}
