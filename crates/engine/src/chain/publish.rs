//! What only the server can tell is wrong with a chain: addresses, secrets, configurations of others.

use indexmap::IndexMap;
use tandem_connect::http::Target;
use tandem_connect::models::label_studio;
use tandem_domain::LoopSpec;
use tandem_domain::answer::{nearest, pointer};
use tandem_domain::loops::LinkKind;
use tandem_policy::Outside;

use super::Chains;

/// Headers that this program sets itself.
const OWN_HEADERS: [&str; 8] = [
    "host",
    "content-length",
    "content-type",
    "transfer-encoding",
    "connection",
    "accept",
    "user-agent",
    "upgrade",
];

/// Everything that is wrong with what a loop asks outside.
pub(crate) fn outside(chains: &Chains, spec: &LoopSpec) -> Vec<Outside> {
    let mut check = Check { chains, found: Vec::new() };
    for (i, link) in spec.chain.iter().enumerate() {
        let path = format!("/chain/{i}");
        match link.kind() {
            LinkKind::Http(url) => {
                check.place(&format!("{path}/http"), url, &path, &link.headers_from);
            }
            LinkKind::OpenAi(openai) => {
                let inner = format!("{path}/openai");
                check.place(&format!("{inner}/url"), &openai.url, &path, &link.headers_from);
                check.key(&inner, &openai.url, openai.key.as_deref());
            }
            LinkKind::LabelStudio(backend) => {
                let inner = format!("{path}/label_studio");
                check.place(&format!("{inner}/url"), &backend.url, &path, &link.headers_from);
                if let Err((message, hint)) = label_studio::check(spec, &backend.config) {
                    check.add(format!("{inner}/config"), "bad_config", message, hint);
                }
            }
            LinkKind::Model(_) | LinkKind::Rule(_) | LinkKind::Human => {}
        }
    }
    for (i, guardrail) in spec.policy.guardrails.iter().enumerate() {
        let path = format!("/policy/guardrails/{i}");
        if let Some(url) = &guardrail.http {
            check.place(&format!("{path}/http"), url, &path, &guardrail.headers_from);
        }
        if let Some(openai) = &guardrail.openai {
            let inner = format!("{path}/openai");
            check.place(&format!("{inner}/url"), &openai.url, &path, &guardrail.headers_from);
            check.key(&inner, &openai.url, openai.key.as_deref());
        }
    }
    check.found
}

struct Check<'a> {
    chains: &'a Chains,
    found: Vec<Outside>,
}

impl Check<'_> {
    fn add(&mut self, path: String, code: &'static str, message: String, hint: String) {
        self.found.push(Outside { path, code, message, hint: Some(hint) });
    }

    fn place(&mut self, at: &str, url: &str, path: &str, headers: &IndexMap<String, String>) {
        if let Err(error) = url.parse::<Target>() {
            let hint = "write it as https://host/path".to_owned();
            self.add(at.to_owned(), "bad_url", error.to_string(), hint);
        }
        for (header, secret) in headers {
            let at = pointer(&format!("{path}/headers_from"), header);
            let lower = header.to_ascii_lowercase();
            if header.parse::<http::HeaderName>().is_err() || OWN_HEADERS.contains(&&*lower) {
                let message = format!("`{header}` is no header that can be given");
                self.add(at, "bad_name", message, "give another, as in `Authorization`".to_owned());
                continue;
            }
            self.secret(at, url, secret);
        }
    }

    fn key(&mut self, path: &str, url: &str, key: Option<&str>) {
        if let Some(name) = key {
            self.secret(format!("{path}/key"), url, name);
        }
    }

    fn secret(&mut self, at: String, url: &str, name: &str) {
        let Some(secret) = self.chains.secrets.get(name) else {
            let known = || self.chains.secrets.keys().map(String::as_str);
            // Somebody may have written the secret itself.
            let shown = if name.len() > 40 { "…" } else { name };
            let hint = match nearest(name, known()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!(
                    "start the server with `--secret {}=VARIABLE`, the name of a variable that holds it",
                    if name.len() > 40 { "NAME" } else { name }
                ),
            };
            let message = format!("the server has no secret `{shown}`");
            return self.add(at, "unknown_secret", message, hint);
        };
        let origin = url.parse::<Target>().map(|target| target.origin());
        let Some(only) = secret.only.clone().filter(|only| origin.is_ok_and(|o| o != *only)) else {
            return;
        };
        let message = format!("the secret `{name}` may be sent to {only} alone");
        let hint = "use another secret, or the address that it is for".to_owned();
        self.add(at, "unknown_secret", message, hint);
    }
}
