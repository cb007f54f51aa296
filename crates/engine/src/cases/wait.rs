//! Waiting for a decision: parked until a commit wakes the caller, or the time is over.

use std::time::Duration;

use tandem_domain::CaseId;
use tandem_domain::case::Case;
use tokio::time::Instant;

use super::is_finished;
use crate::engine::Engine;
use crate::errors::Result;
use crate::principal::Principal;

impl Engine {
    /// Waits until the case has an effective decision or is cancelled, at most `timeout`. Returns the
    /// case and whether it got there. Dropping the future detaches and cancels nothing.
    pub async fn wait(
        &self,
        principal: &Principal,
        id: CaseId,
        timeout: Duration,
    ) -> Result<(Case, bool)> {
        self.wait_for(principal, id, timeout, is_finished).await
    }

    /// As [`Engine::wait`], until `ready` says so.
    pub async fn wait_for(
        &self,
        principal: &Principal,
        id: CaseId,
        timeout: Duration,
        ready: fn(&Case) -> bool,
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
            if ready(&case) {
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
                let finished = ready(&case);
                return Ok((case, finished));
            }
        }
    }
}
