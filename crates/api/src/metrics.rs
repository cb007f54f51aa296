//! Metrics for Prometheus: names, units and help of all of them, in one place.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeLabelSet, EncodeMetric, MetricEncoder, NoLabelSet,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use tandem_engine::errors::EngineError;
use tandem_engine::metrics::{BOUNDS, Histogram as Timings, Metrics};

use crate::problem::Result;
use crate::state::AppState;

/// Labels of requests. Routes are patterns (`/v1/cases/{id}`), so their number is bounded.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    method: &'static str,
    route: String,
    status: u16,
}

/// What the HTTP server counts.
#[derive(Default)]
pub struct HttpMetrics {
    requests: Family<Labels, Counter>,
    took: Times,
}

struct Times(Histogram);

impl Default for Times {
    fn default() -> Self {
        Self(Histogram::new(BOUNDS))
    }
}

impl HttpMetrics {
    /// Counts one answer.
    pub fn record(&self, method: &Method, route: &str, status: StatusCode, took: Duration) {
        let method = match *method {
            Method::GET => "GET",
            Method::POST => "POST",
            Method::PUT => "PUT",
            Method::PATCH => "PATCH",
            Method::DELETE => "DELETE",
            _ => "other",
        };
        let labels = Labels { method, route: route.to_owned(), status: status.as_u16() };
        self.requests.get_or_create(&labels).inc();
        self.took.0.observe(took.as_secs_f64());
    }
}

/// Timings of the engine, as a metric.
#[derive(Debug)]
struct Snapshot {
    /// Count by bound, not cumulative; the last is unbounded.
    buckets: Vec<(f64, u64)>,
    sum: f64,
    count: u64,
}

impl Snapshot {
    fn of(timings: &Timings) -> Self {
        let (cumulative, sum) = timings.read();
        let bounds = BOUNDS.iter().copied().chain([f64::MAX]);
        let mut before = 0;
        let buckets = bounds
            .zip(cumulative)
            .map(|(bound, up_to)| (bound, up_to - std::mem::replace(&mut before, up_to)))
            .collect();
        Self { buckets, sum, count: before }
    }
}

impl EncodeMetric for Snapshot {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), std::fmt::Error> {
        encoder.encode_histogram::<NoLabelSet>(self.sum, self.count, &self.buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}

/// What is read at the moment of the request.
#[derive(Debug)]
struct Now {
    counters: Vec<(&'static str, &'static str, u64)>,
    gauges: Vec<(&'static str, &'static str, i64)>,
    timings: Vec<(&'static str, &'static str, Snapshot)>,
}

impl prometheus_client::collector::Collector for Now {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        for (name, help, value) in &self.counters {
            let metric = ConstCounter::new(*value);
            metric.encode(encoder.encode_descriptor(name, help, None, MetricType::Counter)?)?;
        }
        for (name, help, value) in &self.gauges {
            let metric = ConstGauge::new(*value);
            metric.encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)?;
        }
        for (name, help, value) in &self.timings {
            let unit = Some(&Unit::Seconds);
            let place = encoder.encode_descriptor(name, help, unit, MetricType::Histogram)?;
            value.encode(place)?;
        }
        Ok(())
    }
}

/// All metrics in the text format of OpenMetrics.
pub async fn render(state: &AppState) -> Result<String> {
    let (http, engine) = (state.metrics(), state.engine());
    let ledger = engine.ledger_status().await?;
    let metrics = engine.metrics();
    let (hooks_waiting, hooks_dead) = engine.webhook_counts().await?;
    let now = Now {
        counters: counters(metrics),
        gauges: vec![
            ("tandem_callers_parked", "Callers that wait for a decision", engine.waiting() as i64),
            (
                "tandem_store_backlog",
                "Commands that wait for a writer",
                engine.store().backlog() as i64,
            ),
            ("tandem_webhooks_waiting", "Messages that wait for webhooks", hooks_waiting as i64),
            (
                "tandem_webhooks_dead_letters",
                "Messages for webhooks that were given up and are kept",
                hooks_dead as i64,
            ),
            ("tandem_ledger_size", "Sealed events", ledger.size as i64),
            ("tandem_ledger_unsealed", "Events recorded but not sealed", ledger.unsealed as i64),
            (
                "tandem_ledger_anchored_size",
                "Events covered by a checkpoint outside; -1 without a witness",
                ledger.anchored_size.map_or(-1, |size| size as i64),
            ),
        ],
        timings: timings(metrics),
    };
    let mut registry = Registry::default();
    registry.register("tandem_http_requests", "Requests answered", http.requests.clone());
    registry.register_with_unit(
        "tandem_http_request_duration",
        "Request to the start of its answer",
        Unit::Seconds,
        http.took.0.clone(),
    );
    registry.register_collector(Box::new(now));
    let mut text = String::new();
    encode(&mut text, &registry).map_err(EngineError::internal)?;
    Ok(text)
}

fn counters(metrics: &Metrics) -> Vec<(&'static str, &'static str, u64)> {
    vec![
        ("tandem_cases_submitted", "Cases that came in", metrics.cases_submitted.get()),
        (
            "tandem_cases_automatic",
            "Of these, decided by the machine",
            metrics.cases_automatic.get(),
        ),
        ("tandem_claims_made", "Seats handed out", metrics.claims_made.get()),
        ("tandem_judgments_made", "Judgments received", metrics.judgments_made.get()),
        ("tandem_timers_fired", "Timers that fired", metrics.timers_fired.get()),
        ("tandem_timers_failed", "Timers put off by a failure", metrics.timers_failed.get()),
        ("tandem_messages_delivered", "Messages delivered", metrics.messages_delivered.get()),
        ("tandem_messages_retried", "Deliveries tried again", metrics.messages_retried.get()),
        ("tandem_messages_dead", "Messages given up", metrics.messages_dead.get()),
        ("tandem_chain_asked", "Links of chains that were asked", metrics.chain_asked.get()),
        (
            "tandem_chain_proposed",
            "Links of chains whose answer was proposed",
            metrics.chain_proposed.get(),
        ),
        (
            "tandem_chain_failed",
            "Links of chains that did not answer as agreed",
            metrics.chain_failed.get(),
        ),
        (
            "tandem_checks_asked",
            "Models that check proposals and were asked",
            metrics.checks_asked.get(),
        ),
        (
            "tandem_webhooks_delivered",
            "Messages delivered to webhooks",
            metrics.webhooks_delivered.get(),
        ),
        (
            "tandem_webhooks_retried",
            "Attempts at webhooks that failed and are repeated",
            metrics.webhooks_retried.get(),
        ),
        (
            "tandem_webhooks_dead",
            "Messages for webhooks that were given up",
            metrics.webhooks_dead.get(),
        ),
        (
            "tandem_channels_taken",
            "Messages of channels that became cases, or were known already",
            metrics.channels_taken.get(),
        ),
        (
            "tandem_channels_refused",
            "Messages of channels that were no good and are kept",
            metrics.channels_refused.get(),
        ),
        ("tandem_channels_sent", "Messages that channels delivered", metrics.channels_sent.get()),
        (
            "tandem_channels_failed",
            "Connections of channels that failed, and attempts that are repeated",
            metrics.channels_failed.get(),
        ),
        ("tandem_runs_lost", "Leases of runs that ran out", metrics.runs_lost.get()),
        ("tandem_checkpoints_signed", "Checkpoints signed", metrics.checkpoints_signed.get()),
        (
            "tandem_witness_failures",
            "Checkpoints the witness lacks",
            metrics.witness_failures.get(),
        ),
        ("tandem_submissions_recomputed", "Submissions computed again", metrics.recomputed.get()),
    ]
}

fn timings(metrics: &Metrics) -> Vec<(&'static str, &'static str, Snapshot)> {
    vec![
        ("tandem_submit_duration", "Submission to commit", Snapshot::of(&metrics.submit_seconds)),
        ("tandem_claim_duration", "Claim to commit", Snapshot::of(&metrics.claim_seconds)),
        ("tandem_judge_duration", "Judgment to commit", Snapshot::of(&metrics.judge_seconds)),
        (
            "tandem_run_checkin_duration",
            "Check-in of a run to its commit",
            Snapshot::of(&metrics.checkin_seconds),
        ),
        (
            "tandem_run_obeyed_duration",
            "Order to a run to the check-in that says it was obeyed",
            Snapshot::of(&metrics.obeyed_seconds),
        ),
    ]
}
