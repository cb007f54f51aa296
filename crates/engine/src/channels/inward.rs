//! Messages come in and become cases.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use tandem_connect::broker::{Incoming, ReadFrom, Settle, Source};
use tandem_connect::cloudevent;
use tandem_domain::MessageId;
use tandem_store::channels::{self, Channel, Fault, Message};

use super::work::Ended;
use super::{Broker, Config, config_of, pause_after, text};
use crate::cases::{LineError, Submission};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::principal::Principal;

/// Messages taken at a time.
const MOST: usize = 1_024;
/// How long the first message is waited for.
const WAIT: Duration = Duration::from_secs(1);
/// How often the broker is asked how much waits.
const LAG_EVERY: Duration = Duration::from_secs(5);
/// Deliveries after which a message that fails by a defect of ours is kept as a dead letter.
const MOST_DELIVERIES: u64 = 5;
/// The largest message that is kept when it is no good, whole or it could not be handed in again: what RabbitMQ
/// takes at most, and as much as any way in reads. A larger one stays with the broker.
const LARGEST: usize = 16 << 20;
/// Bytes of messages that are no good kept at a time; those beyond come again.
const MOST_KEPT: usize = 64 << 20;

/// What became of a batch.
pub(super) struct Taken {
    /// What the broker is told.
    pub(super) told: Vec<(u64, Settle)>,
    /// Why messages are left with the broker, where some are.
    pub(super) problem: Option<String>,
}

/// What is to become of a message.
enum Fate {
    Done,
    Later(String),
    Dead(Fault),
}

impl Engine {
    /// Reads until something fails.
    pub(super) async fn read_on(&self, channel: &Channel) -> Ended {
        let mut source = match self.open_source(channel).await {
            Ok(source) => source,
            Err(why) => return Ended::at_once(why),
        };
        if let Err(error) = self.note_connected(channel.id).await {
            return Ended::at_once(error);
        }
        match self.read_from(channel, source.as_mut()).await {
            Ok(never) => never,
            Err(why) => Ended::later(why),
        }
    }

    async fn read_from(&self, channel: &Channel, source: &mut dyn Source) -> Result<Ended, String> {
        let mut looked: Option<Instant> = None;
        let mut known = None;
        let mut failures = 0;
        loop {
            if looked.is_none_or(|at| at.elapsed() > LAG_EVERY) {
                looked = Some(Instant::now());
                let lag = source.waiting().await.map_err(text)?;
                // An idle channel writes nothing.
                if let Some(waiting) = lag.filter(|_| lag != known) {
                    self.note_lag(channel, waiting).await.map_err(text)?;
                    known = lag;
                }
            }
            let batch = source.next(MOST, WAIT).await.map_err(text)?;
            if batch.is_empty() {
                continue;
            }
            let pause = pause_after(failures);
            let taken = self.take_in(channel, batch, pause).await;
            source.settle(taken.told).await.map_err(text)?;
            let Some(why) = taken.problem else {
                failures = 0;
                continue;
            };
            failures += 1;
            self.inner.metrics.channels_failed.add(1);
            self.note_failure(channel.id, why, Some(pause), false).await;
            tokio::time::sleep(pause).await;
        }
    }

    async fn note_lag(&self, channel: &Channel, lag: u64) -> Result<()> {
        let id = channel.id;
        let noted = self.inner.store.write(move |tx| {
            channels::lagging(tx, id, lag)?;
            Ok::<_, EngineError>(())
        });
        noted.await
    }

    /// Connects to what a channel reads from.
    pub(super) async fn open_source(&self, channel: &Channel) -> Result<Box<dyn Source>, String> {
        let Config::Broker(broker) = config_of(channel).map_err(text)? else {
            return Err("nothing comes in from a help desk but by /sync".to_owned());
        };
        let setup = self.setup(channel, &broker).await?;
        let from = read_from(channel, *broker);
        self.inner.channels.settings.connector.source(setup, from).await.map_err(text)
    }

    /// Turns a batch into cases; what is no good is kept. Nothing is acknowledged here: the caller
    /// does that, after the commits.
    pub(super) async fn take_in(
        &self,
        channel: &Channel,
        batch: Vec<Incoming>,
        pause: Duration,
    ) -> Taken {
        let loop_name = channel.loop_name.clone().unwrap_or_default();
        let who = Principal::channel(
            channel.id,
            channel.made_by_person,
            &channel.name,
            &channel.space,
            &loop_name,
        );
        let read = self.inner.channels.settings.read;
        let mut lines = Vec::with_capacity(batch.len());
        let mut inside = Vec::with_capacity(batch.len());
        for (at, message) in batch.iter().enumerate() {
            let line = submission(read, &who, &message.body, message.id.as_deref());
            inside.push(line.as_ref().is_ok_and(|(_, inside)| *inside));
            lines.push((at as u64, line.map(|(submission, _)| submission)));
        }
        let mut fates: Vec<Fate> = Vec::with_capacity(batch.len());
        match self.submit_batch(&who, &loop_name, lines).await {
            // The loop is not there, or the server stops: of all of them.
            Err(error) => {
                fates.extend(batch.iter().map(|_| Fate::Later(why_of(&error, &loop_name))));
            }
            Ok(results) => {
                for ((message, inside), result) in batch.iter().zip(inside).zip(results) {
                    fates.push(match result.outcome {
                        Ok(_) => Fate::Done,
                        Err(error) => fate(&error, message, &loop_name, inside),
                    });
                }
            }
        }
        self.keep(channel, batch, fates, pause).await
    }

    /// Keeps what is no good, counts, and says what the broker is to be told.
    async fn keep(
        &self,
        channel: &Channel,
        batch: Vec<Incoming>,
        fates: Vec<Fate>,
        pause: Duration,
    ) -> Taken {
        let mut told = Vec::with_capacity(batch.len());
        let mut letters = Vec::new();
        let (mut problem, mut done) = (None, 0_u64);
        let mut kept = 0;
        for (message, fate) in batch.into_iter().zip(fates) {
            let settle = match fate {
                Fate::Done => {
                    done += 1;
                    Settle::Done
                }
                Fate::Later(why) => {
                    problem.get_or_insert(why);
                    Settle::Later(pause)
                }
                Fate::Dead(fault) if message.body.len() > LARGEST => {
                    problem.get_or_insert(too_large(&message, &fault));
                    Settle::Later(pause)
                }
                Fate::Dead(_) if kept + message.body.len() > MOST_KEPT => Settle::Later(pause),
                Fate::Dead(fault) => match self.letter(channel, &message, fault) {
                    Ok(letter) => {
                        kept += letter.body.len();
                        letters.push(letter);
                        Settle::Dead
                    }
                    Err(error) => {
                        problem.get_or_insert(error.to_string());
                        Settle::Later(pause)
                    }
                },
            };
            told.push((message.tag, settle));
        }
        let (id, dead) = (channel.id, letters.len() as u64);
        let letters = Arc::new(letters);
        let written = self.inner.store.write(move |tx| {
            let now = tx.now();
            let mut new = 0;
            // One at a time: they may be large, and this may run again.
            for letter in letters.iter() {
                let mut letter = letter.clone();
                (letter.available_at, letter.created_at, letter.finished_at) =
                    (now, now, Some(now));
                new += channels::insert(tx, &[letter])?;
            }
            channels::passed(tx, id, done, new)?;
            Ok::<_, EngineError>(())
        });
        if let Err(error) = written.await {
            // What was not kept is not given up: the broker has it still.
            for (_, settle) in told.iter_mut().filter(|(_, settle)| *settle == Settle::Dead) {
                *settle = Settle::Later(pause);
            }
            problem.get_or_insert(error.to_string());
        }
        self.inner.metrics.channels_taken.add(done);
        self.inner.metrics.channels_refused.add(dead);
        Taken { told, problem }
    }

    /// A message that was no good, as it is kept: once, however often it comes.
    fn letter(&self, channel: &Channel, message: &Incoming, fault: Fault) -> Result<Message> {
        let id = match &message.id {
            Some(source) => {
                let mut hash = Sha256::new();
                hash.update(channel.id.as_bytes());
                hash.update(source.as_bytes());
                hash.update(&message.body);
                let mut bytes = [0; 16];
                bytes.copy_from_slice(&hash.finalize()[..16]);
                MessageId::from_bytes(bytes)
            }
            None => MessageId(self.inner.ids.uuid(self.now())?),
        };
        let clean = |text: &str| text.replace('\0', "\u{fffd}");
        Ok(Message {
            seq: 0,
            channel: channel.id,
            id,
            lane: clean(&message.subject),
            kind: "case".to_owned(),
            source: message.id.as_deref().map(clean),
            body: message.body.to_vec(),
            state: "dead".to_owned(),
            available_at: self.now(),
            attempts: message.deliveries,
            fault,
            case: None,
            created_at: self.now(),
            finished_at: None,
        })
    }
}

fn read_from(channel: &Channel, broker: Broker) -> ReadFrom {
    if let Some(queue) = broker.queue {
        return ReadFrom::Queue(queue);
    }
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' };
    let named = || format!("tandem-{}", channel.name.chars().map(plain).collect::<String>());
    ReadFrom::Stream {
        stream: broker.stream.unwrap_or_default(),
        subject: broker.subject.unwrap_or_default(),
        durable: broker.durable.unwrap_or_else(named),
    }
}

/// Reads a message as a case, and says whether it was inside a CloudEvent. What names the message names
/// the case, unless the case has a key.
pub(super) fn submission(
    read: super::ReadCase,
    who: &Principal,
    body: &[u8],
    named: Option<&str>,
) -> Result<(Submission, bool), LineError> {
    let opened = cloudevent::open(body).map_err(|(path, why)| LineError {
        code: "invalid_event",
        path: Some(path),
        message: why.to_owned(),
    })?;
    let inside = opened.id.is_some();
    let mut submission = read(&opened.data, &who.id()).map_err(|error| LineError {
        path: error.path.map(|path| if inside { format!("/data{path}") } else { path }),
        ..error
    })?;
    if submission.key.is_none() {
        submission.key = opened.id.or_else(|| named.map(str::to_owned));
    }
    if submission.key.is_none() {
        return Err(LineError {
            code: "missing_id",
            path: None,
            message: "a message that comes again could not be told from a new one: give it a \
                 `message_id` or the id of a CloudEvent, or the case a `key`"
                .to_owned(),
        });
    }
    Ok((submission, inside))
}

/// Whether a failure is the message's own fault.
fn fate(error: &EngineError, message: &Incoming, loop_name: &str, inside: bool) -> Fate {
    match error {
        EngineError::Invalid { .. } | EngineError::Refused(_) | EngineError::Conflict { .. } => {
            Fate::Dead(fault_of(error, inside))
        }
        EngineError::Internal(_) if message.deliveries >= MOST_DELIVERIES => {
            Fate::Dead(fault_of(error, inside))
        }
        other => Fate::Later(why_of(other, loop_name)),
    }
}

/// A failure as it is kept; `inside` for a case inside a CloudEvent.
pub(super) fn fault_of(error: &EngineError, inside: bool) -> Fault {
    let path = match error {
        EngineError::Invalid { path, .. } => path.clone(),
        EngineError::Refused(refusal) => refusal.path.clone(),
        _ => None,
    };
    let path = path.map(|path| if inside { format!("/data{path}") } else { path });
    let message = error.to_string().replace('\0', "\u{fffd}");
    Fault { code: Some(error.code().to_owned()), path, error: Some(message) }
}

/// Why a message that is no good is not given up: nothing would be left of it but its beginning.
fn too_large(message: &Incoming, fault: &Fault) -> String {
    let named = message.id.as_deref().unwrap_or("without an id");
    let named: String = named.replace('\0', "\u{fffd}").chars().take(200).collect();
    format!(
        "message {named} of {} is no good ({}: {}) and with {} bytes too large to be kept here, where {LARGEST} \
         is the most; it stays at the broker: take it out there, and send it mended",
        message.subject.replace('\0', "\u{fffd}"),
        fault.code.as_deref().unwrap_or("error"),
        fault.error.as_deref().unwrap_or("it was refused"),
        message.body.len(),
    )
}

fn why_of(error: &EngineError, loop_name: &str) -> String {
    match error {
        EngineError::NotFound { .. } => {
            format!(
                "there is no loop `{loop_name}`; publish it, or change the channel: messages wait at the broker"
            )
        }
        other => format!("{other}; messages wait at the broker"),
    }
}
