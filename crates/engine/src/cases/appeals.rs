//! Appeals: a person affected, or somebody for them, contests a decision.

use tandem_domain::case::{AppealEvidence, Case};
use tandem_domain::command::{Command, NewAppeal};
use tandem_domain::{CaseId, MediaId};
use tandem_store::media;

use super::IdemKey;
use crate::access::{Action, allow_case};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::principal::Principal;

/// An appeal as it comes in.
#[derive(Debug, Clone, PartialEq)]
pub struct Lodged {
    /// Who contests the decision.
    pub by: String,
    /// Why it is wrong.
    pub statement: String,
    /// What speaks for that.
    pub evidence: Vec<AppealEvidence>,
}

impl Engine {
    /// Contests the decision in force. A halt does not stop anybody from it.
    ///
    /// # Errors
    /// `not_appealable`, `too_late` or `appeal_open` where the decision cannot be contested (now).
    pub async fn appeal(
        &self,
        principal: &Principal,
        id: CaseId,
        lodged: Lodged,
        idem: Option<IdemKey>,
    ) -> Result<Case> {
        self.check_files(principal, &lodged.evidence).await?;
        let asker = principal.clone();
        let Lodged { by, statement, evidence } = lodged;
        self.perform(principal, id, false, idem, move |case, handle| {
            let (action, own) = (Action::CaseAppeal, Action::CaseAppealOwn);
            allow_case(&asker, action, own, &handle.name, &case.core)?;
            let appeal = NewAppeal {
                by: by.clone(),
                statement: statement.clone(),
                evidence: evidence.clone(),
                lodged_by: asker.id(),
                excluded: Vec::new(),
            };
            Ok(Command::Appeal { appeal: Box::new(appeal) })
        })
        .await
    }

    /// Takes the open appeal back: for whoever handed it in.
    pub async fn withdraw_appeal(
        &self,
        principal: &Principal,
        id: CaseId,
        idem: Option<IdemKey>,
    ) -> Result<Case> {
        let asker = principal.clone();
        self.perform(principal, id, false, idem, move |case, handle| {
            let (action, own) = (Action::CaseAppeal, Action::CaseAppealOwn);
            allow_case(&asker, action, own, &handle.name, &case.core)?;
            Ok(Command::WithdrawAppeal { by: asker.id() })
        })
        .await
    }

    /// Evidence names files that the space has.
    async fn check_files(&self, principal: &Principal, evidence: &[AppealEvidence]) -> Result<()> {
        let files = evidence.iter().enumerate().filter_map(|(i, piece)| Some((i, piece.media?)));
        let files: Vec<(usize, MediaId)> = files.take(100).collect();
        if files.is_empty() {
            return Ok(());
        }
        let space = principal.space.clone();
        let missing = self.inner.store.read(move |tx| {
            for (i, id) in &files {
                if !media::exists(tx, &space, *id)? {
                    return Ok::<_, EngineError>(Some((*i, *id)));
                }
            }
            Ok(None)
        });
        match missing.await? {
            None => Ok(()),
            Some((i, id)) => {
                let message =
                    format!("there is no file {id}; upload it with `POST /v1/media` first");
                let path = format!("/evidence/{i}/media");
                Err(EngineError::invalid("invalid_input", path, message))
            }
        }
    }
}
