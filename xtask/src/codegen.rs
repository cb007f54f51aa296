//! Generated files: `openapi.json`, the web app's and the Python client's types, the CLI and
//! configuration reference. Committed, so that readers and builds need no generator, and checked.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::sh;

/// What the built binary prints about itself, and where that is kept.
const FROM_BINARY: &[(&[&str], &str)] = &[
    (&["dev", "openapi"], "openapi.json"),
    (&["dev", "cli-reference"], "docs/cli.md"),
    (&["dev", "config-reference"], "docs/config.md"),
    (&["dev", "loop-schema"], "docs/loop.schema.json"),
];

pub(crate) fn run(check: bool) -> Result<()> {
    let mut stale = Vec::new();
    let binary = crate::test::build_binary()?;
    for (args, path) in FROM_BINARY {
        let text = sh::output(&binary, args)?;
        put(path, &text, check, &mut stale)?;
    }
    let python = if sh::has("python3", "--version") { "python3" } else { "python" };
    let types = "sdk/python/src/tandem/_generated.py";
    if Path::new("sdk/python/tools/generate.py").exists() {
        let text = sh::output(python, &["sdk/python/tools/generate.py", "openapi.json"])?;
        put(types, &text, check, &mut stale)?;
    }
    web_types(check, &mut stale)?;
    if !stale.is_empty() {
        bail!("out of date: {}; run `cargo xtask codegen` and commit", stale.join(", "));
    }
    sh::say("codegen: ok");
    Ok(())
}

fn put(path: &str, text: &str, check: bool, stale: &mut Vec<String>) -> Result<()> {
    let text = format!("{}\n", text.trim_end());
    if std::fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    if check {
        stale.push(path.to_owned());
        return Ok(());
    }
    sh::say(&format!("codegen: writing {path}"));
    std::fs::write(path, text).with_context(|| format!("writing {path}"))
}

/// The generator needs its own compiler version, so it lives in a folder of its own.
fn web_types(check: bool, stale: &mut Vec<String>) -> Result<()> {
    let tool = "web/tools/openapi";
    if !Path::new(tool).join("node_modules").exists() {
        sh::fetch("npm", &["ci", "--prefix", tool, "--no-audit", "--no-fund"], &[])?;
    }
    let generate = format!("{tool}/generate.mjs");
    if !check {
        return sh::run("node", &[&generate]);
    }
    if sh::run("node", &[&generate, "--check"]).is_err() {
        stale.push("web/src/gen".to_owned());
    }
    Ok(())
}
