//! The load, in a process of its own: goes through every figure once the server is up.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Method;
use tokio::time::{Instant, sleep};

use super::gates::{self, Cycle};
use super::latency::{Latencies, median};
use super::load::{self, AUTO, REVIEW};
use super::report::{Line, Report};
use super::reviews::{self, Pairs};
use super::rig::{LOOP, Rig, Running};
use super::{mcp, raw, waits};
use crate::http::{Client, Target};
use crate::text::{bytes, grouped, line_ends};
use crate::{exit, output};

/// Stored cases of the small backlog.
const SMALL: u64 = 10_000;
/// Connections and reviewers.
const MANY: usize = 64;
/// Reviewers while single claims are timed: enough to compete, too few to queue.
const FEW: usize = 8;

/// Arguments of the driver.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(long)]
    cases: u64,
    #[arg(long)]
    quick: bool,
    #[arg(long)]
    gates: bool,
    #[arg(long)]
    mcp: bool,
    #[arg(long)]
    database: Option<String>,
    #[arg(long)]
    dir: Option<PathBuf>,
}

struct Bench {
    args: Args,
    rig: Rig,
    flush: Latencies,
    report: Report,
}

/// Measures everything and prints the report as JSON.
pub(crate) async fn run(args: Args) -> anyhow::Result<u8> {
    ensure!(args.cases >= SMALL + 1_000, "give at least {} cases", SMALL + 1_000);
    let rig = Rig::make(args.dir.as_deref(), args.database.clone())?;
    let report = Report::new(args.cases, args.database.is_some());
    let mut bench = Bench { args, rig, flush: Latencies::default(), report };
    bench.measure().await?;
    output::line(&output::to_json(&bench.report));
    Ok(exit::OK)
}

fn note(text: &str) {
    output::note(&format!("bench: {text}"));
}

impl Bench {
    async fn measure(&mut self) -> anyhow::Result<()> {
        let cases = self.args.cases;
        note("starting a server on an empty directory");
        let server = self.rig.start().await?;
        server.publish().await?;
        let reviewers = server.reviewers(MANY).await?;
        self.flushes()?;
        if self.args.gates {
            self.gates(&server, &reviewers).await?;
            self.flushed();
            return server.stop().await;
        }
        if self.args.mcp {
            self.mcp(&server, &reviewers).await?;
            self.flushed();
            return server.stop().await;
        }
        self.grow(&server, 0, SMALL).await?;
        let few = self.at_size(&server, &reviewers, SMALL).await?;
        self.grow(&server, SMALL, cases).await?;
        let many = self.at_size(&server, &reviewers, cases).await?;
        if few > 0.0 {
            let ratio = format!("{:.2}", many / few);
            self.line(
                "claim p50, large over small backlog",
                ratio,
                "≤ 1.2",
                Some(many / few <= 1.2),
            );
        }
        self.waiting(&server, &reviewers).await?;
        self.gates(&server, &reviewers).await?;
        self.double_hand_outs(&reviewers).await?;
        self.export(&server).await?;
        self.restart(server).await?;
        self.flushed();
        Ok(())
    }

    fn flushed(&mut self) {
        let (p50, p99) = (self.flush.ms(0.5), self.flush.ms(0.99));
        self.report.flush_ms = [p50, p99];
        self.report.flushes_per_second = 1e3 / p50.max(1e-6);
    }

    fn line(
        &mut self,
        name: impl Into<String>,
        figure: impl Into<String>,
        target: &str,
        met: Option<bool>,
    ) {
        let line =
            Line { name: name.into(), figure: figure.into(), target: target.to_owned(), met };
        note(&format!("{}: {}", line.name, line.figure));
        self.report.lines.push(line);
    }

    fn rounds(&self) -> usize {
        if self.args.quick { 2 } else { 3 }
    }

    fn round(&self) -> Duration {
        Duration::from_secs(if self.args.quick { 2 } else { 4 })
    }

    fn flushes(&mut self) -> anyhow::Result<()> {
        let time = Duration::from_millis(700);
        self.flush
            .extend(raw::flushes(self.rig.root(), time).context("the disk cannot be probed")?);
        Ok(())
    }

    /// Stores cases that wait for people until there are `to`.
    async fn grow(&mut self, server: &Running, from: u64, to: u64) -> anyhow::Result<()> {
        self.flushes()?;
        let rate = load::batch(&server.target, to - from, 4, REVIEW).await?;
        let name = format!("NDJSON batch, {} to {} stored cases", grouped(from), grouped(to));
        self.line(
            name,
            format!("{}/s", grouped(rate as u64)),
            "≥ 40,000/s",
            Some(rate >= 40_000.0),
        );
        Ok(())
    }

    /// The rates and latencies at a size of the backlog; returns the median time of a claim.
    async fn at_size(
        &mut self,
        server: &Running,
        reviewers: &[Target],
        size: u64,
    ) -> anyhow::Result<f64> {
        self.flushes()?;
        let at = format!("from {} stored cases on", grouped(size));
        let (mut rates, mut times) = (Vec::new(), Latencies::default());
        for _ in 0..self.rounds() {
            let rate = load::singles(&server.target, MANY, self.round(), REVIEW).await?;
            rates.push(rate.per_second);
            times.extend(rate.latencies);
        }
        let rate = median(rates);
        let figure = format!(
            "{}/s (p50 {:.1} ms, p99 {:.1} ms)",
            grouped(rate as u64),
            times.ms(0.5),
            times.ms(0.99)
        );
        self.line(
            format!("single POST, 64 connections, {at}"),
            figure,
            "≥ 8,000/s",
            Some(rate >= 8_000.0),
        );

        let mut rates = Vec::new();
        for _ in 0..self.rounds() {
            rates.push(reviews::pairs(reviewers, self.round()).await?.per_second);
        }
        let rate = median(rates);
        let figure = format!("{} pairs/s", grouped(rate as u64));
        self.line(
            format!("claim + judge, 64 reviewers, {at}"),
            figure,
            "≥ 2,500/s",
            Some(rate >= 2_500.0),
        );

        let mut all = Pairs::default();
        for _ in 0..self.rounds() {
            all.claims.extend(reviews::pairs(&reviewers[..FEW], self.round()).await?.claims);
        }
        let (p50, p99) = (all.claims.ms(0.5), all.claims.ms(0.99));
        let figure = format!("p50 {p50:.2} ms, p99 {p99:.2} ms");
        self.line(
            format!("claim, {FEW} reviewers, {at}"),
            figure,
            "p99 ≤ 15 ms",
            Some(p99 <= 15.0),
        );
        Ok(p50)
    }

    async fn waiting(&mut self, server: &Running, reviewers: &[Target]) -> anyhow::Result<()> {
        self.flushes()?;
        let rounds = if self.args.quick { 200 } else { 600 };
        let mut wakes = waits::wakes(&server.target, &reviewers[0], rounds).await?;
        self.flushes()?;
        let (p50, p99) = (wakes.ms(0.5), wakes.ms(0.99));
        let (f50, f99) = (self.flush.ms(0.5), self.flush.ms(0.99));
        let target = format!("p50 ≤ 2 + {f50:.2} ms, p99 ≤ 10 + {f99:.2} ms");
        let met = p50 <= 2.0 + f50 && p99 <= 10.0 + f99;
        let figure = format!("p50 {p50:.2} ms, p99 {p99:.2} ms");
        self.line("judgment posted to parked caller woken", figure, &target, Some(met));

        let count = if self.args.quick { 2_000 } else { 10_000 };
        let parked = waits::parked(server, &reviewers[0], count).await?;
        let name = format!("{} parked callers", grouped(parked.callers as u64));
        let figure = parked.bytes.map_or("not known here".to_owned(), bytes);
        self.line(name, figure, "< 150 MB", parked.bytes.map(|bytes| bytes < 150_000_000));

        let mut times = load::singles(&server.target, 1, self.round(), AUTO).await?.latencies;
        let (p50, p99) = (times.ms(0.5), times.ms(0.99));
        let figure = format!("p50 {p50:.2} ms, p99 {p99:.2} ms");
        self.line("one case routed to auto", figure, "p99 ≤ 10 ms", Some(p99 <= 10.0));
        Ok(())
    }

    /// Agents that wait over MCP, each on a stream of its own.
    async fn mcp(&mut self, server: &Running, reviewers: &[Target]) -> anyhow::Result<()> {
        self.flushes()?;
        let mut waited = mcp::waiting(server, reviewers, 1_000).await?;
        let figure = waited.bytes.map_or_else(|| "–".to_owned(), bytes);
        let name = format!("memory of {} parked MCP calls", grouped(waited.calls as u64));
        let met = waited.bytes.map(|bytes| bytes <= 100 << 20);
        self.line(name, figure, "≤ 100 MB", met);
        let (p50, p99) = (waited.latencies.ms(0.5), waited.latencies.ms(0.99));
        let figure = format!("p50 {p50:.1} ms, p99 {p99:.1} ms");
        self.line(
            "MCP: from the approval to the signed grant",
            figure,
            "p50 ≤ 100 ms",
            Some(p50 <= 100.0),
        );
        Ok(())
    }

    /// Agents that wait for a person's word. The loop of the gates is halted at the end.
    async fn gates(&mut self, server: &Running, reviewers: &[Target]) -> anyhow::Result<()> {
        let agents = &server.target;
        let rounds = if self.args.quick { 200 } else { 600 };
        let mut one = gates::resumes(agents, &reviewers[0], rounds).await?;
        self.latency("approval sent to agent resumed", &mut one.woken, 2.0, 10.0);
        self.latency("approval sent to agent with its grant", &mut one.granted, 2.0, 10.0);
        for cycle in [Cycle::Decide, Cycle::Whole] {
            let (mut rates, mut woken) = (Vec::new(), Latencies::default());
            for _ in 0..self.rounds() {
                let all = gates::cycles(agents, reviewers, self.round(), cycle).await?;
                rates.push(all.per_second);
                woken.extend(all.woken);
            }
            let rate = median(rates);
            let (p50, p99) = (woken.ms(0.5), woken.ms(0.99));
            let figure = format!("{}/s (p50 {p50:.1} ms, p99 {p99:.1} ms)", grouped(rate as u64));
            let (name, met) = match cycle {
                Cycle::Decide => ("decide and resume, 64 agents", Some(rate >= 3_000.0)),
                Cycle::Whole => ("hand in, decide, resume and take the grant, 64 agents", None),
            };
            let target = if met.is_some() { "≥ 3,000/s" } else { "" };
            self.line(name, figure, target, met);
        }
        let count = if self.args.quick { 2_000 } else { 10_000 };
        let mut waiting = gates::waiting(server, reviewers, count, 200).await?;
        let name = format!("{} agents that wait, each on a call", grouped(waiting.agents as u64));
        let figure = waiting.bytes.map_or("not known here".to_owned(), bytes);
        self.line(name, figure, "< 150 MB", waiting.bytes.map(|bytes| bytes < 150_000_000));
        self.latency("one of them resumed", &mut waiting.woken, 2.0, 10.0);
        let halt = gates::halt(agents, reviewers, 1_000).await?;
        let figure = format!(
            "{:.1} ms, all refused after {:.0} ms; {} had their grant, {} after the halt",
            halt.took.as_secs_f64() * 1e3,
            halt.all.as_secs_f64() * 1e3,
            halt.granted,
            halt.after
        );
        let sound = halt.after == 0 && halt.granted + halt.refused == halt.open;
        let met = sound && halt.all <= Duration::from_secs(1);
        self.line(format!("halt of {} open gates", halt.open), figure, "≤ 1 s, 0", Some(met));
        Ok(())
    }

    fn latency(&mut self, name: &str, times: &mut Latencies, median: f64, tail: f64) {
        let (p50, p99) = (times.ms(0.5), times.ms(0.99));
        let figure = format!("p50 {p50:.2} ms, p99 {p99:.2} ms");
        let target = format!("p50 ≤ {median} ms, p99 ≤ {tail} ms");
        self.line(name, figure, &target, Some(p50 <= median && p99 <= tail));
    }

    async fn double_hand_outs(&mut self, reviewers: &[Target]) -> anyhow::Result<()> {
        // A tenth stays unclaimed, so that nobody runs dry before the end.
        let wanted = self.args.cases / 10 * 9;
        let start = Instant::now();
        let result = reviews::hand_outs(reviewers, wanted).await?;
        let rate = result.claims as f64 / start.elapsed().as_secs_f64();
        let name = format!("seats handed out twice in {} claims", grouped(result.claims));
        let figure =
            format!("{} ({} claims/s, 20 at a time)", result.doubles, grouped(rate as u64));
        self.line(name, figure, "0", Some(result.doubles == 0));
        Ok(())
    }

    async fn export(&mut self, server: &Running) -> anyhow::Result<()> {
        load::batch(&server.target, self.args.cases, 4, AUTO).await?;
        sleep(Duration::from_secs(1)).await;
        let before = server.own_memory();
        let path = format!("/v1/loops/{LOOP}/exports/decisions?format=jsonl");
        let mut client = Client::new(&server.target);
        let empty = Full::new(Bytes::new()).map_err(|never| match never {}).boxed();
        let start = Instant::now();
        let response = client.open(Method::GET, &path, None, empty).await?;
        ensure!(response.status().is_success(), "the export was refused: {}", response.status());
        let mut body = response.into_body();
        let (mut rows, mut peak, mut looked) = (0_u64, 0, start);
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.context("the export broke off")?.into_data() else { continue };
            rows += line_ends(&data);
            if looked.elapsed() > Duration::from_millis(100) {
                peak = peak.max(server.own_memory().unwrap_or(0));
                looked = Instant::now();
            }
        }
        let rate = rows as f64 / start.elapsed().as_secs_f64();
        let name = format!("export of {} decisions", grouped(rows));
        let memory = match before {
            Some(before) if peak > 0 => {
                format!(", {} more memory", bytes(peak.saturating_sub(before)))
            }
            _ => String::new(),
        };
        let figure = format!("{} rows/s{memory}", grouped(rate as u64));
        self.line(name, figure, "≥ 100,000 rows/s", Some(rate >= 100_000.0));
        Ok(())
    }

    async fn restart(&mut self, server: Running) -> anyhow::Result<()> {
        server.stop().await?;
        let stored = self.rig.database_bytes();
        let mut times = Vec::new();
        let mut memory = None;
        for _ in 0..3 {
            let server = self.rig.start().await?;
            times.push(server.started_in.as_secs_f64());
            sleep(Duration::from_secs(3)).await;
            memory = server.memory();
            server.stop().await?;
        }
        let time = median(times);
        let name = format!("start with {} stored cases", grouped(self.args.cases * 2));
        let figure = format!("{:.2} s (database {})", time, bytes(stored));
        self.line(name, figure, "≤ 0.5 s", Some(time <= 0.5));
        let figure = memory.map_or("not known here".to_owned(), bytes);
        self.line(
            "idle memory after that start",
            figure,
            "≤ 60 MB",
            memory.map(|m| m <= 60_000_000),
        );
        let size = std::fs::metadata(std::env::current_exe()?)?.len();
        self.line("binary", bytes(size), "≤ 45 MB", Some(size <= 45_000_000));
        Ok(())
    }
}
