//! A command on its way through a driver: run, possibly run again, then answered after the commit.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::oneshot;

use crate::{Result, StoreError, Tx};

/// A command with its types erased.
pub(crate) trait Job: Send {
    /// Runs the command once and remembers its result. True: its writes are to be kept. A panic
    /// counts as a failed command.
    fn run(&mut self, tx: &mut dyn Tx) -> bool;

    /// Whether it goes before all others, alone, and may use the room that is kept for it.
    fn urgent(&self) -> bool {
        false
    }

    /// Answers the caller: with the result of the last run once the transaction has ended as the
    /// command asked, or with the store's failure.
    fn settle(self: Box<Self>, outcome: Result<()>);
}

/// A command waiting for its answer.
pub(crate) struct Call<F, T, E> {
    command: F,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Call<F, T, E>
where
    F: FnMut(&mut dyn Tx) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    /// The command, ready for a queue, and where its answer will come.
    pub(crate) fn boxed(command: F) -> (Box<dyn Job>, oneshot::Receiver<Result<T, E>>) {
        let (reply, answer) = oneshot::channel();
        (Box::new(Self { command, result: None, reply }), answer)
    }
}

impl<F, T, E> Job for Call<F, T, E>
where
    F: FnMut(&mut dyn Tx) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, tx: &mut dyn Tx) -> bool {
        let result = match catch_unwind(AssertUnwindSafe(|| (self.command)(tx))) {
            Ok(result) => result,
            Err(panic) => Err(E::from(StoreError::Panicked(message(panic.as_ref())))),
        };
        let keep = result.is_ok();
        self.result = Some(result);
        keep
    }

    fn settle(self: Box<Self>, outcome: Result<()>) {
        let answer = match (outcome, self.result) {
            (Ok(()), Some(result)) => result,
            (Ok(()), None) => Err(E::from(StoreError::Closed)),
            (Err(error), _) => Err(E::from(error)),
        };
        // The caller may have gone away: a disconnect detaches, it never cancels.
        drop(self.reply.send(answer));
    }
}

/// A command that goes before all others.
pub(crate) struct Urgent(pub(crate) Box<dyn Job>);

impl Job for Urgent {
    fn run(&mut self, tx: &mut dyn Tx) -> bool {
        self.0.run(tx)
    }

    fn urgent(&self) -> bool {
        true
    }

    fn settle(self: Box<Self>, outcome: Result<()>) {
        self.0.settle(outcome);
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "panic".to_owned())
}
