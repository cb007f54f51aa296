//! Side by side with the reference libraries: the same data, the same work, one thread, CPU seconds.
//!
//! Each topic has a script below `tools/peers` and an example of `tandem-learn`; both print a JSON
//! object a line: case, system, CPU seconds, quality. What is compared is the pair of the same case.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::sh;

const SCRIPTS: &str = "tools/peers";
const DATA: &str = "../shared/data";
const PAGE: &str = "docs/benchmarks.md";
const BEGIN: &str = "<!-- peers: begin (made by `cargo xtask bench-peers`) -->";
const END: &str = "<!-- peers: end -->";

/// Libraries that use several threads are told not to; a tuned core type of another machine would
/// slow them down.
const ONE_THREAD: [(&str, &str); 4] = [
    ("OMP_NUM_THREADS", "1"),
    ("OPENBLAS_NUM_THREADS", "1"),
    ("MKL_NUM_THREADS", "1"),
    ("NUMBA_NUM_THREADS", "1"),
];

/// One figure of one system.
struct Figure {
    system: String,
    cpu_s: f64,
    quality: BTreeMap<String, f64>,
}

/// Runs all topics, or those given, prints ratios and writes them to the page of benchmarks.
pub(crate) fn run(only: &[String], data: Option<&str>) -> Result<()> {
    let data = data.unwrap_or(DATA);
    if !Path::new(data).is_dir() {
        sh::say(&format!("{data} is absent: nothing is compared; give its place with --data"));
        return Ok(());
    }
    let mut topics: Vec<String> = std::fs::read_dir(SCRIPTS)
        .with_context(|| SCRIPTS.to_owned())?
        .flatten()
        .filter_map(|file| file.file_name().to_str()?.strip_suffix(".py").map(str::to_owned))
        .filter(|topic| !topic.starts_with('_'))
        .filter(|topic| only.is_empty() || only.contains(topic))
        .collect();
    topics.sort();
    if topics.is_empty() {
        bail!("no such topic; there are scripts in {SCRIPTS}");
    }
    let mut text = String::new();
    for topic in &topics {
        sh::say(&format!("\n== {topic}"));
        let python = environment(topic)?;
        let script = format!("{SCRIPTS}/{topic}.py");
        let theirs = figures(&sh::output_with(&python, &[&script, data], &ONE_THREAD)?)?;
        let example = format!("peers_{topic}");
        let ours = figures(&sh::output(
            "cargo",
            &[
                "run",
                "--quiet",
                "--release",
                "--locked",
                "--package",
                "tandem-learn",
                "--example",
                &example,
                "--",
                data,
            ],
        )?)?;
        let table = table(topic, &ours, &theirs);
        sh::say(&table);
        text.push_str(&table);
    }
    if only.is_empty() { write_page(&text) } else { Ok(()) }
}

/// A Python environment with the pinned libraries, kept below `target`. A topic whose libraries do not
/// go with the others' has a list of its own.
fn environment(topic: &str) -> Result<String> {
    let own = format!("{SCRIPTS}/{topic}.requirements.txt");
    let (dir, wanted) = if Path::new(&own).exists() {
        (format!("target/peers-python-{topic}"), own)
    } else {
        ("target/peers-python".to_owned(), format!("{SCRIPTS}/requirements.txt"))
    };
    let python = format!("{dir}/bin/python");
    if !Path::new(&python).exists() {
        sh::run("python3", &["-m", "venv", &dir])?;
    }
    sh::run(&python, &["-m", "pip", "install", "-q", "-r", &wanted])?;
    Ok(python)
}

fn figures(output: &str) -> Result<BTreeMap<String, Vec<Figure>>> {
    let mut found: BTreeMap<String, Vec<Figure>> = BTreeMap::new();
    for line in output.lines().filter(|line| line.starts_with('{')) {
        let value: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
        let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let quality = value["quality"].as_object().into_iter().flatten();
        let quality =
            quality.filter_map(|(name, value)| Some((name.clone(), value.as_f64()?))).collect();
        let figure = Figure {
            system: text("system"),
            cpu_s: value["cpu_s"].as_f64().context("cpu_s is missing")?,
            quality,
        };
        found.entry(text("case")).or_default().push(figure);
    }
    Ok(found)
}

fn table(
    topic: &str,
    ours: &BTreeMap<String, Vec<Figure>>,
    theirs: &BTreeMap<String, Vec<Figure>>,
) -> String {
    let mut text = format!(
        "\n### {topic}\n\n| work | library | CPU s there | CPU s here | times faster | result there | result here |\n\
         |---|---|--:|--:|--:|---|---|\n"
    );
    for (case, peers) in theirs {
        let own = ours.get(case).and_then(|own| own.first());
        for peer in peers {
            let (seconds, ratio, result) = own.map_or_else(
                || ("–".to_owned(), "–".to_owned(), "–".to_owned()),
                |own| {
                    let ratio = peer.cpu_s / own.cpu_s.max(1e-9);
                    (short(own.cpu_s), format!("{ratio:.1}"), quality(&own.quality))
                },
            );
            let _ = writeln!(
                text,
                "| {case} | {} | {} | {seconds} | {ratio} | {} | {result} |",
                peer.system,
                short(peer.cpu_s),
                quality(&peer.quality)
            );
        }
    }
    text
}

fn short(seconds: f64) -> String {
    if seconds >= 0.1 { format!("{seconds:.2}") } else { format!("{seconds:.2e}") }
}

fn quality(values: &BTreeMap<String, f64>) -> String {
    let values: Vec<String> =
        values.iter().map(|(name, value)| format!("{name} {value:.4}")).collect();
    values.join(", ")
}

/// Puts the tables between the marks of the page.
fn write_page(tables: &str) -> Result<()> {
    let page = std::fs::read_to_string(PAGE).with_context(|| PAGE.to_owned())?;
    let (Some(begin), Some(end)) = (page.find(BEGIN), page.find(END)) else {
        bail!("{PAGE} has no marks for the tables");
    };
    let text = format!("{}{BEGIN}\n{tables}\n{}", &page[..begin], &page[end..]);
    std::fs::write(PAGE, text).with_context(|| PAGE.to_owned())
}
