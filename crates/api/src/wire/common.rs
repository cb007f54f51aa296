//! Pages and grants of roles.

use serde::{Deserialize, Serialize};
use tandem_domain::roles::Role;
use tandem_engine::principal::LoopScope;
use utoipa::{IntoParams, ToSchema};

use crate::problem::{Problem, Result};

/// Items of one page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// What to send as `cursor` for the next page; null at the end.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A page that is the whole.
    pub fn whole(items: Vec<T>) -> Self {
        Self { items, next_cursor: None }
    }
}

/// Which page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Most items on the page, 1 to 500.
    #[param(default = 50, minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Checks a limit of a page.
pub fn limit(limit: Option<u32>) -> Result<u32> {
    match limit.unwrap_or(50) {
        limit @ 1..=500 => Ok(limit),
        _ => Err(Problem::invalid("invalid_query", "?limit", "a page takes 1 to 500 items")),
    }
}

/// Reads a cursor, which is the id of the last item.
pub fn cursor<T: std::str::FromStr>(cursor: Option<&str>) -> Result<Option<T>> {
    let Some(cursor) = cursor else { return Ok(None) };
    cursor.parse().map(Some).map_err(|_| {
        let detail = "this is no cursor; send the `next_cursor` of the page before as it was";
        Problem::invalid("invalid_query", "?cursor", detail)
    })
}

/// A role in one loop or in all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleGrant {
    /// Name of the loop, or `*` for every loop.
    #[serde(rename = "loop")]
    #[schema(example = "*")]
    pub scope: String,
    /// The role.
    #[schema(value_type = RoleName)]
    pub role: Role,
}

/// What somebody may do.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum RoleName {
    /// Hands in cases and reads what became of its own.
    Submitter,
    /// Claims and judges.
    Reviewer,
    /// Reviews what others could not agree on.
    Arbiter,
    /// Owns queues and models.
    Orchestrator,
    /// Reads everything, changes nothing.
    Auditor,
    /// Everything.
    Admin,
}

/// Roles as the engine takes them.
pub fn to_grants(roles: Vec<RoleGrant>) -> Vec<(LoopScope, Role)> {
    let scope = |scope: String| if scope == "*" { LoopScope::All } else { LoopScope::Named(scope) };
    roles.into_iter().map(|grant| (scope(grant.scope), grant.role)).collect()
}

/// Roles as they are sent.
pub fn from_grants(grants: &[(LoopScope, Role)]) -> Vec<RoleGrant> {
    grants
        .iter()
        .map(|(scope, role)| RoleGrant {
            scope: match scope {
                LoopScope::All => "*".to_owned(),
                LoopScope::Named(name) => name.clone(),
            },
            role: *role,
        })
        .collect()
}
