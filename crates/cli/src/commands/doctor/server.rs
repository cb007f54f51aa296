//! What a running server says of itself: ways to tell members, channels, webhooks, models of chains, and
//! the ledger's head.

use serde_json::Value;

use super::{Check, State, check};
use crate::http::{Client, Target};
use crate::text;

/// Reads an answer of the server into lines.
type Reads = fn(&Value, &mut Vec<Check>);

/// Asks the server, where an address is given.
pub(super) async fn look(url: Option<&str>, key: Option<&str>, checks: &mut Vec<Check>) {
    let Some(url) = url else { return };
    let target = match Target::new(url, key) {
        Ok(target) => target,
        Err(error) => {
            checks.push(check("server", State::Bad, error.to_string()));
            return;
        }
    };
    let mut client = Client::new(&target);
    match client.get("/readyz").await {
        Ok(_) => checks.push(check("server", State::Good, format!("{url} takes work"))),
        Err(error) => {
            let found = check("server", State::Bad, error.to_string());
            checks.push(found.mend("start it with `tandem serve`, or mend --url"));
            return;
        }
    }
    if key.is_none() {
        let found = check(
            "server's state",
            State::Note,
            "no key: notifications, channels, webhooks and chains are not looked at",
        );
        checks.push(found.mend("give --key, an administrator's"));
        return;
    }
    let parts: [(&'static str, &str, Reads); 4] = [
        ("notifications", "/v1/notifications/channels", notifications),
        ("channels", "/v1/channels?limit=500", channels),
        ("webhooks", "/v1/webhooks?limit=500", webhooks),
        ("ledger head", "/v1/ledger/checkpoint", head),
    ];
    for (name, path, read) in parts {
        match client.get(path).await {
            Ok(found) => read(&found, checks),
            Err(error) => {
                let found = check(name, State::Note, error.to_string());
                checks.push(found.mend("give the key of an administrator"));
            }
        }
    }
    chains(&mut client, checks).await;
}

fn items(page: &Value) -> impl Iterator<Item = &Value> {
    page["items"].as_array().into_iter().flatten()
}

fn word<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or("")
}

fn notifications(page: &Value, checks: &mut Vec<Check>) {
    let mut bad = 0;
    for way in items(page).filter(|way| way["health"] == "failing" || way["dead"] != 0) {
        bad += 1;
        let state = if way["health"] == "failing" { State::Bad } else { State::Note };
        let finding = format!(
            "{}: {} waiting, {} given up; {}",
            word(way, "name"),
            way["waiting"],
            way["dead"],
            word(way, "last_error")
        );
        let found = check("notifications", state, finding);
        checks.push(found.mend("Settings, Notifications has the newest messages and a test"));
    }
    if bad == 0 {
        checks.push(check("notifications", State::Good, "none fails"));
    }
}

/// Brokers and help desks.
fn channels(page: &Value, checks: &mut Vec<Check>) {
    let (mut all, mut bad) = (0, 0);
    for channel in items(page) {
        all += 1;
        let health = &channel["health"];
        let status = word(health, "status");
        let dead = health["dead"].as_u64().unwrap_or(0);
        let state = match status {
            "down" | "unavailable" => State::Bad,
            "up" | "paused" if dead == 0 => continue,
            _ => State::Note,
        };
        bad += 1;
        let waiting = match health["waiting"].as_u64() {
            Some(waiting) => format!("{waiting} waiting"),
            None => "what waits is unknown".to_owned(),
        };
        let mut finding = format!(
            "{} ({}): {status}, {waiting}, {dead} given up",
            word(channel, "name"),
            word(channel, "kind")
        );
        if let Some(why) = health["error"].as_str() {
            finding = format!("{finding}; {why}");
        }
        checks.push(check("channels", state, finding).mend(match status {
            "unavailable" => "build with the feature of its protocol, or remove the channel",
            "down" | "connecting" => "`tandem channel test`; it is tried again by itself",
            _ => "`tandem channel messages` says why; mend it, then `tandem channel replay`",
        }));
    }
    if bad == 0 {
        checks.push(check("channels", State::Good, format!("{all}, none fails")));
    }
}

fn webhooks(page: &Value, checks: &mut Vec<Check>) {
    let (mut all, mut bad) = (0, 0);
    for hook in items(page) {
        all += 1;
        let state = match word(hook, "state") {
            "disabled" => State::Bad,
            _ if hook["failures"].as_u64().unwrap_or(0) == 0 => continue,
            // Nothing is sent there now.
            "paused" => State::Note,
            _ => State::Bad,
        };
        bad += 1;
        let finding = format!(
            "{} ({}): {} failures in a row {}",
            word(hook, "id"),
            word(hook, "state"),
            hook["failures"],
            word(hook, "why")
        );
        let found = check("webhooks", state, finding.trim());
        checks.push(found.mend("`tandem webhook test`, then `resume`"));
    }
    if bad == 0 {
        checks.push(check("webhooks", State::Good, format!("{all}, none fails")));
    }
}

fn head(found: &Value, checks: &mut Vec<Check>) {
    let size = found["size"].as_u64().unwrap_or(0);
    let anchored = found["anchored_size"].as_u64();
    let size = text::grouped(size);
    checks.push(match anchored {
        Some(anchored) => {
            let finding = format!("{size} events, anchored up to {}", text::grouped(anchored));
            check("ledger head", State::Good, finding)
        }
        None => check("ledger head", State::Note, format!("{size} events, not anchored"))
            .mend("give --witness a file on another machine"),
    });
}

async fn chains(client: &mut Client, checks: &mut Vec<Check>) {
    let loops = match client.get("/v1/loops?limit=500").await {
        Ok(loops) => loops,
        Err(error) => {
            let found = check("models", State::Note, error.to_string());
            checks.push(found.mend("give the key of an administrator"));
            return;
        }
    };
    let names: Vec<String> = loops["items"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|found| Some(found["name"].as_str()?.to_owned()))
        .collect();
    let mut links = 0;
    for name in names {
        let Ok(chain) = client.get(&format!("/v1/loops/{name}/chain")).await else { continue };
        for link in chain["links"].as_array().into_iter().flatten() {
            links += 1;
            let breaker = word(link, "breaker");
            let failure = &link["last_failure"];
            if breaker.is_empty() || breaker == "closed" {
                continue;
            }
            let finding =
                format!("{name}: `{}` is left alone: {}", word(link, "link"), word(failure, "why"));
            let found = check("models", State::Bad, finding);
            checks.push(found.mend("`POST /v1/loops/{loop}/chain/test` tries it"));
        }
    }
    if checks.iter().all(|check| check.name != "models") {
        checks.push(check(
            "models",
            State::Good,
            format!("{links} links of chains, none is left alone"),
        ));
    }
}
