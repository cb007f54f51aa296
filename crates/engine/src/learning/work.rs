//! The worker: one plain thread of the lowest priority that trains and rescores, and the task that
//! tells it when to look.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tandem_domain::loops::LearnerKind;
use tandem_domain::{LoopId, Span};
use tandem_store::{Topic, Tx, counters, evaluations, jobs, loops, models, spaces};
use tokio::runtime::Handle;
use tokio::sync::broadcast::error::RecvError;

use super::lease::Held;
use super::score::Score;
use super::train::{JobError, marked};
use super::views::ModelView;
use super::{ready, registry, rescore, train};
use crate::engine::{Engine, Inner};
use crate::errors::{EngineError, Result};
use crate::loops::LoopHandle;

/// How often the worker looks around although nothing woke it: leases of dead workers run out
/// without a wake.
const IDLE: Duration = Duration::from_secs(1);
/// How long a shutdown waits for the job under way.
const PATIENCE: Duration = Duration::from_secs(5);
/// Times a job is started before it counts as failed.
const ATTEMPTS: u64 = 3;
/// Held-out rows below which their share says nothing.
const FEW: u64 = 20;
/// Spaces are read this many loops at a time.
const PAGE: u32 = 200;

/// What woke the worker.
#[derive(Default)]
struct Bell {
    state: Mutex<Rung>,
    rung: Condvar,
    /// The engine stops.
    stop: Arc<AtomicBool>,
}

#[derive(Default)]
struct Rung {
    loops: HashSet<LoopId>,
    /// Any loop may have new examples.
    all: bool,
    jobs: bool,
}

impl Bell {
    fn ring(&self, change: impl FnOnce(&mut Rung)) {
        change(&mut self.lock());
        self.rung.notify_one();
    }

    /// Waits for a ring, at most [`IDLE`], and takes what was rung for.
    fn wait(&self) -> Rung {
        let quiet =
            |rung: &mut Rung| !(rung.all || rung.jobs || self.stops()) && rung.loops.is_empty();
        let mut rung = match self.rung.wait_timeout_while(self.lock(), IDLE, quiet) {
            Ok((rung, _)) => rung,
            Err(poisoned) => poisoned.into_inner().0,
        };
        std::mem::take(&mut *rung)
    }

    fn stops(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    fn lock(&self) -> MutexGuard<'_, Rung> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps the cache of live models true. Runs on every node.
pub(crate) async fn listen(engine: Engine) {
    follow(&engine, None).await;
}

/// Trains and rescores until the engine stops. A job under way is given back: whoever comes next
/// begins it again.
pub(crate) async fn work(engine: Engine) {
    let bell = Arc::new(Bell::default());
    bell.ring(|rung| rung.all = true);
    let worker = Worker {
        inner: Arc::clone(&engine.inner),
        bell: Arc::clone(&bell),
        runtime: Handle::current(),
        learners: HashSet::new(),
        taught: HashSet::new(),
    };
    let name = "tandem-learn".to_owned();
    let thread = match std::thread::Builder::new().name(name).spawn(move || worker.run()) {
        Ok(thread) => thread,
        Err(error) => {
            tracing::error!(%error, "no thread to train on");
            return;
        }
    };
    follow(&engine, Some(&bell)).await;
    bell.stop.store(true, Ordering::Release);
    bell.ring(|_| ());
    // A fit cannot be interrupted. Whoever cannot wait for it ends the process: the job is a row
    // whose lease runs out.
    let patience = tokio::time::Instant::now() + PATIENCE;
    while !thread.is_finished() && tokio::time::Instant::now() < patience {
        tokio::time::sleep(PATIENCE / 500).await;
    }
    if !thread.is_finished() {
        tracing::warn!("a training is still under way; it begins again at the next start");
    } else if thread.join().is_err() {
        tracing::error!("the training thread failed");
    }
}

async fn follow(engine: &Engine, bell: Option<&Bell>) {
    let mut wakes = engine.store().subscribe();
    let mut stop = engine.stopping();
    let cache = &engine.inner.learning.cache;
    let ring = |change: &dyn Fn(&mut Rung)| {
        if let Some(bell) = bell {
            bell.ring(|rung| change(rung));
        }
    };
    loop {
        let topic = tokio::select! {
            topic = wakes.recv() => topic,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        match topic {
            Ok(Topic::Loop(id)) => {
                cache.invalidate(id);
                ring(&|rung| {
                    rung.loops.insert(id);
                });
            }
            Ok(Topic::Jobs) => ring(&|rung| rung.jobs = true),
            Ok(Topic::All) | Err(RecvError::Lagged(_)) => {
                cache.invalidate_all();
                ring(&|rung| rung.all = true);
            }
            Ok(_) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

impl Inner {
    /// The version of a loop that is in force, for plain threads.
    pub(crate) fn handle_blocking(self: &Arc<Self>, id: LoopId) -> Result<Arc<LoopHandle>> {
        let inner = Arc::clone(self);
        self.store.read_blocking(move |tx| inner.loops.head(tx, id))
    }
}

struct Worker {
    inner: Arc<Inner>,
    bell: Arc<Bell>,
    runtime: Handle,
    /// Loops whose model is trained here.
    learners: HashSet<LoopId>,
    /// Loops whose examples a trainer outside waits for.
    taught: HashSet<LoopId>,
}

/// Who learns from a loop.
enum Learner {
    BuiltIn,
    Outside,
}

impl Worker {
    fn run(mut self) {
        lower_priority();
        loop {
            let rung = self.bell.wait();
            if self.bell.stops() {
                return;
            }
            if let Err(error) = self.look(&rung) {
                tracing::warn!(%error, "looking for something to learn failed");
                std::thread::sleep(IDLE / 4);
            }
        }
    }

    /// Queues trainings that are due, then works until no job may start.
    fn look(&mut self, rung: &Rung) -> Result<()> {
        let changed =
            if rung.all { self.every_loop()? } else { rung.loops.iter().copied().collect() };
        for loop_id in changed {
            self.learners.remove(&loop_id);
            self.taught.remove(&loop_id);
            match self.learns(loop_id)? {
                Some(Learner::BuiltIn) => self.learners.insert(loop_id),
                Some(Learner::Outside) => self.taught.insert(loop_id),
                None => false,
            };
        }
        for loop_id in &self.learners {
            self.queue_if_due(*loop_id)?;
        }
        for loop_id in &self.taught {
            let handle = self.inner.handle_blocking(*loop_id)?;
            if !self.good_enough(&handle)? {
                ready::tell_if_due(&self.inner, &handle)?;
            }
        }
        while !self.bell.stops() {
            let kinds = &[super::TRAIN, super::RESCORE];
            let Some(held) = Held::next(&self.inner.store, &self.runtime, kinds, &self.bell.stop)?
            else {
                return Ok(());
            };
            self.start(&held)?;
            for loop_id in &self.learners {
                self.queue_if_due(*loop_id)?;
            }
        }
        Ok(())
    }

    fn every_loop(&self) -> Result<Vec<LoopId>> {
        let mut all = Vec::new();
        let spaces =
            self.inner.store.read_blocking(|tx| spaces::list(tx).map_err(EngineError::from))?;
        for space in spaces.into_iter().map(|space| space.id) {
            let mut after = None;
            loop {
                let (space, from) = (space.clone(), after);
                let page = self.inner.store.read_blocking(move |tx| {
                    loops::list(tx, &space, from, PAGE).map_err(EngineError::from)
                })?;
                after = page.last().map(|row| row.id);
                all.extend(page.iter().map(|row| row.id));
                if page.len() < PAGE as usize {
                    break;
                }
            }
        }
        Ok(all)
    }

    /// Who learns from a loop.
    fn learns(&self, loop_id: LoopId) -> Result<Option<Learner>> {
        match self.inner.handle_blocking(loop_id) {
            Ok(handle) if handle.spec().learner.kind == LearnerKind::External => {
                Ok(Some(Learner::Outside))
            }
            Ok(handle) => Ok(handle.spec().learned_field().map(|_| Learner::BuiltIn)),
            // A loop whose first version is a draft learns nothing yet.
            Err(EngineError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Queues a training if enough new examples came in since the last one.
    fn queue_if_due(&self, loop_id: LoopId) -> Result<()> {
        let handle = self.inner.handle_blocking(loop_id)?;
        let learner = &handle.spec().learner;
        let (every, first) = (f64::from(learner.retrain.every), f64::from(learner.min_examples));
        let due =
            self.inner.store.read_blocking(move |tx| is_due(tx, loop_id, every.max(1.0), first))?;
        if due && !self.good_enough(&handle)? {
            let (inner, space) = (Arc::clone(&self.inner), handle.space.clone());
            self.inner.store.write_blocking(move |tx| {
                if is_due(tx, loop_id, every.max(1.0), first)? {
                    registry::queue_train(tx, &inner.ids, &space, loop_id, "retrain")?;
                }
                Ok::<_, EngineError>(())
            })?;
        }
        Ok(())
    }

    /// Whether the live model is as good as the loop file wants it: then it stays, so that evidence can
    /// gather for it. Somebody may train by hand all the same.
    fn good_enough(&self, handle: &LoopHandle) -> Result<bool> {
        let Some(until) = handle.spec().learner.until else { return Ok(false) };
        let loop_id = handle.id;
        let (live, score) = self.inner.store.read_blocking(move |tx| {
            let Some(live) = models::in_stage(tx, loop_id, "live")? else {
                return Ok((None, None));
            };
            let score = match evaluations::newest(tx, loop_id)? {
                Some(set) => evaluations::scores(tx, loop_id, set.n)?
                    .into_iter()
                    .find(|row| row.version == live.version)
                    .map(|row| row.score),
                None => None,
            };
            Ok::<_, EngineError>((Some(live), score))
        })?;
        let Some(live) = live else { return Ok(false) };
        if let Some(score) = score {
            // The frozen set tells, for models from here and from outside alike.
            let score: Score = serde_json::from_str(&score).map_err(EngineError::internal)?;
            return Ok(score.accuracy.estimate >= until.at_least);
        }
        if registry::is_outside(&live) {
            // What whoever pushed it claims is no evidence.
            return Ok(false);
        }
        let metrics = ModelView::of(&handle.name, &live)?.metrics;
        // A share of a handful of rows says nothing yet: the folds of the training rows do.
        let held_out = metrics.accuracy.filter(|share| share.n >= FEW).map(|share| share.estimate);
        Ok(held_out.or(metrics.cross_validated).is_some_and(|share| share >= until.at_least))
    }

    fn start(&self, held: &Held) -> Result<()> {
        let result = match held.job.kind.as_str() {
            super::TRAIN => train::run(&self.inner, held),
            _ => rescore::run(&self.inner, held),
        };
        let job = &held.job;
        let (id, token) = (job.id, job.token);
        match result {
            Ok(()) => Ok(()),
            Err(JobError::Lost) => {
                tracing::warn!(job = %id, "the job was taken over by another worker");
                Ok(())
            }
            Err(error @ JobError::Stopped) => {
                let text = error.to_string();
                self.inner.store.write_blocking(move |tx| {
                    let now = tx.now();
                    jobs::retry(tx, id, token, now, &text).map_err(EngineError::from)
                })?;
                Ok(())
            }
            Err(JobError::Engine(error)) if job.attempts < ATTEMPTS => {
                tracing::warn!(job = %id, kind = job.kind, %error, "a job failed and is tried again");
                let pause = Span::seconds(1 << job.attempts.min(6));
                let text = error.to_string();
                self.inner.store.write_blocking(move |tx| {
                    let at = tx.now() + pause;
                    jobs::retry(tx, id, token, at, &text).map_err(EngineError::from)
                })?;
                Ok(())
            }
            Err(error) => {
                tracing::warn!(job = %id, kind = job.kind, %error, "a job failed");
                let text = error.to_string();
                self.inner.store.write_blocking(move |tx| {
                    jobs::finish(tx, id, token, Some(&text)).map_err(EngineError::from)
                })?;
                Ok(())
            }
        }
    }
}

/// Whether a loop has `every` examples more than the last training saw, or enough for its first.
fn is_due(tx: &mut dyn Tx, loop_id: LoopId, every: f64, first: f64) -> Result<bool> {
    let examples = counters::get(tx, loop_id, super::examples::TOTAL)?;
    let seen = marked(tx, loop_id)?;
    let need = if seen > 0.0 { seen + every } else { first.max(1.0) };
    if examples < need || jobs::is_active(tx, loop_id, super::TRAIN)? {
        return Ok(false);
    }
    // A loop that was restored without its mark must not train at every look.
    Ok(seen > 0.0 || models::newest_version(tx, loop_id)? == 0 || examples >= every)
}

/// Training must not take the machine from whoever waits for an answer. Linux keeps a priority for
/// each thread; elsewhere it belongs to the process and is left alone.
fn lower_priority() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, 19) {
        tracing::debug!(%error, "the training thread keeps its priority");
    }
}
