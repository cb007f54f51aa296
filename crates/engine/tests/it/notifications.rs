//! What members are told: once, whom it concerns, by the ways they chose, and nothing of a case.

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use tandem_connect::mail::MailSettings;
use tandem_connect::slack::SlackSettings;
use tandem_domain::case::Case;
use tandem_domain::notify::{About, Batching, Preferences, Quiet, Way};
use tandem_domain::roles::Role;
use tandem_domain::{MemberId, NotificationId, Span, Timestamp};
use tandem_engine::accounts::{MemberChange, NewKey, NewMember};
use tandem_engine::gates::NewAbsence;
use tandem_engine::notify::Pressed;
use tandem_engine::{EngineConfig, LoopScope, Principal, Said};
use tandem_store::notifications::{self, Queued};
use tandem_store::{StoreError, Tx};
use uuid::Uuid;

use crate::common::{Kind, SECOND, World, code, machine, reviewer};
use crate::gates::{approve, edit, refunds, wanted};
use crate::mailbox::Mailbox;
use crate::on_both;
use crate::receiver::{Manner, Receiver};

on_both! {
    an_approval_is_told_once_to_those_who_may_give_it,
    what_one_may_not_see_any_more_is_neither_shown_nor_sent,
    quiet_hours_and_batches_hold_mail_back,
    a_mail_server_that_is_down_is_waited_for,
    a_refused_recipient_is_a_dead_letter_and_an_alarm,
    mail_without_the_tls_it_needs_is_not_sent,
    a_title_cannot_write_headers,
    a_link_opens_once_and_for_its_member_alone,
    a_button_is_a_judgment_of_the_linked_member,
    a_button_over_other_bytes_decides_nothing,
    requests_that_are_not_the_chats_own_are_refused,
    a_loop_that_does_not_say_chat_has_no_deciding_buttons,
    a_deadline_that_is_near_is_told_to_the_holder_once,
    whoever_stands_in_is_told_and_decides_in_the_chat,
    a_way_that_was_taken_away_holds_no_other_up,
    what_is_decided_at_once_is_told_to_nobody,
    nobody_is_told_of_every_call_of_a_flood,
}

const SECRET: &str = "signing-secret";
/// No random identifier and no time of day looks like it.
const AMOUNT: f64 = 24.68;
const CHAT: &str = "review: { channels: [chat] }\n";

fn by_mail(url: String) -> impl FnOnce(&mut EngineConfig) {
    move |config| {
        let from = "Tandem <tandem@example.org>".to_owned();
        config.notify.mail =
            Some(MailSettings { url, password: None, from, extra_roots: Vec::new() });
    }
}

fn by_chat(receiver: &Receiver) -> impl FnOnce(&mut EngineConfig) {
    let url = format!("http://{}/api", receiver.address);
    move |config| {
        config.notify.guard.allow_private = true;
        let signing_secret = Some(SECRET.to_owned());
        config.notify.slack =
            Some(SlackSettings { url, token: "xoxb-test".to_owned(), signing_secret });
    }
}

async fn world(kind: Kind, more: &str, adjust: impl FnOnce(&mut EngineConfig)) -> World {
    let world = World::with(kind, adjust).await;
    world.engine.reached_at("https://tandem.example.org").unwrap();
    world.put(&refunds(more)).await;
    world
}

/// A member with an account, and what they may do now.
async fn member(world: &World, name: &str, loop_name: Option<&str>, role: Role) -> Principal {
    let accounts = world.engine.accounts();
    let scope = loop_name.map_or(LoopScope::All, |name| LoopScope::Named(name.to_owned()));
    let new = NewMember {
        name: name.to_owned(),
        email: format!("{name}@example.org"),
        password: None,
        grants: vec![(scope, role)],
        person: None,
    };
    let added = accounts.add_member(&machine(), new).await.unwrap().member;
    principal(world, added.id).await
}

async fn principal(world: &World, member: MemberId) -> Principal {
    let new = NewKey { name: "k".to_owned(), member: Some(member), ..NewKey::default() };
    let made = world.engine.accounts().make_key(&machine(), new).await.unwrap();
    Principal::clone(&*world.engine.accounts().by_key(&made.secret).await.unwrap())
}

async fn submit(world: &World) -> Case {
    world.engine.submit(&machine(), "refunds", wanted(AMOUNT), None).await.unwrap().case
}

/// Reads the ledger until something was told: on PostgreSQL events are sealed a moment later.
async fn told(world: &World) -> usize {
    for _ in 0..3_000 {
        match world.engine.notify_all().await.unwrap() {
            0 => tokio::time::sleep(Duration::from_millis(20)).await,
            made => return made,
        }
    }
    panic!("nobody was told anything");
}

async fn feed(world: &World, who: &Principal) -> Vec<tandem_engine::notify::Told> {
    world.engine.notification_feed(who, false, None, 50).await.unwrap().items
}

async fn channel(world: &World, way: Way) -> tandem_engine::notify::ChannelView {
    let found = world.engine.notification_channels(&machine()).await.unwrap();
    found.into_iter().find(|channel| channel.way == way).unwrap()
}

async fn an_approval_is_told_once_to_those_who_may_give_it(kind: Kind) {
    let world = world(kind, "", |_| ()).await;
    let rita = member(&world, "rita", Some("refunds"), Role::Reviewer).await;
    let olga = member(&world, "olga", None, Role::Orchestrator).await;
    let otto = member(&world, "otto", Some("other"), Role::Reviewer).await;
    let case = submit(&world).await;
    assert_eq!(told(&world).await, 1);
    assert_eq!(world.engine.notify_all().await.unwrap(), 0, "nothing is told twice");
    let items = feed(&world, &rita).await;
    assert_eq!(items.len(), 1);
    assert_eq!((items[0].about, items[0].case), (About::Approval, Some(case.core.id)));
    assert_eq!(items[0].details.risk.as_deref(), Some("high"));
    let said = format!("{:?}", items[0]);
    assert!(!said.contains("A-17") && !said.contains("customer"), "nothing of the case: {said}");
    assert!(feed(&world, &olga).await.is_empty() && feed(&world, &otto).await.is_empty());
    assert_eq!(code(world.engine.notification_feed(&machine(), false, None, 5).await), "forbidden");

    let unread = world.engine.notification_feed(&rita, true, None, 50).await.unwrap();
    assert_eq!((unread.unread, unread.items.len()), (1, 1));
    assert_eq!(
        code(world.engine.read_notifications(&olga, Some(items[0].id), false).await),
        "not_found"
    );
    assert_eq!(world.engine.read_notifications(&rita, Some(items[0].id), false).await.unwrap(), 1);
    assert_eq!(world.engine.notification_feed(&rita, true, None, 50).await.unwrap().unread, 0);
}

async fn what_one_may_not_see_any_more_is_neither_shown_nor_sent(kind: Kind) {
    let mailbox = Mailbox::at(None, "").await;
    let world = world(kind, "", by_mail(mailbox.url("?tls=none"))).await;
    let rita = member(&world, "rita", Some("refunds"), Role::Reviewer).await;
    submit(&world).await;
    told(&world).await;
    let grants = Some(vec![(LoopScope::Named("other".to_owned()), Role::Reviewer)]);
    let change = MemberChange { grants, ..MemberChange::default() };
    let id = rita.member().unwrap().0;
    world.engine.accounts().change_member(&machine(), id, change).await.unwrap();
    assert!(feed(&world, &principal(&world, id).await).await.is_empty());
    assert_eq!(world.engine.send_notifications_due().await.unwrap(), 1);
    assert!(mailbox.got().is_empty(), "{:?}", mailbox.got());
    assert_eq!(world.engine.send_notifications_due().await.unwrap(), 0);
}

async fn quiet_hours_and_batches_hold_mail_back(kind: Kind) {
    let mailbox = Mailbox::at(None, "").await;
    let world = world(kind, "", by_mail(mailbox.url("?tls=none"))).await;
    let rita = member(&world, "rita", None, Role::Reviewer).await;
    // The clock begins at midnight UTC.
    let quiet = Some(Quiet { from: "22:00".to_owned(), to: "07:00".to_owned() });
    let mut wanted = Preferences { quiet, ..Preferences::default() };
    wanted.batching.insert(Way::Email, Batching::QuarterHour);
    world.engine.set_notification_preferences(&rita, wanted.clone()).await.unwrap();
    assert_eq!(world.engine.notification_preferences(&rita).await.unwrap(), wanted);
    submit(&world).await;
    told(&world).await;
    submit(&world).await;
    told(&world).await;
    world.advance(6 * 3_600 * SECOND);
    assert_eq!(world.engine.send_notifications_due().await.unwrap(), 0, "it is quiet");
    assert_eq!(feed(&world, &rita).await.len(), 2, "the app is not");
    world.advance(3_600 * SECOND);
    assert_eq!(world.engine.send_notifications_due().await.unwrap(), 1);
    let got = mailbox.got();
    assert_eq!(got.len(), 1, "both are one message");
    assert!(got[0].contains("2 notifications"), "{}", got[0]);
    let wanted = Preferences { zone: "Nowhere/Land".to_owned(), ..wanted };
    assert_eq!(
        code(world.engine.set_notification_preferences(&rita, wanted).await),
        "invalid_input"
    );
}

async fn a_mail_server_that_is_down_is_waited_for(kind: Kind) {
    let mailbox = Mailbox::at(None, "").await;
    mailbox.stop();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let world = world(kind, "", by_mail(mailbox.url("?tls=none"))).await;
    member(&world, "rita", None, Role::Reviewer).await;
    submit(&world).await;
    told(&world).await;
    assert_eq!(world.engine.send_notifications_due().await.unwrap(), 1);
    let down = channel(&world, Way::Email).await;
    assert_eq!((down.health.as_str(), down.waiting, down.dead), ("failing", 1, 0));
    assert!(down.channel.last_error.is_some());
    assert_eq!(world.engine.send_notifications_due().await.unwrap(), 0, "not before its time");
    let up = Mailbox::at(Some(mailbox.address), "").await;
    world.advance(31 * SECOND);
    assert_eq!(world.engine.send_notifications_due().await.unwrap(), 1);
    assert_eq!(up.got().len(), 1);
    let well = channel(&world, Way::Email).await;
    assert_eq!((well.health.as_str(), well.waiting, well.newest[0].attempts), ("good", 0, 2));
}

async fn a_refused_recipient_is_a_dead_letter_and_an_alarm(kind: Kind) {
    let mailbox = Mailbox::at(None, "rita@").await;
    let world = world(kind, "", by_mail(mailbox.url("?tls=none"))).await;
    member(&world, "rita", None, Role::Reviewer).await;
    let ada = member(&world, "ada", None, Role::Admin).await;
    submit(&world).await;
    told(&world).await;
    world.engine.send_notifications_due().await.unwrap();
    let refused = channel(&world, Way::Email).await;
    assert_eq!((refused.waiting, refused.dead), (0, 1));
    assert_eq!(refused.health.as_str(), "good", "one address says nothing about the server");
    assert!(refused.newest[0].error.as_deref().unwrap().contains("no such user"));
    told(&world).await;
    let items = feed(&world, &ada).await;
    assert_eq!((items[0].about, items[0].details.on.as_deref()), (About::Channel, Some("email")));
    assert!(mailbox.got().is_empty());
}

async fn mail_without_the_tls_it_needs_is_not_sent(kind: Kind) {
    let mailbox = Mailbox::at(None, "").await;
    let world = world(kind, "", by_mail(mailbox.url(""))).await;
    member(&world, "rita", None, Role::Reviewer).await;
    submit(&world).await;
    told(&world).await;
    world.engine.send_notifications_due().await.unwrap();
    let failing = channel(&world, Way::Email).await;
    assert_eq!((failing.health.as_str(), failing.waiting), ("failing", 1));
    let error = failing.channel.last_error.unwrap();
    assert!(error.contains("TLS is required"), "{error}");
    assert!(mailbox.got().is_empty(), "nothing leaves in the clear");
}

async fn a_title_cannot_write_headers(kind: Kind) {
    let mailbox = Mailbox::at(None, "").await;
    let title = "title: \"Refunds\\r\\nBcc: everybody@example.org\\r\\n\\r\\nhello\"\n";
    let world = world(kind, title, by_mail(mailbox.url("?tls=none"))).await;
    member(&world, "rita", None, Role::Reviewer).await;
    submit(&world).await;
    told(&world).await;
    world.engine.send_notifications_due().await.unwrap();
    let got = mailbox.got().remove(0);
    let head = got.split("\n\n").next().unwrap();
    assert!(!head.lines().any(|line| line.to_lowercase().starts_with("bcc:")), "{head}");
    assert_eq!(got.lines().filter(|line| line.starts_with("RCPT")).count(), 1);
    assert!(head.contains("Auto-Submitted: auto-generated"), "{head}");
}

fn link_in(text: &str) -> String {
    let text = text.replace("=\n", "").replace("=\r\n", "");
    let (_, rest) = text.split_once("/open#").unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

async fn a_link_opens_once_and_for_its_member_alone(kind: Kind) {
    let mailbox = Mailbox::at(None, "").await;
    let world = world(kind, "", by_mail(mailbox.url("?tls=none"))).await;
    let rita = member(&world, "rita", None, Role::Reviewer).await;
    let case = submit(&world).await;
    told(&world).await;
    world.engine.send_notifications_due().await.unwrap();
    let got = mailbox.got().remove(0);
    assert!(
        !got.contains("A-17") && !got.contains(&AMOUNT.to_string()),
        "no arguments in mail: {got}"
    );
    let secret = link_in(&got);
    let paul = member(&world, "paul", None, Role::Reviewer).await;
    let before = world.get(case.core.id).await.state.revision;
    assert_eq!(code(world.engine.open_link(&paul, &secret).await), "link_used");
    assert_eq!(world.engine.open_link(&rita, &secret).await.unwrap().case, case.core.id);
    assert_eq!(code(world.engine.open_link(&rita, &secret).await), "link_used");
    assert_eq!(world.get(case.core.id).await.state.revision, before, "opening decides nothing");
    submit(&world).await;
    told(&world).await;
    world.engine.send_notifications_due().await.unwrap();
    let late = mailbox.got().into_iter().find(|mail| !mail.contains(&secret)).unwrap();
    world.advance(8 * 86_400 * SECOND);
    assert_eq!(code(world.engine.open_link(&rita, &link_in(&late)).await), "link_used");
}

const OK: Manner = Manner::Says(200, "", r#"{"ok":true,"channel":"D1","ts":"1.5"}"#);

/// A world with a chat, and Rita, who tied her account.
async fn chat(kind: Kind, more: &str) -> (World, Receiver, Principal) {
    let receiver = Receiver::new(OK).await;
    let world = world(kind, more, by_chat(&receiver)).await;
    let rita = member(&world, "rita", None, Role::Reviewer).await;
    world.engine.ask_slack_link(&rita, "U0RITA").await.unwrap();
    let sent = String::from_utf8(receiver.got().remove(0).body).unwrap();
    let secret = sent.split_once("/settings/notifications#").unwrap().1;
    let secret = secret.split('"').next().unwrap().to_owned();
    let paul = member(&world, "paul", Some("other"), Role::Reviewer).await;
    assert_eq!(code(world.engine.confirm_slack_link(&paul, &secret).await), "link_used");
    assert_eq!(world.engine.confirm_slack_link(&rita, &secret).await.unwrap(), "U0RITA");
    (world, receiver, rita)
}

/// Submits a case, has it sent, and returns it with the value of its buttons.
async fn posted(world: &World, receiver: &Receiver) -> (Case, Option<String>) {
    let case = submit(world).await;
    told(world).await;
    world.engine.send_notifications_due().await.unwrap();
    let sent = receiver.got().pop().unwrap().json();
    assert_eq!(sent["channel"], "U0RITA");
    assert!(!sent.to_string().contains("A-17"), "no arguments in chat: {sent}");
    let buttons = sent["blocks"][1]["elements"].as_array().unwrap().clone();
    let button = buttons.iter().find(|button| button["action_id"] == "tandem_approve");
    (case, button.map(|button| button["value"].as_str().unwrap().to_owned()))
}

fn request(account: &str, action: &str, value: &str) -> String {
    let payload = json!({
        "type": "block_actions",
        "user": {"id": account},
        "channel": {"id": "D1"},
        "message": {"ts": "1.5"},
        "actions": [{"action_id": action, "value": value}],
    });
    let mut form = "payload=".to_owned();
    for byte in payload.to_string().bytes() {
        form.push('%');
        form.push_str(&hex::encode_upper([byte]));
    }
    form
}

fn signed(secret: &str, time: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("v0:{time}:{body}").as_bytes());
    format!("v0={}", hex::encode(mac.finalize().into_bytes()))
}

async fn press(world: &World, body: &str) -> Result<Pressed, tandem_engine::EngineError> {
    let time = world.engine.now().0 / SECOND;
    let signature = signed(SECRET, time, body);
    world.engine.slack_interaction(&time.to_string(), &signature, body.as_bytes()).await
}

/// What the message says after it was changed.
async fn changed(receiver: &Receiver) -> Value {
    for _ in 0..3_000 {
        let last = receiver.got().pop().unwrap().json();
        if last["ts"] == "1.5" {
            return last;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the message was not changed");
}

async fn a_button_is_a_judgment_of_the_linked_member(kind: Kind) {
    let (world, receiver, rita) = chat(kind, CHAT).await;
    let (case, value) = posted(&world, &receiver).await;
    let body = request("U0RITA", "tandem_approve", &value.unwrap());
    assert_eq!(press(&world, &body).await.unwrap(), Pressed::Judged(case.core.id));
    let now = world.get(case.core.id).await;
    let judgment = &now.state.judgments[0];
    assert_eq!(judgment.member, rita.member().unwrap().0);
    assert_eq!(judgment.seen, case.state.current_proposal().unwrap().digest);
    let message = changed(&receiver).await;
    assert!(!message.to_string().contains("tandem_approve"), "{message}");
    assert_eq!(code(press(&world, &body).await), "replayed");
    let stranger = request("U0MALLORY", "tandem_approve", "case 1 -");
    assert!(matches!(press(&world, &stranger).await.unwrap(), Pressed::Refused(_)));
}

async fn a_button_over_other_bytes_decides_nothing(kind: Kind) {
    let (world, receiver, _) =
        chat(kind, "review: { channels: [chat], approvals: { count: 2 } }\n").await;
    let (case, value) = posted(&world, &receiver).await;
    let paul = member(&world, "peter", None, Role::Reviewer).await;
    let said = tandem_engine::Said { claim: None, judgment: edit(9.0), assertion: None };
    world.engine.judge(&paul, case.core.id, said, None).await.unwrap();
    let before = world.get(case.core.id).await.state.judgments.len();
    let body = request("U0RITA", "tandem_approve", &value.unwrap());
    assert!(matches!(press(&world, &body).await.unwrap(), Pressed::Refused(_)));
    assert_eq!(world.get(case.core.id).await.state.judgments.len(), before);
    let message = changed(&receiver).await;
    assert!(!message.to_string().contains("tandem_approve"), "{message}");
    assert!(approve(&case).seen.is_some());
}

async fn requests_that_are_not_the_chats_own_are_refused(kind: Kind) {
    let (world, receiver, _) = chat(kind, CHAT).await;
    let (case, value) = posted(&world, &receiver).await;
    let body = request("U0RITA", "tandem_approve", &value.unwrap());
    let now = world.engine.now().0 / SECOND;
    let ask = |time: i64, signature: String, body: String| {
        let engine = world.engine.clone();
        async move { engine.slack_interaction(&time.to_string(), &signature, body.as_bytes()).await }
    };
    let forged = ask(now, signed("other", now, &body), body.clone()).await;
    assert_eq!(code(forged), "unauthenticated");
    let other_body = ask(now, signed(SECRET, now, &body), format!("{body}%20")).await;
    assert_eq!(code(other_body), "unauthenticated");
    let old = ask(now - 301, signed(SECRET, now - 301, &body), body.clone()).await;
    assert_eq!(code(old), "unauthenticated");
    let early = ask(now + 301, signed(SECRET, now + 301, &body), body.clone()).await;
    assert_eq!(code(early), "unauthenticated");
    assert!(world.get(case.core.id).await.state.judgments.is_empty());
    // Taken once, however its signature is written.
    let signature = signed(SECRET, now, &body);
    let upper = format!("v0={}", signature["v0=".len()..].to_uppercase());
    assert!(ask(now, signature, body.clone()).await.is_ok());
    assert_eq!(code(ask(now, upper, body).await), "replayed");
    assert_eq!(world.get(case.core.id).await.state.judgments.len(), 1);
}

async fn a_loop_that_does_not_say_chat_has_no_deciding_buttons(kind: Kind) {
    let (world, receiver, _) = chat(kind, "").await;
    let (case, value) = posted(&world, &receiver).await;
    assert_eq!(value, None);
    let digest = case.state.current_proposal().unwrap().digest.clone().unwrap();
    let made_up = format!("{} 1 {digest}", case.core.id);
    let body = request("U0RITA", "tandem_approve", &made_up);
    assert!(matches!(press(&world, &body).await.unwrap(), Pressed::Refused(_)));
    assert!(world.get(case.core.id).await.state.judgments.is_empty());
}

async fn a_deadline_that_is_near_is_told_to_the_holder_once(kind: Kind) {
    let world = world(kind, "review: { deadline: 1h, lease: 2h }\n", |_| ()).await;
    let rita = member(&world, "rita", None, Role::Reviewer).await;
    submit(&world).await;
    told(&world).await;
    world.claim(&rita).await.unwrap();
    assert_eq!(world.engine.notify_by_clock().await.unwrap(), 0);
    world.advance(46 * 60 * SECOND);
    assert_eq!(world.engine.notify_by_clock().await.unwrap(), 1);
    assert_eq!(world.engine.notify_by_clock().await.unwrap(), 0);
    assert_eq!(feed(&world, &rita).await[0].about, About::Deadline);
}

async fn whoever_stands_in_is_told_and_decides_in_the_chat(kind: Kind) {
    let (world, receiver, rita) = chat(kind, CHAT).await;
    let accounts = world.engine.accounts();
    // Rita judges elsewhere, and stands in for Ada here.
    let elsewhere = Some(vec![(LoopScope::Named("other".to_owned()), Role::Reviewer)]);
    let change = MemberChange { grants: elsewhere, ..MemberChange::default() };
    accounts.change_member(&machine(), rita.member().unwrap().0, change).await.unwrap();
    let ada = member(&world, "ada", Some("refunds"), Role::Reviewer).await;
    let away = ada.member().unwrap().0;
    let until = Timestamp(world.engine.now().0 + 86_400 * SECOND);
    let absence = NewAbsence { until, delegate: rita.member().unwrap().0 };
    accounts.set_absence(&ada, away, Some(absence)).await.unwrap();
    // Asked is not yet agreed; and an absence keeps nobody from being told.
    submit(&world).await;
    assert_eq!(told(&world).await, 1);
    assert_eq!(feed(&world, &ada).await.len(), 1);
    let rita = principal(&world, rita.member().unwrap().0).await;
    assert!(feed(&world, &rita).await.is_empty());
    let (asked, _) = world.engine.absences(&rita).await.unwrap();
    world.engine.accept_absence(&rita, away, &asked[0].digest, None).await.unwrap();

    let (case, value) = posted(&world, &receiver).await;
    let body = request("U0RITA", "tandem_approve", &value.unwrap());
    assert!(matches!(press(&world, &body).await.unwrap(), Pressed::Judged(_)));
    let judged = world.get(case.core.id).await.state.judgments;
    assert_eq!(judged[0].stood_in_for, [ada.member().unwrap().1]);
}

async fn a_way_that_was_taken_away_holds_no_other_up(kind: Kind) {
    let mailbox = Mailbox::at(None, "").await;
    let world = world(kind, "", by_mail(mailbox.url("?tls=none"))).await;
    let rita = member(&world, "rita", Some("refunds"), Role::Reviewer).await;
    submit(&world).await;
    told(&world).await;
    let space = rita.space.clone();
    let left_over = move |tx: &mut dyn Tx| {
        for n in 0..300_u128 {
            let queued = Queued {
                notification: NotificationId(Uuid::from_u128(n)),
                member: MemberId(Uuid::from_u128(n)),
                space: space.clone(),
                way: "slack",
                available_at: Timestamp(0),
            };
            notifications::queue(tx, &queued)?;
        }
        Ok::<_, StoreError>(())
    };
    world.engine.store().write(left_over).await.unwrap();
    assert_eq!(world.engine.send_notifications_due().await.unwrap(), 1);
    assert_eq!(mailbox.got().len(), 1);
}

/// What is told once everything is sealed.
async fn told_in_all(world: &World) -> usize {
    crate::proof::sealed(world).await;
    world.engine.notify_all().await.unwrap()
}

async fn what_is_decided_at_once_is_told_to_nobody(kind: Kind) {
    let world = world(kind, "", |config| config.notify.grace = Span::seconds(5)).await;
    let rita = member(&world, "rita", Some("refunds"), Role::Reviewer).await;
    let done = submit(&world).await;
    let said = Said { claim: None, judgment: approve(&done), assertion: None };
    world.engine.judge(&reviewer(1), done.core.id, said, None).await.unwrap();
    let waits = submit(&world).await;
    assert_eq!(told_in_all(&world).await, 0);
    world.advance(6 * SECOND);
    assert_eq!(told(&world).await, 1);
    let items = feed(&world, &rita).await;
    assert_eq!((items.len(), items[0].case), (1, Some(waits.core.id)));
}

async fn nobody_is_told_of_every_call_of_a_flood(kind: Kind) {
    let world = world(kind, "", |_| ()).await;
    member(&world, "rita", Some("refunds"), Role::Reviewer).await;
    for _ in 0..55 {
        submit(&world).await;
    }
    assert_eq!(told_in_all(&world).await, 50);
    submit(&world).await;
    assert_eq!(told_in_all(&world).await, 0, "also over pages");
    world.advance(3_601 * SECOND);
    submit(&world).await;
    assert_eq!(told_in_all(&world).await, 1);
}
