//! Spaces, halts, members, keys, sessions, idempotency, loops.

use tandem_domain::{KeyId, LoopId, MemberId, PersonId, Timestamp};
use tandem_store::members::{Member, RoleGrant};
use tandem_store::{StoreError, halts, idempotency, keys, loops, members, meta, sessions, spaces};

use crate::common::{Db, SECOND, START, fresh_id, on_both};
use crate::sample::{add_loop, loop_row, member};

fn account(email: &str) -> Member {
    Member {
        id: member(),
        space: "default".to_owned(),
        person_id: PersonId::from_bytes(fresh_id()),
        name: "Ada".to_owned(),
        email: email.to_owned(),
        password_hash: None,
        created_at: Timestamp(START),
        disabled_at: None,
        identified_at: None,
        skills: vec!["german".to_owned()],
    }
}

fn key(hash: u8) -> keys::Key {
    keys::Key {
        id: KeyId::from_bytes(fresh_id()),
        space: "default".to_owned(),
        name: "ci".to_owned(),
        prefix: "tdm_abc".to_owned(),
        hash: vec![hash; 32],
        member_id: None,
        roles: vec![RoleGrant { scope: "*".to_owned(), role: "submitter".to_owned() }],
        scopes: vec!["cases:write".to_owned()],
        created_at: Timestamp(START),
        expires_at: Some(Timestamp(START + SECOND)),
        last_used_at: None,
        revoked_at: None,
        made_by: None,
    }
}

on_both! {
    fn there_is_a_default_space(db: Db) {
        assert_eq!(db.read(|tx| spaces::get(tx, "default")).unwrap().title, "Default");
        assert!(db.write(|tx| spaces::insert(tx, "lab", "The lab")));
        assert!(!db.write(|tx| spaces::insert(tx, "lab", "Again")));
        assert_eq!(db.read(|tx| spaces::list(tx)).len(), 2);
        assert_eq!(db.read(|tx| halts::list(tx, "lab")).len(), 1);
    }

    fn members_have_one_account_per_address_and_roles_per_loop(db: Db) {
        let ada = account("ada@example.org");
        let (first, twin) = (ada.clone(), Member { id: member(), ..ada.clone() });
        assert!(db.write(move |tx| members::insert(tx, &first)));
        assert!(!db.write(move |tx| members::insert(tx, &twin)));
        assert_eq!(db.read(|tx| members::by_email(tx, "default", "ada@example.org")).unwrap(), ada);
        let mut changed = Member { password_hash: Some("hash".to_owned()), ..ada.clone() };
        changed.disabled_at = Some(Timestamp(START));
        let new = changed.clone();
        assert!(db.write(move |tx| members::update(tx, &new)));
        assert_eq!(db.read(move |tx| members::get(tx, ada.id)).unwrap(), changed);
        let role = RoleGrant { scope: "*".to_owned(), role: "reviewer".to_owned() };
        let given = role.clone();
        db.write(move |tx| {
            members::grant(tx, "default", ada.id, &given)?;
            members::grant(tx, "default", ada.id, &given)
        });
        assert_eq!(db.read(move |tx| members::roles(tx, ada.id)), std::slice::from_ref(&role));
        let taken = role.clone();
        assert!(db.write(move |tx| members::revoke(tx, ada.id, &taken)));
        assert!(!db.write(move |tx| members::revoke(tx, ada.id, &role)));
        let page = db.read(|tx| members::list(tx, "default", None, 10));
        assert_eq!(page.len(), 1);
        assert!(db.read(move |tx| members::list(tx, "default", Some(page[0].id), 10)).is_empty());
    }

    fn keys_are_found_by_hash_and_revoked_once(db: Db) {
        assert!(!db.read(|tx| keys::exists_any(tx, "default")));
        let stored = key(3);
        let new = stored.clone();
        db.write(move |tx| keys::insert(tx, &new));
        assert_eq!(db.read(|tx| keys::by_hash(tx, &[3; 32])).unwrap(), stored);
        assert_eq!(db.read(|tx| keys::by_hash(tx, &[4; 32])), None);
        let id = stored.id;
        db.write(move |tx| keys::touch(tx, id));
        assert!(db.write(move |tx| keys::revoke(tx, id)));
        assert!(!db.write(move |tx| keys::revoke(tx, id)));
        let now = db.read(move |tx| keys::get(tx, id)).unwrap();
        assert!(now.revoked_at.is_some() && now.last_used_at.is_some());
        assert!(db.read(|tx| keys::exists_any(tx, "default")));
        assert_eq!(db.read(|tx| keys::list(tx, "default", None, 5)).len(), 1);
    }

    fn sessions_and_links_end(db: Db) {
        let who = member();
        let session = sessions::Session {
            hash: vec![1; 32],
            space: "default".to_owned(),
            member_id: who,
            csrf: "token".to_owned(),
            created_at: Timestamp(START),
            expires_at: Timestamp(START + SECOND),
        };
        let new = session.clone();
        db.write(move |tx| {
            sessions::insert(tx, &new)?;
            sessions::insert_link(tx, &[2; 32], "default", who, Timestamp(START + SECOND))?;
            sessions::insert_link(tx, &[3; 32], "default", who, Timestamp(START + SECOND))
        });
        assert_eq!(db.read(|tx| sessions::get(tx, &[1; 32])).unwrap(), session);
        assert_eq!(db.write(|tx| sessions::use_link(tx, &[2; 32])), Some(("default".to_owned(), who)));
        assert_eq!(db.write(|tx| sessions::use_link(tx, &[2; 32])), None);
        db.advance(2 * SECOND);
        assert_eq!(db.read(|tx| sessions::get(tx, &[1; 32])), None);
        assert_eq!(db.write(|tx| sessions::use_link(tx, &[3; 32])), None);
        assert_eq!(db.write(|tx| sessions::purge(tx)), 1);
        assert!(!db.write(|tx| sessions::delete(tx, &[1; 32])));
        assert_eq!(db.write(move |tx| sessions::delete_of_member(tx, who)), 0);
    }

    fn a_repeated_key_finds_its_first_use(db: Db) {
        let scope = idempotency::Scope { space: "default", principal: "key_1", route: "POST /v1/claims", key: "k" };
        db.write(move |tx| idempotency::insert(tx, scope, &[1; 32], "clm_1"));
        let used = db.read(move |tx| idempotency::get(tx, scope)).unwrap();
        assert_eq!((used.digest, used.resource.as_str()), (vec![1; 32], "clm_1"));
        let again = db.store.write_blocking(move |tx| idempotency::insert(tx, scope, &[1; 32], "clm_2"));
        assert!(matches!(again, Err(StoreError::Contended(_))));
        assert_eq!(db.read(move |tx| idempotency::get(tx, idempotency::Scope { principal: "key_2", ..scope })), None);
        assert_eq!(db.write(|tx| idempotency::purge(tx, Timestamp(START), 10)), 0);
        assert_eq!(db.write(|tx| idempotency::purge(tx, Timestamp(START + 1), 10)), 1);
    }

    fn a_halt_covers_a_loop_or_everything(db: Db) {
        let (one, two) = db.write(|tx| Ok((add_loop(tx, "one")?, add_loop(tx, "two")?)));
        let state = |loop_id: LoopId| db.write(move |tx| halts::read_shared(tx, "default", loop_id));
        let fresh = state(one);
        assert!(!fresh.halted);
        let by: MemberId = member();
        let halt = db.write(move |tx| halts::set(tx, "default", &halts::scope_of(one), true, (Some(by), None), "odd answers"));
        assert_eq!((halt.halted, halt.epoch, halt.by_member), (true, 1, Some(by)));
        assert!(state(one).halted && state(one).epoch > fresh.epoch);
        assert!(!state(two).halted);
        db.write(|tx| halts::set(tx, "default", halts::EVERYTHING, true, (None, None), "fire"));
        assert!(state(two).halted);
        db.write(|tx| halts::set(tx, "default", halts::EVERYTHING, false, (None, None), "out"));
        assert!(!state(two).halted && state(one).halted);
        assert_eq!(db.read(|tx| halts::list(tx, "default")).len(), 3);
    }

    fn loops_keep_their_versions(db: Db) {
        let row = loop_row("support-intents");
        let (id, new) = (row.id, row.clone());
        db.write(move |tx| loops::insert(tx, &new));
        let twin = db.store.write_blocking(|tx| loops::insert(tx, &loop_row("support-intents")));
        assert!(matches!(twin, Err(StoreError::Contended(_))));
        assert_eq!(db.read(|tx| loops::by_name(tx, "default", "support-intents")).unwrap(), row);
        assert_eq!(db.read(move |tx| loops::newest_version(tx, id)), 0);
        for version in 1..=3_u64 {
            db.write(move |tx| {
                loops::lock(tx, id)?;
                let state = if version == 3 { "draft" } else { "published" }.to_owned();
                loops::insert_version(tx, &loops::LoopVersion {
                    loop_id: id,
                    version,
                    space: "default".to_owned(),
                    source: format!("loop: v{version}"),
                    format: "yaml".to_owned(),
                    digest: vec![version as u8; 32],
                    state,
                    reason: String::new(),
                    by_member: None,
                    at: Timestamp(START),
                    proposed_by: None,
                })?;
                loops::set_head(tx, id, version.min(2), 1)
            });
        }
        assert!(!db.write(move |tx| loops::publish_version(tx, id, 2, "why", None)));
        let first = tandem_domain::MemberId::from_bytes([1; 16]);
        assert!(!db.write(move |tx| loops::propose_version(tx, id, 2, "why", first)));
        assert!(db.write(move |tx| loops::propose_version(tx, id, 3, "why", first)));
        assert!(!db.write(move |tx| loops::propose_version(tx, id, 3, "why", first)));
        let proposed = db.read(move |tx| loops::version(tx, id, 3)).unwrap();
        assert_eq!((proposed.state.as_str(), proposed.proposed_by), ("proposed", Some(first)));
        assert!(db.write(move |tx| loops::publish_version(tx, id, 3, "why", None)));
        assert_eq!(db.read(move |tx| loops::version(tx, id, 3)).unwrap().state, "published");
        let newest: Vec<u64> = db.read(move |tx| loops::versions(tx, id, None, 2)).iter().map(|v| v.version).collect();
        assert_eq!(newest, [3, 2]);
        assert_eq!(db.write(move |tx| loops::get_shared(tx, id)).map(|row| row.head), Some(2));
        assert_eq!(db.read(|tx| loops::list(tx, "default", None, 9)).len(), 1);
    }

    fn small_facts_are_set_once_or_replaced(db: Db) {
        assert_eq!(db.write(|tx| meta::get_or_set(tx, "instance", b"one")), b"one");
        assert_eq!(db.write(|tx| meta::get_or_set(tx, "instance", b"two")), b"one");
        db.write(|tx| meta::set(tx, "instance", b"three"));
        assert_eq!(db.read(|tx| meta::get(tx, "instance")).unwrap(), b"three");
    }
}

/// On PostgreSQL a halt waits for the decisions under way, and no decision misses one that committed.
#[test]
fn a_halt_waits_for_decisions_under_way() {
    let db = Db::new(crate::common::Kind::Postgres);
    let id = db.write(|tx| add_loop(tx, "one"));
    let (entered, enter) = std::sync::mpsc::channel();
    let (leave, left) = std::sync::mpsc::channel::<()>();
    let left = std::sync::Mutex::new(left);
    let store = db.store.clone();
    let deciding = std::thread::spawn(move || {
        store.write_blocking(move |tx| -> Result<bool, StoreError> {
            let state = halts::read_shared(tx, "default", id)?;
            entered.send(()).unwrap();
            left.lock().unwrap().recv().unwrap();
            meta::set(tx, "decided", b"1")?;
            Ok(state.halted)
        })
    });
    enter.recv().unwrap();
    let store = db.store.clone();
    let halting = std::thread::spawn(move || {
        store.write_blocking(move |tx| -> Result<bool, StoreError> {
            halts::set(tx, "default", halts::EVERYTHING, true, (None, None), "fire")?;
            Ok(meta::get(tx, "decided")?.is_some())
        })
    });
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert!(!halting.is_finished());
    leave.send(()).unwrap();
    assert!(!deciding.join().unwrap().unwrap());
    assert!(
        halting.join().unwrap().unwrap(),
        "the halt must come after the decision it waited for"
    );
    assert!(db.write(move |tx| halts::read_shared(tx, "default", id)).halted);
}
