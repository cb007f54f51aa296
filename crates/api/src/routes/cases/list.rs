//! `GET /v1/loops/{loop}/cases`

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use tandem_domain::Status;
use tandem_domain::case::AppealState;
use tandem_engine::cases::CaseQuery;
use utoipa::IntoParams;

use crate::auth::Caller;
use crate::body::{Path, Query};
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::cases::CaseView;
use crate::wire::common::{Page, cursor, limit};
use crate::wire::lens::Lens;
use crate::wire::ok;

/// Which cases.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Only these, separated by commas.
    pub status: Option<String>,
    /// Only those with an open task in this queue.
    pub queue: Option<String>,
    /// Only those with this tag.
    pub tag: Option<String>,
    /// Only those whose newest appeal is `open`, `upheld`, `overturned` or `withdrawn`.
    pub appeal: Option<String>,
    /// Most items on the page, 1 to 500.
    #[param(default = 50, minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List a loop's cases, newest first. Submitters see their own.
#[utoipa::path(
    get,
    path = "/v1/loops/{loop}/cases",
    tag = "cases",
    params(("loop" = String, Path, description = "Name of the loop"), ListQuery),
    responses((status = 200, description = "A page of cases", body = Page<CaseView<'static>>)),
)]
pub async fn list_cases(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Response> {
    let (limit, after) = (limit(query.limit)?, cursor(query.cursor.as_deref())?);
    let wanted = CaseQuery {
        statuses: statuses(query.status.as_deref())?,
        queue: query.queue,
        tag: query.tag,
        appeal: appeal(query.appeal.as_deref())?,
        ..CaseQuery::default()
    };
    let engine = state.engine();
    let page = engine.list(&principal, &loop_name, wanted, after, limit).await?;
    let handle = engine.compiled(&principal.space, &loop_name).await?;
    let newest = Lens::new(&principal, &handle, engine.now());
    let mut lenses = Vec::with_capacity(page.items.len());
    for case in &page.items {
        // Who decides an appeal is said by the version under which the case came in.
        lenses.push(match case.state.open_appeal() {
            Some(_) => Lens::new(&principal, &*engine.loop_of(case).await?, engine.now()),
            None => newest,
        });
    }
    let shown = page.items.iter().zip(lenses);
    Ok(ok(&Page {
        items: shown.map(|(case, lens)| CaseView::new(case, &handle.name, lens)).collect(),
        next_cursor: page.next.map(|id| id.to_string()),
    }))
}

fn appeal(text: Option<&str>) -> Result<Option<AppealState>> {
    let state = text.map(str::parse).transpose();
    state.map_err(|why: String| Problem::invalid("invalid_query", "?appeal", why))
}

fn statuses(text: Option<&str>) -> Result<Vec<Status>> {
    let names = text.into_iter().flat_map(|text| text.split(',')).filter(|name| !name.is_empty());
    names
        .map(|name| {
            name.parse().map_err(|why: String| Problem::invalid("invalid_query", "?status", why))
        })
        .collect()
}
