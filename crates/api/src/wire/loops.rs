//! Loops, their versions and their halts.

use serde::{Deserialize, Serialize};
use tandem_domain::loops::{Coverage, LoopSpec, Mode, RouteTo};
use tandem_domain::{LoopId, MemberId, Timestamp};
use tandem_engine::loops::{LoopSummary, LoopView, VersionView};
use utoipa::{IntoParams, ToSchema};

/// An oversight mode as it is sent.
pub fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::InTheLoop => "in_the_loop",
        Mode::OnTheLoop => "on_the_loop",
        Mode::OutOfTheLoop => "out_of_the_loop",
    }
}

/// A route as it is sent.
pub fn route_to(to: RouteTo) -> &'static str {
    match to {
        RouteTo::Auto => "auto",
        RouteTo::Review => "review",
        RouteTo::Block => "block",
    }
}

/// A loop with its newest published version, or the one that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Loop {
    /// Its id.
    #[schema(value_type = String)]
    pub id: LoopId,
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// The version shown.
    pub version: u64,
    /// The version in force; 0 while there is none.
    pub head: u64,
    /// All versions, newest first.
    pub versions: Vec<Version>,
    /// The loop file as data, with defaults filled in.
    #[schema(value_type = Object)]
    pub spec: LoopSpec,
    /// The loop file as its author wrote it.
    pub source: String,
    /// `yaml` or `json`.
    pub format: String,
    /// Where the version shown is not published: in which ways it widens what the machine may do over
    /// the version in force. Such a version takes two persons.
    pub widens: Vec<String>,
    /// The live model.
    #[schema(value_type = Option<LiveModel>)]
    pub model: Option<LiveModel>,
    /// When the loop was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// The model that proposes.
#[derive(Debug, Serialize, ToSchema)]
pub struct LiveModel {
    /// Its version.
    pub version: u64,
    /// Its stage.
    pub stage: String,
}

/// A version of a loop.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LoopVersion)]
pub struct Version {
    /// Its number.
    pub version: u64,
    /// `draft`, `proposed` (waits for a second person) or `published`.
    pub state: String,
    /// When it was kept.
    #[schema(value_type = String, format = DateTime)]
    pub published_at: Timestamp,
    /// By whom; null for the server or a machine's key.
    #[schema(value_type = Option<String>)]
    pub published_by: Option<MemberId>,
    /// Who asked for it, where it took a second person.
    #[schema(value_type = Option<String>)]
    pub proposed_by: Option<MemberId>,
    /// Why.
    pub reason: String,
}

/// A loop in the list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LoopSummary)]
pub struct Summary {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// The version in force.
    pub version: u64,
    /// `in_the_loop`, `on_the_loop` or `out_of_the_loop`.
    pub mode: &'static str,
    /// `full` or `selective`.
    pub coverage: &'static str,
    /// Whether the policy holds anything.
    pub enforce: bool,
    /// Cases that came in.
    pub cases: u64,
    /// Cases that wait for people.
    pub open: u64,
    /// Cases with an effective decision.
    pub decided: u64,
    /// Share of the cases that the machine decided.
    pub automatic_share: Option<f64>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// A loop that was kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct PutLoop {
    /// The loop.
    #[serde(rename = "loop")]
    pub of_loop: Loop,
}

/// How to keep a loop file.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PutQuery {
    /// Keeps a draft instead of publishing.
    #[serde(default)]
    pub draft: bool,
    /// Why it changes.
    #[serde(default)]
    pub reason: String,
}

/// Which version.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct VersionQuery {
    /// The newest published one where absent.
    pub version: Option<u64>,
}

/// Why something is done.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Why.
    #[serde(default)]
    pub reason: String,
}

impl Loop {
    /// A loop with its live model.
    pub fn new(view: LoopView, model: Option<LiveModel>) -> Self {
        Self {
            id: view.id,
            title: view.spec.title().to_owned(),
            name: view.name,
            version: view.version,
            head: view.head,
            versions: view.versions.into_iter().map(Version::from).collect(),
            spec: view.spec,
            widens: view.widens,
            source: view.source,
            format: view.format,
            model,
            created_at: view.created_at,
        }
    }
}

impl From<VersionView> for Version {
    fn from(view: VersionView) -> Self {
        Self {
            version: view.version,
            state: view.state,
            published_at: view.at,
            published_by: view.by_member,
            proposed_by: view.proposed_by,
            reason: view.reason,
        }
    }
}

impl From<LoopSummary> for Summary {
    fn from(summary: LoopSummary) -> Self {
        Self {
            name: summary.name,
            title: summary.title,
            version: summary.version,
            mode: mode(summary.mode),
            coverage: match summary.coverage {
                Coverage::Full => "full",
                Coverage::Selective => "selective",
            },
            enforce: summary.enforce,
            cases: summary.cases,
            open: summary.open,
            decided: summary.decided,
            automatic_share: summary.automatic_share,
            created_at: summary.created_at,
        }
    }
}

/// An order to stop, or to go on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HaltIn {
    /// Name of a loop; the whole space where absent.
    #[serde(default)]
    pub scope: Option<String>,
    /// Why.
    pub reason: String,
}
