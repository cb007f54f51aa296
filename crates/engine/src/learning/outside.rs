//! Models from outside: what is registered of them, and how the name in a proposal is matched.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tandem_domain::LoopId;
use tandem_domain::command::NewProposal;
use tandem_domain::policy::{ModelFact, ModelStage};
use tandem_store::models::ModelRow;
use tandem_store::{Tx, evaluations, loops, models, outside};

use super::fit::Metrics;
use super::registry::{self, NewModel};
use super::views::{self, ModelView};
use crate::access::{Action, allow};
use crate::cases::{IdemKey, remember, replayed};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::loops::LoopHandle;
use crate::principal::Principal;
use crate::record::{self, By};

/// Longest name in bytes.
const LONGEST_NAME: usize = 128;
/// Longest document in bytes.
const LONGEST_DOCUMENT: usize = 256 * 1024;
/// Who proposes where a proposal is the loop's own model's.
const MACHINE: &str = "machine";

/// What a model from outside is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutsideKind {
    /// A model that runs elsewhere.
    External,
    /// A version of a prompt, with its text.
    Prompt,
}

/// What is registered of a model from outside. The ledger commits to all of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outside {
    /// As its proposals name it, such as `intent@8`.
    pub name: String,
    /// What it is.
    pub kind: OutsideKind,
    /// Anything its owner wants to keep with it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
    /// Figures that whoever pushed it claims; shown as claims.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub metrics: Map<String, Value>,
    /// Where its bytes are; never fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artefact: Option<Artefact>,
    /// The text of a prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Prompt>,
    /// Examples it was trained on, as its owner says.
    #[serde(default)]
    pub trained_on: u64,
}

/// Where the bytes of a model are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Artefact {
    /// A URI for people and trainers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// SHA-256 of the bytes, hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// A version of a prompt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prompt {
    /// The template.
    pub template: String,
    /// Model, temperature and the like.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub parameters: Map<String, Value>,
}

impl Outside {
    pub(crate) fn parse(document: &[u8]) -> Result<Self> {
        serde_json::from_slice(document).map_err(EngineError::internal)
    }

    /// Its canonical JSON, once it is good enough to be registered.
    fn document(&self, loop_name: &str) -> Result<String> {
        let refuse =
            |path: &str, message: String| Err(EngineError::invalid("invalid_model", path, message));
        let name = self.name.as_str();
        let printable = name.chars().all(|c| !c.is_control() && !c.is_whitespace() && c != '/');
        if name.is_empty() || name.len() > LONGEST_NAME || !printable {
            return refuse(
                "/name",
                format!(
                    "name the version in 1 to {LONGEST_NAME} bytes without spaces or slashes, as in `intent@8`"
                ),
            );
        }
        if name.parse::<u64>().is_ok() {
            return refuse(
                "/name",
                "a bare number names the loop's own versions; write `intent@8`".to_owned(),
            );
        }
        if name.rsplit_once('@').is_some_and(|(first, _)| first == loop_name) {
            return refuse(
                "/name",
                format!(
                    "`{loop_name}@…` names the loop's own models; give yours another name before the `@`"
                ),
            );
        }
        match (self.kind, &self.prompt) {
            (OutsideKind::Prompt, None) => {
                return refuse("/prompt", "a prompt version carries its `template`".to_owned());
            }
            (OutsideKind::External, Some(_)) => {
                return refuse("/prompt", "only `kind: prompt` carries a prompt".to_owned());
            }
            _ => {}
        }
        let sha = self.artefact.as_ref().and_then(|artefact| artefact.sha256.as_ref());
        if sha.is_some_and(|sha| sha.len() != 64 || hex::decode(sha).is_err()) {
            return refuse("/artefact/sha256", "give SHA-256 as 64 hexadecimal digits".to_owned());
        }
        let text = record::canonical_text(self)?;
        if text.len() > LONGEST_DOCUMENT {
            return refuse(
                "",
                format!(
                    "what is registered takes at most {LONGEST_DOCUMENT} bytes; give large things by `artefact.uri`"
                ),
            );
        }
        Ok(text)
    }
}

/// Where the model of a proposal stands; `None` where the loop does not ask. What the loop's own
/// model proposes comes from the registry itself.
pub(crate) fn fact(
    tx: &mut dyn Tx,
    handle: &LoopHandle,
    proposal: &NewProposal,
) -> Result<Option<ModelFact>> {
    if !handle.spec().trusts_promoted_only() || proposal.by == MACHINE {
        return Ok(None);
    }
    fact_of(tx, handle.id, proposal.model.clone()).map(Some)
}

fn fact_of(tx: &mut dyn Tx, loop_id: LoopId, name: Option<String>) -> Result<ModelFact> {
    let known = match &name {
        Some(name) => outside::by_name(tx, loop_id, name)?,
        None => None,
    };
    let stage = match known.as_ref().map(|(_, stage)| stage.as_str()) {
        Some("live") => ModelStage::Live,
        Some("canary") => ModelStage::Canary,
        Some("shadow") => ModelStage::Shadow,
        Some(_) => ModelStage::Retired,
        None => ModelStage::Unregistered,
    };
    Ok(ModelFact { name, stage })
}

/// Refuses facts whose model has been moved since. Call it with the loop's row locked.
pub(crate) fn recheck(tx: &mut dyn Tx, loop_id: LoopId, fact: Option<&ModelFact>) -> Result<()> {
    match fact {
        Some(fact) if fact_of(tx, loop_id, fact.name.clone())? != *fact => Err(EngineError::Stale),
        _ => Ok(()),
    }
}

/// A version by its number or by its name.
pub(crate) fn resolve(tx: &mut dyn Tx, handle: &LoopHandle, named: &str) -> Result<ModelRow> {
    let own = named.rsplit_once('@').filter(|(first, _)| *first == handle.name).map(|(_, n)| n);
    let version = match own.unwrap_or(named).parse::<u64>() {
        Ok(version) => Some(version),
        Err(_) => outside::by_name(tx, handle.id, named)?.map(|(version, _)| version),
    };
    let row = match version {
        Some(version) => models::get(tx, handle.id, version)?,
        None => None,
    };
    row.ok_or_else(|| EngineError::not_found(format!("model {named} in loop {}", handle.name)))
}

impl Engine {
    /// Registers a model from outside. It takes the stage that the loop file says; in a loop with a
    /// built-in learner, and where an evaluation set is frozen that it has no score on, it begins in
    /// the shadow. The same registration again gives the model as it is now.
    pub async fn register_model(
        &self,
        principal: &Principal,
        loop_name: &str,
        new: Outside,
        idem: Option<IdemKey>,
    ) -> Result<(ModelView, bool)> {
        allow(principal, Action::ModelWrite, Some(loop_name))?;
        let handle = self.compiled(&principal.space, loop_name).await?;
        let document = new.document(&handle.name)?;
        let (inner, by) = (std::sync::Arc::clone(&self.inner), By::principal(principal));
        let asker = principal.clone();
        self.store()
            .write(move |tx| {
                replayed(tx, &asker, idem.as_ref())?;
                loops::lock(tx, handle.id)?;
                if let Some((version, _)) = outside::by_name(tx, handle.id, &new.name)? {
                    let row = models::get(tx, handle.id, version)?
                        .ok_or_else(|| EngineError::internal("a named model has no row"))?;
                    let stored = models::bytes(tx, handle.id, version)?;
                    if stored.as_deref() != Some(document.as_bytes()) {
                        return Err(EngineError::Conflict {
                            code: "model_exists",
                            message: format!(
                                "`{}` is registered with another content; a version never \
                                 changes: push the new one under a new name",
                                new.name
                            ),
                            resource: Some(row.id.to_string()),
                        });
                    }
                    return Ok((views::view(tx, &handle, &row)?, false));
                }
                let metrics = Metrics {
                    sha256: hex::encode(Sha256::digest(&document)),
                    ..Metrics::default()
                };
                let kind = match new.kind {
                    OutsideKind::External => "external",
                    OutsideKind::Prompt => "prompt",
                };
                let row = registry::register(
                    tx,
                    &inner.ids,
                    &handle,
                    &NewModel {
                        bytes: document.as_bytes(),
                        metrics: &metrics,
                        trained_on: new.trained_on,
                        kind,
                        name: Some(&new.name),
                        score: None,
                        by: &by,
                    },
                )?;
                remember(tx, &asker, idem.as_ref(), &row.id.to_string())?;
                Ok((views::view(tx, &handle, &row)?, true))
            })
            .await
    }

    /// Where the model of a proposal stands, where the loop asks.
    pub(crate) async fn model_fact(
        &self,
        handle: &std::sync::Arc<LoopHandle>,
        proposal: Option<&NewProposal>,
    ) -> Result<Option<ModelFact>> {
        let Some(proposal) = proposal
            .filter(|proposal| handle.spec().trusts_promoted_only() && proposal.by != MACHINE)
        else {
            return Ok(None);
        };
        let (handle, proposal) = (std::sync::Arc::clone(handle), proposal.clone());
        self.store().read(move |tx| fact(tx, &handle, &proposal)).await
    }
}

/// Whether a version may not be promoted for want of a score, and on which set.
pub(crate) fn unscored(tx: &mut dyn Tx, loop_id: LoopId, version: u64) -> Result<Option<u64>> {
    let Some(set) = evaluations::newest(tx, loop_id)? else { return Ok(None) };
    let scored = evaluations::scores(tx, loop_id, set.n)?.iter().any(|row| row.version == version);
    Ok((!scored).then_some(set.n))
}
