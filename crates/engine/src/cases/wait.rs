//! Waiting for a decision: parked until a commit wakes the caller, or the time is over.

use std::time::Duration;

use tandem_domain::CaseId;
use tandem_domain::case::{Case, DecisionState, Delivery};
use tandem_domain::command::Command;
use tokio::time::Instant;

use super::is_finished;
use crate::engine::Engine;
use crate::errors::Result;
use crate::principal::Principal;
use crate::record::By;

impl Engine {
    /// Waits until the case has an effective decision or is cancelled, at most `timeout`. Returns the
    /// case and whether it got there. Dropping the future detaches and cancels nothing.
    pub async fn wait(
        &self,
        principal: &Principal,
        id: CaseId,
        timeout: Duration,
    ) -> Result<(Case, bool)> {
        let deadline = Instant::now() + timeout;
        let mut allowed = false;
        let waiter = self.inner.waiters.register(id);
        let mut stop = self.stopping();
        loop {
            let notified = waiter.notify.notified();
            tokio::pin!(notified);
            // From here on no wake is missed; only then is the case read.
            notified.as_mut().enable();
            let case = self.read_case(principal, id).await?;
            if !allowed {
                self.may_read(principal, &case).await?;
                allowed = true;
            }
            if is_finished(&case) {
                self.deliver(&case);
                return Ok((case, true));
            }
            // The case is not kept while parked: ten thousand of them would be large.
            drop(case);
            let woken = tokio::select! {
                () = &mut notified => true,
                () = tokio::time::sleep_until(deadline) => false,
                _ = stop.wait_for(|stop| *stop) => false,
            };
            if !woken {
                let case = self.read_case(principal, id).await?;
                let finished = is_finished(&case);
                return Ok((case, finished));
            }
        }
    }

    /// Records, after the answer, that the decision was handed out for the first time.
    fn deliver(&self, case: &Case) {
        let pending = case.state.decisions.iter().any(|decision| {
            decision.state == DecisionState::Effective && decision.delivery == Delivery::Pending
        });
        if !pending {
            return;
        }
        let (engine, id) = (self.clone(), case.core.id);
        tokio::spawn(async move {
            let delivered =
                engine.order(None, id, By::machine(), false, |_, _| Ok(Command::Deliver));
            if let Err(error) = delivered.await {
                tracing::debug!(case = %id, %error, "the delivery was not recorded");
            }
        });
    }
}
