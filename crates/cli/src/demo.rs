//! `tandem demo`: everything at once. A server in a child process that may be killed, a stream of real handwriting, a
//! model that learns from whoever reviews, and the truth beside every figure.

mod child;
mod digits;
mod feed;
mod forge;
pub(crate) mod home;
mod hooks;
mod refunds;
mod report;
mod reviewer;
pub(crate) mod server;
pub(crate) mod setup;
mod shift;
mod truth;
mod watch;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::Context as _;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::http::{Client, Target};
use crate::output::{self, Out};
use crate::{env, exit, paths};
use child::Running;
use digits::Digits;
use feed::{Pace, Streamed};
use home::Home;
use report::Begun;
use reviewer::Shared;
use watch::Watch;

/// Reviewers of a run without anybody at the keys.
const HEADLESS_REVIEWERS: u32 = 4;

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The data are the 1,797 handwritten digits of UCI (8 x 8 pixels, CC BY 4.0). 20 of them, two of each, train the first \
model; 400 are kept out of the stream, and `model_accuracy_first` and `model_accuracy_last` are measured on those 400; \
the remaining 1,377 stream in: 200 at once, then 4 a second (with --simulate: 4 a judgment), so that early models do \
not answer everything.

Simulated reviewers are right in 98 of 100 judgments, go through the HTTP API with keys of their own, and pause while a \
new model is due, as people would by being slower than a training.

A second loop, `refunds`, has an agent in a process of its own: it asks before it pays. --refunds plays a day of it \
through, with approvers and a supervisor who pauses, redirects and stops the agent, and prints what came of it.

--headless --json prints one line: cases (streamed in), judgments, automatic_share (of the decided cases), \
automatic_error with automatic_error_interval (from audits, weighted by propensity; the interval holds at every moment \
with certainty 0.95; the reviewers' own mistakes count as errors found), final_error (all final outputs against the \
known labels), model_accuracy_first, model_accuracy_last, models_trained, seconds.")]
pub(crate) struct Args {
    /// Let N simulated reviewers do the work
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    simulate: Option<u32>,
    /// Run to the end without a browser, print the figures and stop; implies --simulate 4
    #[arg(long)]
    headless: bool,
    /// Only the second loop: an agent that asks for refunds, two simulated approvers, and a supervisor who pauses,
    /// redirects and stops it; prints what came of it
    #[arg(long, conflicts_with = "simulate")]
    refunds: bool,
    /// Seed of the simulated reviewers
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Address and port to listen on; without it the usual port, or a free one where that is taken
    #[arg(long, value_name = "ADDRESS", env = env::LISTEN, hide_env_values = true)]
    listen: Option<String>,
    /// Keep the data here instead of in a temporary directory; an earlier demo goes on where it was
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Throw away the earlier demo in --data-dir
    #[arg(long, requires = "data_dir")]
    fresh: bool,
}

/// Runs the demo.
pub(crate) async fn run(args: Args, out: Out) -> anyhow::Result<u8> {
    let started = Instant::now();
    if args.refunds {
        return refunds_alone(args, out).await;
    }
    let reviewers = args.simulate.unwrap_or(if args.headless { HEADLESS_REVIEWERS } else { 0 });
    let digits = Arc::new(Digits::load()?);
    let home = Home::prepare(args.data_dir.as_deref(), args.fresh)?;
    let plan = home.plan(listen_address(args.listen, args.headless).await);
    let mut server = Running::start(&plan).await?;
    let target = Target::new(&server.url, Some(&plan.key))?;
    let mut admin = Client::new(&target);
    setup::publish(&mut admin, reviewers > 0).await?;
    let link = setup::sign_in_link(&mut admin).await?;
    // Not where figures are taken: it would share the processors.
    let _agent = if args.headless {
        None
    } else {
        let agent = refunds::prepare(&mut admin).await?;
        Some(refunds::start(&agent, &["--run", "desk-1", "--forever"])?)
    };
    if !args.headless {
        announce(out, &server.url, &plan.key, &link, reviewers);
    }
    let shared = Arc::new(Shared::default());
    let streamed = Arc::new(Streamed::default());
    let mut work = JoinSet::new();
    for (number, reviewer) in (1..).zip(setup::reviewers(&mut admin, reviewers).await?) {
        let seed = args.seed.wrapping_mul(1_000).wrapping_add(number);
        work.spawn(reviewer::work(reviewer, Arc::clone(&digits), Arc::clone(&shared), seed));
    }
    let first = setup::first_model(&mut admin, &digits).await?;
    let begun = Begun { started, first_accuracy: first };
    let pace = if reviewers > 0 { Pace::Judgments } else { Pace::Clock };
    let (images, progress) = (Arc::clone(&digits), Arc::clone(&streamed));
    work.spawn(feed::stream(target.clone(), images, pace, Arc::clone(&shared), progress));
    let quiet = out.is_json() || !output::is_terminal();
    let mut watch =
        Watch::new(&target, Arc::clone(&shared), Arc::clone(&streamed), digits.stream.len(), quiet);

    let mut settled = false;
    let mut interrupt = std::pin::pin!(tokio::signal::ctrl_c());
    loop {
        tokio::select! {
            asked = server.watch() => {
                anyhow::ensure!(asked, "the server ended by itself; its messages are above");
                watch.say("plug pulled: kill -9, and up again on the same data");
                server = server.pull_the_plug(&plan).await?;
            }
            done = watch.settled(), if !settled => {
                done?;
                settled = true;
                shared.stop.store(true, Ordering::Relaxed);
                watch.finish();
                let figures = report::figures(&mut admin, &begun).await?;
                if args.headless {
                    report::print(&figures, out);
                    break;
                }
                report::print_card(&figures, out);
                out.say("The pages stay open until you press Ctrl-C.");
            }
            Some(ended) = work.join_next() => ended.context("a task of the demo failed")??,
            _ = &mut interrupt => {
                shared.stop.store(true, Ordering::Relaxed);
                watch.finish();
                if !settled && !args.headless {
                    report::print_card(&report::figures(&mut admin, &begun).await?, out);
                }
                break;
            }
        }
    }
    shared.stop.store(true, Ordering::Relaxed);
    work.shutdown().await;
    server.stop().await?;
    Ok(exit::OK)
}

/// Only the second loop, without anybody at the keys.
async fn refunds_alone(args: Args, out: Out) -> anyhow::Result<u8> {
    let home = Home::prepare(args.data_dir.as_deref(), args.fresh)?;
    let plan = home.plan(listen_address(args.listen, true).await);
    let server = Running::start(&plan).await?;
    let mut admin = Client::new(&Target::new(&server.url, Some(&plan.key))?);
    let agent = refunds::prepare(&mut admin).await?;
    let figures = refunds::story(&mut admin, &agent).await?;
    server.stop().await?;
    out.result(&figures, &report::boxed(&figures.lines()));
    Ok(exit::OK)
}

/// The given address; else the usual one, or a free port where that is taken or nobody needs to find it.
async fn listen_address(given: Option<String>, headless: bool) -> String {
    let free = || "127.0.0.1:0".to_owned();
    match given {
        Some(address) => address,
        None if headless => free(),
        None => match tokio::net::TcpListener::bind(paths::LISTEN).await {
            Ok(_) => paths::LISTEN.to_owned(),
            Err(_) => free(),
        },
    }
}

fn announce(out: Out, url: &str, key: &str, link: &str, reviewers: u32) {
    if out.is_json() {
        output::line(&json!({"url": url, "key": key, "signin": link}).to_string());
        return;
    }
    let who = match reviewers {
        0 => "You are the reviewer: press 0 to 9, the next picture is there at once.".to_owned(),
        1 => "A simulated reviewer does the work; watch the loop's page.".to_owned(),
        n => format!("{n} simulated reviewers do the work; watch the loop's page."),
    };
    let lines = [
        format!("Tandem runs on {url}"),
        "Sign in once with".to_owned(),
        format!("  {link}"),
        who,
        format!("A second process asks for refunds: decide in {url}/inbox/refunds, and"),
        format!("pause, redirect or stop it in {url}/runs"),
        "Digits: E. Alpaydin, C. Kaynak, UCI, CC BY 4.0".to_owned(),
    ];
    output::line(&report::boxed(&lines));
}
