//! Builds the web app and writes a table of its files for the library to embed.
//!
//! - `UI_DIST=dir` embeds files that were built elsewhere (cross builds, packages).
//! - Otherwise `npm ci` runs where the lock file is newer than `web/node_modules`, then
//!   `vite build` into `OUT_DIR`; the source tree gets nothing but `web/node_modules`.
//! - A debug build without a working Node carries a placeholder page that says so; a release
//!   build stops with an error instead.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// What must change for the app to be built again, relative to `web/`.
const INPUTS: [&str; 7] = [
    "src",
    "index.html",
    "public",
    "package.json",
    "package-lock.json",
    "vite.config.ts",
    "tsconfig.json",
];

fn main() {
    let manifest = PathBuf::from(env("CARGO_MANIFEST_DIR"));
    let out = PathBuf::from(env("OUT_DIR"));
    let web = manifest.join("../../web");
    say("rerun-if-env-changed=UI_DIST");
    say("rerun-if-changed=build.rs");
    let dist = match std::env::var_os("UI_DIST") {
        Some(dir) => {
            let dir = PathBuf::from(dir);
            say(&format!("rerun-if-changed={}", dir.display()));
            assert!(
                dir.join("index.html").is_file(),
                "UI_DIST names {}, which holds no index.html; point it at the output of `npm run build`",
                dir.display()
            );
            dir
        }
        None => built(&web, &out),
    };
    let table = table(&dist);
    fs::write(out.join("assets.rs"), table).expect("OUT_DIR is writable");
}

/// Builds the app into `out/ui`, or puts the placeholder there.
fn built(web: &Path, out: &Path) -> PathBuf {
    for input in INPUTS {
        let path = web.join(input);
        if path.exists() {
            say(&format!("rerun-if-changed={}", path.display()));
        }
    }
    let dist = out.join("ui");
    let release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    if let Err(problem) = install(web).and_then(|()| bundle(web, &dist)) {
        assert!(
            !release,
            "the web app could not be built: {problem}\n\
             Install Node 20.19 or newer with npm, or set UI_DIST to a directory with a built app."
        );
        let first = problem.lines().next().unwrap_or_default();
        say(&format!(
            "warning=the web app could not be built, a placeholder page is embedded: {first}"
        ));
        placeholder(&dist, &problem);
    }
    dist
}

/// Installs the packages of the lock file unless `node_modules` already has them.
fn install(web: &Path) -> Result<(), String> {
    let lock = web.join("package-lock.json");
    // Two cargo processes with different target directories may get here at once.
    let guard = fs::File::create(std::env::temp_dir().join("tandem-web-install.lock")).ok();
    if let Some(file) = &guard {
        file.lock().map_err(|error| format!("waiting for another npm: {error}"))?;
    }
    let newer = match (modified(&lock), modified(&web.join("node_modules/.package-lock.json"))) {
        (Some(lock), Some(installed)) => {
            // npm writes the two files within one run, in either order.
            lock.duration_since(installed).is_ok_and(|by| by.as_secs() >= 5)
        }
        _ => true,
    };
    if newer {
        run(Command::new("npm")
            .args(["ci", "--include=dev", "--no-audit", "--no-fund"])
            .current_dir(web))?;
    }
    Ok(())
}

fn bundle(web: &Path, dist: &Path) -> Result<(), String> {
    run(Command::new("node")
        .args([
            "node_modules/vite/bin/vite.js",
            "build",
            "--emptyOutDir",
            "--logLevel",
            "warn",
            "--outDir",
        ])
        .arg(dist)
        .env("NODE_ENV", "production")
        .current_dir(web))
}

fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{name} does not start: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(if output.stderr.is_empty() {
        &output.stdout
    } else {
        &output.stderr
    })
    .into_owned();
    Err(format!("{name} failed ({}): {}", output.status, text.trim()))
}

fn placeholder(dist: &Path, problem: &str) {
    let problem = problem.replace('&', "&amp;").replace('<', "&lt;");
    let page = format!(
        "<!doctype html><html lang=\"en\" data-nonce=\"__NONCE__\"><head><meta charset=\"utf-8\">\
         <title>Tandem</title></head><body><h1>Tandem runs without its web app</h1>\
         <p>The server answers under /v1. To get the app, install Node 20.19 or newer with npm and build again.</p>\
         <pre>{problem}</pre></body></html>"
    );
    fs::create_dir_all(dist).expect("OUT_DIR is writable");
    fs::write(dist.join("index.html"), page).expect("OUT_DIR is writable");
}

/// Rust source of a sorted table of every file under `dist`.
fn table(dist: &Path) -> String {
    let mut files = Vec::new();
    walk(dist, &mut files);
    files.sort();
    let mut source = String::from("&[\n");
    for file in files {
        let name =
            file.strip_prefix(dist).expect("under dist").to_string_lossy().replace('\\', "/");
        let full = file.to_string_lossy();
        let bytes = fs::read(&file).expect("a file that was just listed");
        let etag = format!("\\\"{:016x}-{:x}\\\"", fnv1a(&bytes), bytes.len());
        writeln!(source, "    ({name:?}, include_bytes!({full:?}), \"{etag}\"),")
            .expect("a String takes text");
    }
    source.push(']');
    source
}

fn walk(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("a readable directory").flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// FNV-1a, 64 bits: an entity tag needs no secrecy, only that other bytes give another tag.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|meta| meta.modified()).ok()
}

fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}

fn say(directive: &str) {
    writeln!(std::io::stdout(), "cargo::{directive}").expect("cargo reads our output");
}
