//! Writing results as lines.

use axum::body::Bytes;
use serde::Serialize;
use tandem_domain::CaseId;
use tandem_engine::cases::LineResult;
use tandem_engine::errors::EngineError;

use crate::problem::Problem;
use crate::wire::loops::route_to;

#[derive(Serialize)]
struct Good {
    line: u64,
    id: CaseId,
    status: &'static str,
    route: Option<To>,
}

#[derive(Serialize)]
struct To {
    to: &'static str,
}

#[derive(Serialize)]
struct Bad<'a> {
    line: u64,
    error: Fault<'a>,
}

#[derive(Serialize)]
struct Fault<'a> {
    code: &'a str,
    path: Option<&'a str>,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_s: Option<u32>,
}

/// The results of a chunk.
pub(super) fn results(results: &[LineResult]) -> Bytes {
    let mut out = Vec::with_capacity(results.len() * 96);
    for result in results {
        match &result.outcome {
            Ok(submitted) => {
                let state = &submitted.case.state;
                let route = state.route.as_ref().map(|route| To { to: route_to(route.to) });
                let id = submitted.case.core.id;
                let status = state.status.as_str();
                line(&mut out, &Good { line: result.line, id, status, route });
            }
            Err(error) => fault(&mut out, result.line, &Problem::from(error.clone())),
        }
    }
    out.into()
}

/// The same failure for every line of a chunk.
pub(super) fn failure(numbers: &[u64], error: EngineError) -> Bytes {
    let problem = Problem::from(error);
    let mut out = Vec::new();
    for &number in numbers {
        fault(&mut out, number, &problem);
    }
    out.into()
}

fn fault(out: &mut Vec<u8>, number: u64, problem: &Problem) {
    let error = Fault {
        code: problem.code,
        path: problem.path.as_deref(),
        detail: &problem.detail,
        retry_after_s: problem.retry_after_s,
    };
    line(out, &Bad { line: number, error });
}

fn line<T: Serialize>(out: &mut Vec<u8>, value: &T) {
    // Numbers and strings into memory: it does not fail.
    if serde_json::to_writer(&mut *out, value).is_ok() {
        out.push(b'\n');
    }
}
