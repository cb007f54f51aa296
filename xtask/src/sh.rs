//! Running programs from the root of the repository.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_owned()
}

pub(crate) fn enter_root() -> Result<()> {
    std::env::set_current_dir(root()).context("entering the root of the repository")
}

/// Says what is about to run, on standard error.
#[expect(clippy::print_stderr, reason = "this is a terminal program")]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}

/// Runs a program with its output on the terminal; fails when it does.
pub(crate) fn run(program: &str, args: &[&str]) -> Result<()> {
    run_with(program, args, &[])
}

/// The same with environment variables.
pub(crate) fn run_with(program: &str, args: &[&str], env: &[(&str, &str)]) -> Result<()> {
    say(&format!("$ {program} {}", args.join(" ")));
    let status = Command::new(program)
        .args(args)
        .envs(env.iter().copied())
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("starting `{program}`"))?;
    if !status.success() {
        bail!("`{program} {}` failed: {status}", args.join(" "));
    }
    Ok(())
}

/// Runs a program that fetches from a network: three times at most, for a network fails now and then.
pub(crate) fn fetch(program: &str, args: &[&str], env: &[(&str, &str)]) -> Result<()> {
    for pause in [10, 30] {
        match run_with(program, args, env) {
            Ok(()) => return Ok(()),
            Err(error) => say(&format!("{error:#}; again in {pause} s")),
        }
        std::thread::sleep(std::time::Duration::from_secs(pause));
    }
    run_with(program, args, env)
}

/// Runs a program and returns what it printed.
pub(crate) fn output(program: &str, args: &[&str]) -> Result<String> {
    output_with(program, args, &[])
}

/// The same with environment variables.
pub(crate) fn output_with(program: &str, args: &[&str], env: &[(&str, &str)]) -> Result<String> {
    let output = Command::new(program)
        .args(args)
        .envs(env.iter().copied())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("starting `{program}`"))?;
    if !output.status.success() {
        bail!("`{program} {}` failed: {}", args.join(" "), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("reading what `{program}` printed"))
}

/// Whether a program answers on this machine.
pub(crate) fn has(program: &str, arg: &str) -> bool {
    Command::new(program)
        .arg(arg)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

pub(crate) fn is_root() -> bool {
    output("id", &["-u"]).is_ok_and(|uid| uid.trim() == "0")
}

/// Installs Debian packages where the user may; otherwise says what to install.
pub(crate) fn apt_install(packages: &[&str], why: &str) -> Result<()> {
    let list = packages.join(" ");
    if !is_root() || !has("apt-get", "--version") {
        bail!("{why}: please install {list} (on Debian: `sudo apt-get install {list}`)");
    }
    say(&format!("{why}: installing {list}"));
    // Another installation may be under way on a new machine, and a mirror may fail once.
    let patient = ["-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"];
    fetch("apt-get", &[&patient[..], &["update", "-qq"]].concat(), &[])?;
    let mut args = patient.to_vec();
    args.extend(["install", "-y", "-qq", "--no-install-recommends"]);
    args.extend(packages);
    fetch("apt-get", &args, &[("DEBIAN_FRONTEND", "noninteractive")])
}

/// Every tracked or new file that git does not ignore, relative to the root.
pub(crate) fn files() -> Result<Vec<String>> {
    let listed = output("git", &["ls-files", "--cached", "--others", "--exclude-standard"])?;
    Ok(listed.lines().filter(|file| Path::new(file).is_file()).map(str::to_owned).collect())
}
