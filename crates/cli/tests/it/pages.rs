//! The first commands of docs/helpdesk.md and docs/brokers.md, run as they stand there, against the real binary.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::rig::{ADMIN_KEY, Rig};

const LIMIT: Duration = Duration::from_mins(1);

/// The loop of the pages.
const SUPPORT: &str = "coverage: selective
input: { text: { kind: text } }
answer: { intent: { kind: choice, options: [card_arrival, lost_card, other] } }
policy: { confidence: { auto_at: 0.9, audit_rate: 0.0 } }
review: { undo: 0s }
";

/// The lines of the first console block of a page that somebody would type, without remarks.
fn typed(page: &str) -> Vec<String> {
    let block = page.split("```console\n").nth(1).unwrap().split("```").next().unwrap();
    let lines = block.lines().filter_map(|line| line.strip_prefix("$ "));
    lines.map(|line| line.split("  #").next().unwrap().trim().to_owned()).collect()
}

/// The options that a page starts its server with.
fn options(typed: &[String]) -> Vec<String> {
    let serve = typed.iter().find_map(|line| line.strip_prefix("tandem serve ")).unwrap();
    serve.split_whitespace().filter(|word| *word != "&").map(str::to_owned).collect()
}

/// Types a line in the rig's directory.
fn run(rig: &Rig, line: &str) -> String {
    let dir = std::path::Path::new(env!("CARGO_BIN_EXE_tandem")).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let output = Command::new("sh")
        .args(["-c", line])
        .current_dir(rig.dir.path())
        .env("PATH", format!("{}:{path}", dir.display()))
        .env("TANDEM_URL", &rig.url)
        .env("TANDEM_KEY", ADMIN_KEY)
        .env("XDG_CONFIG_HOME", rig.dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {said}{errors}");
    said
}

/// A help desk of a few lines: keeps what it got, and answers with the next ticket.
fn desk() -> (String, Arc<Mutex<Vec<Value>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let got: Arc<Mutex<Vec<Value>>> = Arc::default();
    let kept = Arc::clone(&got);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut length, mut signed, mut line) = (0, false, String::new());
            while reader.read_line(&mut line).unwrap_or(0) > 2 {
                let lower = line.to_ascii_lowercase();
                if let Some(text) = lower.strip_prefix("content-length:") {
                    length = text.trim().parse().unwrap();
                }
                signed |= line.trim_end().ends_with("Basic bWVAZXhhbXBsZS5vcmcvdG9rZW46dA==");
                line.clear();
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            assert!(signed, "signed in as Zendesk wants it");
            let mut got = kept.lock().unwrap();
            got.push(serde_json::from_slice(&body).unwrap());
            let answer = format!("{{\"ticket\":{{\"id\":{}}}}}", 35_435 + got.len());
            let length = answer.len();
            drop(write!(
                stream,
                "HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
                 connection: close\r\n\r\n{answer}"
            ));
        }
    });
    (origin, got)
}

#[test]
fn the_page_about_help_desks_does_what_it_says() {
    let page = include_str!("../../../../docs/helpdesk.md");
    let typed = typed(page);
    assert!(typed.len() <= 10, "ten lines at most");
    let (origin, got) = desk();
    let here = |text: &str| text.replace("https://acme.zendesk.com", &origin);
    let mut options: Vec<String> = options(&typed).iter().map(|text| here(text)).collect();
    options.push("--channel-allow-private".to_owned());
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let rig = Rig::serving_in(&options, &[("ZENDESK_LOGIN", "me@example.org/token:t")]);
    let templates = page.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    std::fs::write(rig.dir.path().join("zendesk.json"), here(templates)).unwrap();
    let file = format!("loop: support\n{SUPPORT}");
    std::fs::write(rig.dir.path().join("support.yaml"), file).unwrap();
    for line in &typed {
        if line.starts_with("export ") || line.contains("tandem serve") {
            continue;
        }
        let said = run(&rig, line);
        if line.starts_with("tandem channel test") {
            assert!(said.contains("the desk made ticket 35436 ("), "{said}");
        }
    }
    let begun = Instant::now();
    while got.lock().unwrap().len() < 2 {
        assert!(begun.elapsed() < LIMIT, "the case has no ticket");
        std::thread::sleep(Duration::from_millis(50));
    }
    let ticket = got.lock().unwrap()[1].clone();
    let said = ticket["ticket"]["comment"]["body"].as_str().unwrap();
    assert!(said.starts_with("where is my card\n\nDecide it here: http://"), "{said}");
    assert!(said.contains("/cases/case_"), "{said}");
}

#[cfg(feature = "nats")]
#[test]
fn the_page_about_brokers_does_what_it_says() {
    use crate::brokers::{Listener, Nats};

    let typed = typed(include_str!("../../../../docs/brokers.md"));
    assert!(typed.len() <= 10, "ten lines at most");
    let nats = Nats::start();
    let here = |text: &str| text.replace("127.0.0.1:4222", &format!("127.0.0.1:{}", nats.port));
    let options = options(&typed);
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let rig = Rig::serving_in(&options, &[]);
    let file = format!("loop: tickets\n{SUPPORT}");
    std::fs::write(rig.dir.path().join("tickets.yaml"), file).unwrap();
    let mut heard = Listener::to(&nats, "tandem.>");
    let mut told = None;
    for line in &typed {
        // The command line client of NATS is not everywhere: its words are said here.
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        match words[..] {
            ["nats-server", ..] | ["tandem", "serve", ..] => {}
            ["nats", "stream", "add", rest] => {
                let (name, subjects) = rest.split_once(" --subjects '").unwrap();
                let subject = subjects.split('\'').next().unwrap();
                let body = format!("{{\"name\":\"{name}\",\"subjects\":[\"{subject}\"]}}");
                let made = nats.ask(&format!("$JS.API.STREAM.CREATE.{name}"), &body);
                assert_eq!(made["config"]["name"], name, "{made}");
            }
            ["nats", "pub", subject, body] => {
                assert_eq!(nats.ask(subject, body.trim_matches('\''))["seq"], 1);
            }
            ["nats", "sub", ..] => told = Some(heard.next()),
            _ => drop(run(&rig, &here(line))),
        }
    }
    let told = told.expect("the decision");
    assert_eq!(told["type"], "tandem.case.decided");
    assert_eq!(
        (&told["data"]["key"], &told["data"]["outcome"]),
        (&"t-1".into(), &"approved".into())
    );
}
