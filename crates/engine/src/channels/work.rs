//! A task for every active channel.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tandem_domain::{ChannelId, Timestamp};
use tandem_store::Topic;
use tandem_store::channels::{self, Channel};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{Direction, pause_after};
use crate::engine::Engine;
use crate::errors::EngineError;

/// How often channels are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How soon they are looked at again while one is being ended.
const SOON: Duration = Duration::from_millis(50);
/// How long a task may take to end when the server stops.
const FAREWELL: Duration = Duration::from_secs(3);

struct Served {
    revision: u64,
    end: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// Why serving a channel ended.
pub(super) struct Ended {
    /// What failed.
    pub(super) why: String,
    /// Whether it had worked before.
    pub(super) was_well: bool,
}

impl Ended {
    pub(super) fn at_once(why: impl std::fmt::Display) -> Self {
        Self { why: why.to_string(), was_well: false }
    }

    pub(super) fn later(why: impl std::fmt::Display) -> Self {
        Self { why: why.to_string(), was_well: true }
    }
}

/// Serves active channels until the engine stops.
pub(crate) async fn work(engine: Engine) {
    let mut wakes = engine.store().subscribe();
    let mut stop = engine.stopping();
    let mut served: HashMap<ChannelId, Served> = HashMap::new();
    loop {
        let pause = match engine.every_channel().await {
            Ok(mut rows) => {
                rows.retain(|channel| channel.state == "active");
                arrange(&engine, rows, &mut served)
            }
            Err(error) => {
                tracing::warn!(%error, "channels could not be looked at");
                LOOK
            }
        };
        let sleep = tokio::time::sleep(pause);
        tokio::pin!(sleep);
        loop {
            tokio::select! {
                () = &mut sleep => break,
                () = told(&mut stop) => {
                    for one in served.values() {
                        one.end.send_replace(true);
                    }
                    for (_, one) in served.drain() {
                        drop(tokio::time::timeout(FAREWELL, one.task).await);
                    }
                    return;
                }
                topic = wakes.recv() => match topic {
                    Ok(Topic::Webhooks | Topic::All) | Err(RecvError::Lagged(_)) => break,
                    Ok(_) => {}
                    Err(RecvError::Closed) => return,
                },
            }
        }
    }
}

/// Ends what is gone or changed, and begins what is new; returns when to look again.
fn arrange(
    engine: &Engine,
    rows: Vec<Channel>,
    served: &mut HashMap<ChannelId, Served>,
) -> Duration {
    let rows: HashMap<ChannelId, Channel> = rows.into_iter().map(|row| (row.id, row)).collect();
    for (id, one) in served.iter() {
        if rows.get(id).is_none_or(|row| row.revision != one.revision) {
            one.end.send_replace(true);
        }
    }
    served.retain(|_, one| !one.task.is_finished());
    let mut pause = LOOK;
    for (id, row) in rows {
        if served.contains_key(&id) {
            if served.get(&id).is_some_and(|one| *one.end.borrow()) {
                pause = SOON;
            }
            continue;
        }
        let end = watch::Sender::new(false);
        let revision = row.revision;
        let task = tokio::spawn(engine.clone().serve(row, end.subscribe()));
        served.insert(id, Served { revision, end, task });
    }
    pause
}

impl Engine {
    /// Serves one channel until it is told to end: connects, works, and after a failure connects again,
    /// with pauses of half a second to half a minute.
    async fn serve(self, channel: Channel, mut end: watch::Receiver<bool>) {
        let id = channel.id;
        let mut failures = 0;
        // The right to send, while this task holds it: it ends wherever the task is interrupted.
        let held = AtomicU64::new(0);
        loop {
            let working = async {
                if channel.direction == Direction::In.as_str() {
                    self.read_on(&channel).await
                } else {
                    self.write_on(&channel, &held).await
                }
            };
            let ended = tokio::select! {
                ended = working => ended,
                () = told(&mut end) => break,
            };
            failures = if ended.was_well { 0 } else { failures + 1 };
            let pause = pause_after(failures);
            self.inner.metrics.channels_failed.add(1);
            tracing::warn!(channel = %channel.name, why = %ended.why, "a channel failed");
            self.note_failure(id, ended.why, Some(pause), true).await;
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = told(&mut end) => break,
            }
        }
        let token = held.load(Ordering::Relaxed);
        let gone = self.inner.store.write(move |tx| {
            channels::disconnected(tx, id)?;
            if token > 0 {
                channels::unlease(tx, id, token)?;
            }
            Ok::<_, EngineError>(())
        });
        drop(gone.await);
    }

    /// Writes a failure into the channel's health.
    pub(super) async fn note_failure(
        &self,
        id: ChannelId,
        why: String,
        pause: Option<Duration>,
        down: bool,
    ) {
        let why: String = why.chars().filter(|c| *c != '\0').take(500).collect();
        let noted = self.inner.store.write(move |tx| {
            let retry_at = pause.map(|pause| Timestamp(tx.now().0 + pause.as_micros() as i64));
            channels::failed(tx, id, &why, retry_at, down)?;
            Ok::<_, EngineError>(())
        });
        if let Err(error) = noted.await {
            tracing::warn!(%error, "the health of a channel could not be written");
        }
    }

    /// Writes into the channel's health that it is connected.
    pub(super) async fn note_connected(&self, id: ChannelId) -> Result<(), EngineError> {
        let noted = self.inner.store.write(move |tx| {
            channels::connected(tx, id)?;
            Ok::<_, EngineError>(())
        });
        noted.await
    }
}

/// Waits for a flag. The guard of the value is not kept: it may not cross an `await`.
async fn told(flag: &mut watch::Receiver<bool>) {
    drop(flag.wait_for(|flag| *flag).await);
}
