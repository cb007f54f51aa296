//! What the owner of a queue does to a case: another queue, another priority.

use serde_json::json;

use super::{Step, invalid_transition};
use crate::case::{Purpose, Task};
use crate::command::{Effect, Timer};
use crate::event::Kind;
use crate::refusal::{Code, Refusal};

impl Step<'_> {
    /// Puts the open task into another queue. Whoever holds a seat loses it: the other queue may be
    /// for others. What arbiters decide stays with them.
    pub(super) fn transfer(&mut self, queue: String, bulk: Option<String>) -> Result<(), Refusal> {
        let movable = |task: &&Task| {
            task.open && !matches!(task.purpose, Purpose::Arbitrate | Purpose::Appeal)
        };
        let Some(task) = self.state.tasks.iter().find(movable) else {
            let why = if self.state.open_deciding_task().is_some() {
                "it waits for an arbiter or an appeal; only tasks of reviewers move between queues"
            } else {
                "it waits in no queue"
            };
            return Err(invalid_transition(self.state.status, why));
        };
        if task.queue == queue {
            return Ok(());
        }
        let n = task.n;
        let mut ended = Vec::new();
        let mut from = String::new();
        for task in self.state.tasks.iter_mut().filter(|task| task.n == n) {
            from.clone_from(&task.queue);
            ended.extend(task.put_into(&queue, self.ctx.now));
        }
        self.event(
            Kind::Transferred,
            [
                ("task", n.into()),
                ("from", from.into()),
                ("to", queue.into()),
                ("ended", json!(ended)),
                ("bulk", json!(bulk)),
            ],
        );
        let cleared = |claim| Effect::ClearTimer { timer: Timer::Lease(claim) };
        self.effects.extend(ended.into_iter().map(cleared));
        self.effects.push(Effect::WakeQueue);
        self.settle_status();
        Ok(())
    }

    /// Changes the priority of a case that is not over.
    pub(super) fn reprioritise(
        &mut self,
        priority: u8,
        bulk: Option<String>,
    ) -> Result<(), Refusal> {
        if priority > 9 {
            let message = "a priority is 0 to 9, 9 first";
            return Err(Refusal::at(Code::InvalidInput, "/priority", message));
        }
        if !self.state.tasks.iter().any(|task| task.open) {
            return Err(invalid_transition(self.state.status, "nobody is to look at it"));
        }
        let before = self.state.priority.unwrap_or(self.core.priority);
        if before == priority {
            return Ok(());
        }
        self.state.priority = Some(priority);
        self.event(
            Kind::Reprioritised,
            [("from", before.into()), ("to", priority.into()), ("bulk", json!(bulk))],
        );
        self.effects.push(Effect::WakeQueue);
        // What is urgent climbs at every hour, and what no longer is, in working time.
        let open = self.state.tasks.iter().filter(|task| task.open).map(|task| task.n);
        for n in open.collect::<Vec<_>>() {
            self.set_ladder(n);
        }
        Ok(())
    }
}
