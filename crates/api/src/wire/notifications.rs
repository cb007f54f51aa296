//! Notifications: what members want, what they were told, and how well each way does.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tandem_domain::notify::{About, Batching, Preferences, Quiet, Way};
use tandem_domain::{CaseId, NotificationId, Timestamp};
use tandem_engine::notify::{ChannelView, Details, Feed, TestView, Told};
use utoipa::{IntoParams, ToSchema};

/// What a notification is about.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum NotificationKind {
    /// An approval of a call is wanted.
    Approval,
    /// A case was escalated to those who may decide it now.
    Escalated,
    /// A case one holds is due within 15 minutes.
    Deadline,
    /// One's judgment was overruled.
    Overruled,
    /// Something was said in a conversation one holds.
    Message,
    /// A bound of a loop or run was passed.
    Alert,
    /// An approval was never used.
    Unconsumed,
    /// A way of telling members fails; in the app only.
    Channel,
    /// What waits, once a day.
    Digest,
}

/// How a member is told.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum NotificationWay {
    /// In the app: the bell.
    App,
    /// By e-mail.
    Email,
    /// By a chat that speaks Slack's API.
    Slack,
}

/// When what happened is sent.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum NotificationBatching {
    /// As it happens.
    AtOnce,
    /// Together, at most every 15 minutes.
    QuarterHour,
    /// Together, once a day.
    Daily,
}

/// A part of the day in which nothing is sent outside the app.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// When it begins.
    #[schema(example = "22:00")]
    pub from: String,
    /// When it ends; before `from` it ends on the next day.
    #[schema(example = "07:00")]
    pub to: String,
}

/// What a member wants to be told of. What is left out is as by default.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NotificationPreferences {
    /// The ways for each kind; an empty list for not at all.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, Vec<NotificationWay>>)]
    pub ways: BTreeMap<About, BTreeSet<Way>>,
    /// When messages are sent, for `email` and `slack`.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, NotificationBatching>)]
    pub batching: BTreeMap<Way, Batching>,
    /// Quiet hours; null for none.
    #[serde(default)]
    pub quiet: Option<QuietHours>,
    /// The zone in which hours are read, a name of the IANA database.
    #[serde(default = "utc")]
    #[schema(default = "UTC", example = "Europe/Berlin")]
    pub zone: String,
    /// When daily messages are sent.
    #[serde(default = "eight")]
    #[schema(default = "08:00")]
    pub daily_at: String,
}

fn utc() -> String {
    "UTC".to_owned()
}

fn eight() -> String {
    "08:00".to_owned()
}

impl NotificationPreferences {
    /// As the engine takes it.
    pub fn into_domain(self) -> Preferences {
        let mut wanted = Preferences {
            quiet: self.quiet.map(|quiet| Quiet { from: quiet.from, to: quiet.to }),
            zone: self.zone,
            daily_at: self.daily_at,
            ..Preferences::default()
        };
        wanted.ways.extend(self.ways);
        wanted.batching.extend(self.batching);
        wanted
    }
}

impl From<Preferences> for NotificationPreferences {
    fn from(wanted: Preferences) -> Self {
        Self {
            ways: wanted.ways,
            batching: wanted.batching,
            quiet: wanted.quiet.map(|quiet| QuietHours { from: quiet.from, to: quiet.to }),
            zone: wanted.zone,
            daily_at: wanted.daily_at,
        }
    }
}

/// Something that the member was told. It says what the loop file says, and which case; never what
/// is in the case.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotificationItem {
    /// Its id.
    #[schema(value_type = String)]
    pub id: NotificationId,
    /// What it is about.
    #[schema(value_type = NotificationKind)]
    pub kind: About,
    /// The loop's name; null where it is about none.
    #[serde(rename = "loop")]
    pub loop_name: Option<String>,
    /// The case.
    #[schema(value_type = Option<String>)]
    pub case: Option<CaseId>,
    /// The run.
    pub run: Option<String>,
    /// The loop's title.
    pub title: String,
    /// The tool that is to be called, as the loop calls it.
    pub tool: Option<String>,
    /// What a wrong call may cost: `low`, `medium`, `high`.
    pub risk: Option<String>,
    /// What is watched, for alerts; the way, for channels.
    pub on: Option<String>,
    /// The queue.
    pub queue: Option<String>,
    /// When the case is due.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due: Option<Timestamp>,
    /// Cases that wait, for digests.
    pub waiting: Option<u64>,
    /// When it was.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// When it was read; null while it is unread.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub read_at: Option<Timestamp>,
}

impl From<Told> for NotificationItem {
    fn from(told: Told) -> Self {
        let Details { title, tool, risk, on, queue, run, due, waiting, unread: _ } = told.details;
        Self {
            id: told.id,
            kind: told.about,
            loop_name: Some(told.loop_name).filter(|name| !name.is_empty()),
            case: told.case,
            run,
            title,
            tool,
            risk,
            on,
            queue,
            due,
            waiting,
            at: told.at,
            read_at: told.read_at,
        }
    }
}

/// A page of what the member was told, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotificationFeed {
    /// What is on it.
    pub items: Vec<NotificationItem>,
    /// What to send as `cursor` for the next page; null at the end.
    pub next_cursor: Option<String>,
    /// How many are unread; 100 stands for 100 or more.
    pub unread: u64,
}

impl From<Feed> for NotificationFeed {
    fn from(feed: Feed) -> Self {
        Self {
            items: feed.items.into_iter().map(NotificationItem::from).collect(),
            next_cursor: feed.next.map(|next| next.to_string()),
            unread: feed.unread,
        }
    }
}

/// Which notifications.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FeedQuery {
    /// Only unread ones.
    #[serde(default)]
    pub unread: bool,
    /// Most items on the page, 1 to 500.
    #[param(default = 50, minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Which notifications were read: one by `id`, everything up to one with `upto`, everything with
/// neither.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NotificationsReadIn {
    /// One.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub id: Option<NotificationId>,
    /// The newest that was read.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub upto: Option<NotificationId>,
}

/// How many notifications became read.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotificationsRead {
    /// How many.
    pub count: u64,
}

/// The secret of a link in a message: what stands behind `#`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NotificationLink {
    /// The secret.
    pub token: String,
}

/// Where a link led.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotificationTarget {
    /// The case.
    #[schema(value_type = String)]
    pub case: CaseId,
}

/// An account of the chat.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SlackAccountIn {
    /// Its member ID.
    #[schema(example = "U024BE7LH")]
    pub account: String,
}

/// The account of the chat that is the member's.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlackAccount {
    /// Its member ID; null where none is tied.
    pub account: Option<String>,
}

/// How well a way does.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum NotificationHealth {
    /// The last message arrived, or none was sent yet.
    Good,
    /// Messages failed lately and are tried again.
    Failing,
    /// It is not set up on this server.
    Off,
}

/// A message of a way, and what became of it. Not whose it was.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotificationDelivery {
    /// `waiting`, `done` or `dead`.
    #[schema(value_type = crate::wire::webhooks::DeliveryState)]
    pub state: String,
    /// Attempts so far.
    pub attempts: u64,
    /// What the newest attempt met.
    pub error: Option<String>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was sent or given up.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
}

/// A way of telling members.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotificationChannel {
    /// `app`, `email` or `slack`.
    pub id: String,
    /// The same: the kind of channel.
    #[schema(value_type = NotificationWay)]
    pub kind: String,
    /// What it is called: where it goes.
    pub name: String,
    /// How well it does.
    #[schema(value_type = NotificationHealth)]
    pub health: String,
    /// Failures since the last success.
    pub failures: u64,
    /// When they began.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub failing_since: Option<Timestamp>,
    /// The last success.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_ok_at: Option<Timestamp>,
    /// What the last failure said; for orchestrators, auditors and admins.
    pub last_error: Option<String>,
    /// Messages that wait.
    pub waiting: u64,
    /// Messages that were given up and are kept.
    pub dead: u64,
    /// The newest messages; for orchestrators, auditors and admins.
    pub deliveries: Vec<NotificationDelivery>,
}

impl From<ChannelView> for NotificationChannel {
    fn from(view: ChannelView) -> Self {
        let line = |line: tandem_engine::notify::DeliveryLine| NotificationDelivery {
            state: line.state,
            attempts: line.attempts,
            error: line.error,
            created_at: line.created_at,
            finished_at: line.finished_at,
        };
        Self {
            id: view.way.as_str().to_owned(),
            kind: view.way.as_str().to_owned(),
            name: view.name,
            health: view.health.as_str().to_owned(),
            failures: view.channel.failures,
            failing_since: view.channel.failing_since,
            last_ok_at: view.channel.last_ok_at,
            last_error: view.channel.last_error,
            waiting: view.waiting,
            dead: view.dead,
            deliveries: view.newest.into_iter().map(line).collect(),
        }
    }
}

/// What a test met.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotificationTest {
    /// Whether it was taken.
    pub delivered: bool,
    /// Why not.
    pub error: Option<String>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

impl From<TestView> for NotificationTest {
    fn from(view: TestView) -> Self {
        Self { delivered: view.delivered, error: view.error, took_ms: view.took_ms }
    }
}
