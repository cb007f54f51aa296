//! A leased job: its heartbeat, its progress, and whether it is still ours.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tandem_domain::{JobId, Span, Timestamp};
use tandem_store::jobs::Job;
use tandem_store::{Store, StoreError, Tx, jobs};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::train::JobError;

/// How long a job is ours without a sign of life.
pub(crate) const LEASE: Span = Span::seconds(20);
/// Heartbeats per lease.
const BEATS: u32 = 4;

/// A job that this worker holds. While it lives a task renews the lease; dropping it ends that.
pub(crate) struct Held {
    pub(crate) job: Job,
    shared: Arc<Shared>,
    /// Set when the engine stops.
    stop: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    lost: AtomicBool,
    /// Bits of the progress, 0..=1.
    progress: AtomicU64,
}

impl Held {
    /// Leases the next job of one of `kinds`, if there is one that may start.
    pub(crate) fn next(
        store: &Store,
        runtime: &Handle,
        kinds: &'static [&'static str],
        stop: &Arc<AtomicBool>,
    ) -> Result<Option<Self>, StoreError> {
        let any = store.read_blocking(move |tx| jobs::any_unfinished(tx, kinds))?;
        if !any {
            return Ok(None);
        }
        let job = store.write_blocking(move |tx| {
            let until = tx.now() + LEASE;
            jobs::lease(tx, kinds, until)
        })?;
        Ok(job.map(|job| {
            let shared = Arc::new(Shared::default());
            shared.progress.store(job.progress.to_bits(), Ordering::Release);
            let beat = beat(store.clone(), job.id, job.token, Arc::clone(&shared));
            Self { job, shared, stop: Arc::clone(stop), task: runtime.spawn(beat) }
        }))
    }

    /// Whether to go on: not when somebody else holds the job now, nor when the engine stops. What
    /// was not written yet must not be then.
    pub(crate) fn go_on(&self) -> Result<(), JobError> {
        if self.shared.lost.load(Ordering::Acquire) {
            return Err(JobError::Lost);
        }
        if self.stop.load(Ordering::Acquire) {
            return Err(JobError::Stopped);
        }
        Ok(())
    }

    /// Notes progress, 0..=1; written with the next heartbeat.
    pub(crate) fn progress(&self, share: f64) {
        self.shared.progress.store(share.clamp(0.0, 1.0).to_bits(), Ordering::Release);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn beat(store: Store, id: JobId, token: u64, shared: Arc<Shared>) {
    let pause = Duration::from_micros(LEASE.0.unsigned_abs()) / BEATS;
    loop {
        tokio::time::sleep(pause).await;
        let progress = f64::from_bits(shared.progress.load(Ordering::Acquire));
        let renewed = store
            .write(move |tx: &mut dyn Tx| {
                let until: Timestamp = tx.now() + LEASE;
                jobs::heartbeat(tx, id, token, until, progress)
            })
            .await;
        match renewed {
            Ok(true) => {}
            Ok(false) => {
                shared.lost.store(true, Ordering::Release);
                return;
            }
            Err::<bool, StoreError>(error) => {
                tracing::warn!(job = %id, %error, "a heartbeat failed");
            }
        }
    }
}
