//! What becomes of runs by themselves: leases run out, and gates nobody can use are withdrawn.

use tandem_domain::command::Command;
use tandem_domain::run::RunCommand;
use tandem_domain::{RunId, Span, Timestamp};
use tandem_store::runs;

use super::turn::Turn;
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::record::By;

/// What every run has at least after the server was down.
const GRACE: Span = Span::seconds(30);
/// Leases ended in one transaction: few enough that an order to a run does not wait for long.
const TOGETHER: usize = 64;
/// Gates withdrawn at a time.
const PAGE: u32 = 200;

impl Engine {
    /// Gives live runs time to check in again after this server was down.
    pub(crate) async fn spare_runs(&self) -> Result<()> {
        let spared = self.inner.store.write(|tx| {
            let until = tx.now() + GRACE;
            Ok::<_, EngineError>(runs::extend_leases(tx, until)?)
        });
        spared.await.map(|_| ())
    }

    /// Ends leases that ran out and withdraws gates of runs that are over; returns how many.
    pub(crate) async fn tend_runs(&self, now: Timestamp, batch: u32) -> Result<usize> {
        let found = self.inner.store.read(move |tx| {
            Ok::<_, EngineError>((runs::expired(tx, now, batch)?, runs::to_sweep(tx, batch)?))
        });
        let (mut lapsed, over) = found.await?;
        let count = lapsed.len() + over.len();
        // Locked in the order of ids, as everywhere where there are several.
        lapsed.sort_unstable();
        for together in lapsed.chunks(TOGETHER) {
            self.lose(together).await;
        }
        if !over.is_empty()
            && let Err(error) = self.withdraw_gates(over).await
        {
            tracing::warn!(%error, "gates of runs that are over stay open");
        }
        Ok(count)
    }

    /// Ends leases in one transaction; one by one where that fails, so that none keeps the others.
    async fn lose(&self, ids: &[RunId]) {
        let Err(error) = self.lose_together(ids.to_vec()).await else { return };
        if ids.len() == 1 {
            tracing::warn!(run = ?ids, %error, "a lease that ran out could not be ended");
            return;
        }
        for id in ids {
            if let Err(error) = self.lose_together(vec![*id]).await {
                tracing::warn!(run = %id, %error, "a lease that ran out could not be ended");
            }
        }
    }

    async fn lose_together(&self, ids: Vec<RunId>) -> Result<()> {
        let lost = self.inner.store.write(move |tx| {
            let mut lost = 0;
            for id in &ids {
                let mut turn = Turn::begin(tx, *id)?;
                // It may have checked in since it was found.
                let now = tx.now();
                if turn.run.lease_until.is_some_and(|until| until <= now) {
                    turn.apply(tx, RunCommand::Lose, &By::timer())?;
                    turn.save(tx)?;
                    lost += 1;
                }
            }
            Ok::<_, EngineError>(lost)
        });
        self.inner.metrics.runs_lost.add(lost.await?);
        Ok(())
    }

    /// Cancels what nobody has decided. No gate is added any more: whoever submits one reads the run.
    async fn withdraw_gates(&self, runs: Vec<RunId>) -> Result<()> {
        let mut before = u64::MAX;
        loop {
            let ids = runs.clone();
            let found = self.inner.store.read(move |tx| {
                let open = runs::open_gates_of(tx, &ids, PAGE)?;
                let left = runs::count_open_gates_of(tx, &ids)?;
                Ok::<_, EngineError>((open, left.into_values().sum::<u64>()))
            });
            let (open, left) = found.await?;
            // What cannot be withdrawn is left to people: its grant is refused anyway.
            if open.is_empty() || left >= before {
                break;
            }
            before = left;
            let mut cancelling = tokio::task::JoinSet::new();
            for case in open {
                let engine = self.clone();
                cancelling.spawn(async move {
                    let cancel = |_: &_, _: &_| Ok(Command::Cancel);
                    let cancelled = engine.order(None, case, By::timer(), false, cancel).await;
                    if let Err(error) = cancelled {
                        tracing::debug!(%case, %error, "a gate was not withdrawn");
                    }
                });
            }
            while cancelling.join_next().await.is_some() {}
        }
        let done = self.inner.store.write(move |tx| Ok::<_, EngineError>(runs::swept(tx, &runs)?));
        done.await
    }
}
