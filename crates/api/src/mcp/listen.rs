//! `subscriptions/listen`: tells of tasks as they are decided, instead of being asked.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use futures_util::StreamExt;
use futures_util::stream::{self, FuturesUnordered};
use serde_json::{Map, Value, json};
use tandem_domain::case::Case;

use super::ask::is_ready;
use super::rpc::{self, Id, Result, RpcError};
use super::stream::{Live, event};
use super::tasks::{self, TaskId};
use super::{Answer, Ctx};

/// Most tasks of one subscription.
const MOST: usize = 100;
/// How long a subscription lasts; its client subscribes again, and is authenticated anew.
const LIFETIME: Duration = Duration::from_mins(5);
const SUBSCRIPTION: &str = "io.modelcontextprotocol/subscriptionId";

/// What a subscription hears of.
pub(crate) struct Feed {
    ctx: Ctx,
    id: Id,
    tasks: Vec<TaskId>,
}

/// Begins a subscription. Lists that never change here are left out of what is accepted.
pub(super) async fn listen(ctx: Ctx, id: &Id, params: &Value) -> Result<Answer> {
    let Some(wanted) = params.get("notifications").and_then(Value::as_object) else {
        return Err(RpcError::params("/notifications", "say what you want to hear of"));
    };
    let ids = wanted.get("taskIds").and_then(Value::as_array);
    let mut feed = Feed { ctx, id: id.clone(), tasks: Vec::new() };
    if let Some(ids) = ids {
        feed.ctx.client.needs_tasks()?;
        if ids.len() > MOST {
            let why = format!("a subscription has at most {MOST} tasks");
            return Err(RpcError::params("/notifications/taskIds", why));
        }
        for id in ids {
            let task = id.as_str().and_then(TaskId::read);
            let task = task.ok_or_else(|| {
                RpcError::params("/notifications/taskIds", "there is no such task")
            })?;
            feed.ctx.state.engine().get(&feed.ctx.principal, task.case).await?;
            feed.tasks.push(task);
        }
    }
    let accepted = ids.map_or_else(|| json!({}), |ids| json!({"taskIds": ids}));
    Ok(Answer::Stream(Box::new(Live::feed(feed, accepted))))
}

impl Feed {
    /// The messages of the subscription, the result last.
    pub(super) fn body(self, accepted: Value) -> Body {
        let meta = json!({SUBSCRIPTION: self.id});
        let begun = rpc::notification(
            "notifications/subscriptions/acknowledged",
            json!({"notifications": accepted, "_meta": meta}),
        );
        let end = tokio::time::Instant::now() + LIFETIME;
        let Self { ctx, id, tasks } = self;
        let ctx = std::sync::Arc::new(ctx);
        let decided: FuturesUnordered<_> =
            tasks.into_iter().map(|task| decided(std::sync::Arc::clone(&ctx), task)).collect();
        let state = (decided, ctx, id, false);
        let rest = stream::unfold(state, move |(mut waits, ctx, id, over)| async move {
            if over {
                return None;
            }
            let told = tokio::select! {
                Some(told) = waits.next() => Some(told),
                () = tokio::time::sleep_until(end) => None,
                () = ctx.state.stopped() => None,
            };
            let message = if let Some(mut task) = told {
                task.insert("_meta".into(), json!({SUBSCRIPTION: id}));
                rpc::notification("notifications/tasks", Value::Object(task))
            } else {
                let mut result = Map::new();
                result.insert("_meta".into(), json!({SUBSCRIPTION: id}));
                rpc::success(&id, &ctx.client.complete(result))
            };
            let over = message.get("result").is_some();
            Some((Ok::<_, Infallible>(event(&message)), (waits, ctx, id, over)))
        });
        let first = stream::once(async move { Ok::<_, Infallible>(event(&begun)) });
        Body::from_stream(first.chain(rest))
    }
}

/// A task once it is decided. One that cannot be read any more is left to `tasks/get`.
async fn decided(ctx: std::sync::Arc<Ctx>, task: TaskId) -> Map<String, Value> {
    let waited = ctx.state.engine().wait_for(
        &ctx.principal,
        task.case,
        LIFETIME,
        is_ready as fn(&Case) -> bool,
    );
    if let Ok((case, true)) = waited.await
        && let Ok(shown) = tasks::shown(&ctx, &case, &task).await
    {
        return shown;
    }
    std::future::pending().await
}
