//! What the compiler cannot check: crate edges, module docs, who may hold SQL or read the
//! environment, purity, leftovers. Sizes are alarms: printed, never failing.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::sh;

/// The arrows that are allowed between our crates (ARCHITECTURE.md).
const EDGES: &[(&str, &[&str])] = &[
    ("tandem-domain", &[]),
    ("tandem-policy", &["tandem-domain"]),
    ("tandem-learn", &[]),
    ("tandem-ledger", &[]),
    ("tandem-store", &["tandem-domain", "tandem-ledger"]),
    ("tandem-connect", &["tandem-domain"]),
    (
        "tandem-engine",
        &[
            "tandem-domain",
            "tandem-policy",
            "tandem-learn",
            "tandem-ledger",
            "tandem-store",
            "tandem-connect",
        ],
    ),
    ("tandem-api", &["tandem-engine", "tandem-domain", "tandem-ui"]),
    ("tandem-brokers", &["tandem-connect"]),
    ("tandem-ui", &[]),
    ("tandem-offline", &["tandem-learn"]),
];

/// Crates that may not know time, chance, files or the network.
const PURE: &[&str] = &["crates/domain/src", "crates/policy/src", "crates/learn/src"];
const IMPURE: &[&str] = &[
    "SystemTime",
    "Instant::now",
    "async fn",
    "std::fs",
    "std::net",
    "std::env",
    "getrandom",
    "Timestamp::now",
];
const FILE_LINES: usize = 500;
const FUNCTION_LINES: usize = 70;

pub(crate) fn run() -> Result<()> {
    let mut problems = edges()?;
    let mut alarms = Vec::new();
    let architecture = std::fs::read_to_string("ARCHITECTURE.md").context("ARCHITECTURE.md")?;
    for crate_dir in std::fs::read_dir("crates")?.flatten() {
        let name = crate_dir.file_name().to_string_lossy().into_owned();
        if !architecture.contains(&format!("### crates/{name}\n")) {
            problems.push(format!("ARCHITECTURE.md has no section `### crates/{name}`"));
        }
    }
    for file in sh::files()? {
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        leftovers(&file, &text, &mut problems);
        if Path::new(&file).extension().is_some_and(|extension| extension == "rs") {
            rust(&file, &text, &mut problems, &mut alarms);
        }
    }
    for alarm in &alarms {
        sh::say(&format!("alarm: {alarm}"));
    }
    for problem in &problems {
        sh::say(&format!("tidy: {problem}"));
    }
    if !problems.is_empty() {
        bail!("{} problems; the rules are in ARCHITECTURE.md and CONTRIBUTING.md", problems.len());
    }
    sh::say(&format!("tidy: ok ({} sizes to look at)", alarms.len()));
    Ok(())
}

fn edges() -> Result<Vec<String>> {
    let text =
        sh::output("cargo", &["metadata", "--format-version", "1", "--no-deps", "--locked"])?;
    let metadata: Value = serde_json::from_str(&text)?;
    let allowed: BTreeMap<_, _> = EDGES.iter().copied().collect();
    let mut problems = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        let Some(allowed) = allowed.get(name) else { continue };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let on = dependency["name"].as_str().unwrap_or_default();
            // Tests may look further than the code they test.
            let dev = dependency["kind"].as_str() == Some("dev");
            if on.starts_with("tandem-") && !dev && !allowed.contains(&on) {
                problems.push(format!("{name} must not depend on {on}"));
            }
        }
    }
    Ok(problems)
}

fn leftovers(file: &str, text: &str, problems: &mut Vec<String>) {
    if file.ends_with("package-lock.json") && text.contains("\"resolved\":") {
        problems.push(format!("{file} names registry addresses; see web/.npmrc"));
    }
    let source = [".rs", ".ts", ".tsx", ".py", ".css", ".toml", ".yaml", ".yml", ".sql"];
    if !source.iter().any(|ending| file.ends_with(ending)) || file.contains("/gen/") {
        return;
    }
    for (i, line) in text.lines().enumerate() {
        if line.ends_with([' ', '\t']) {
            problems.push(format!("{file}:{}: trailing white space", i + 1));
        }
    }
    if file.starts_with("xtask/") {
        return;
    }
    for word in ["todo!(", "unimplemented!(", "dbg!(", "#[ignore"] {
        if text.contains(word) {
            problems.push(format!("{file}: `{word}` must not stay"));
        }
    }
}

fn rust(file: &str, text: &str, problems: &mut Vec<String>, alarms: &mut Vec<String>) {
    let in_tests = file.contains("/tests/") || file.contains("/examples/");
    // Inline tests may do what the code may not.
    let code = text.split("#[cfg(test)]").next().unwrap_or(text);
    if !text.starts_with("//!") && !file.ends_with("build.rs") && !text.starts_with("#!") {
        problems.push(format!("{file}: the file must open with `//!` and say what it is for"));
    }
    if !in_tests {
        for word in IMPURE.iter().filter(|_| PURE.iter().any(|dir| file.starts_with(dir))) {
            if code_lines(code).any(|line| line.contains(word)) {
                problems.push(format!("{file}: `{word}` in a pure crate"));
            }
        }
        let holds_sql = code_lines(code).any(|line| {
            ["\"SELECT ", "\"INSERT ", "\"UPDATE ", "\"DELETE FROM "]
                .iter()
                .any(|sql| line.contains(sql))
        });
        if holds_sql && !file.starts_with("crates/store/") && !file.starts_with("xtask/") {
            problems.push(format!("{file}: only crates/store holds SQL"));
        }
        let env = code_lines(code).any(|line| line.contains("env::var"));
        let may =
            ["crates/cli/", "crates/testkit/", "xtask/"].iter().any(|dir| file.starts_with(dir))
                || file.ends_with("build.rs");
        if env && !may {
            problems.push(format!("{file}: only crates/cli reads the environment"));
        }
    }
    let lines = text.lines().count();
    if lines > FILE_LINES && !in_tests {
        alarms.push(format!("{file} has {lines} lines; does it have two reasons to change?"));
    }
    for (name, length) in functions(code) {
        if length > FUNCTION_LINES && !in_tests {
            alarms.push(format!("{file}: fn {name} has {length} lines"));
        }
    }
}

fn code_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}

/// Names and lengths of functions in rustfmt's layout: from the line of `fn` to the first closing
/// brace at the same depth.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let Some(at) = line.find("fn ") else { continue };
        let head = &line[..at];
        let is_head = head.split_whitespace().all(|word| {
            word.starts_with("pub") || ["async", "const", "in", "super)", "crate)"].contains(&word)
        });
        if !is_head {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let close = format!("{}}}", " ".repeat(indent));
        let Some(length) = lines[start..].iter().position(|line| *line == close) else { continue };
        let name = line[at + 3..].split(['(', '<']).next().unwrap_or_default();
        found.push((name.to_owned(), length + 1));
    }
    found
}
