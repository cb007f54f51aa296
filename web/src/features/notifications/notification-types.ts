export type NotificationKind =
  | "approval"
  | "escalated"
  | "deadline"
  | "overruled"
  | "message"
  | "alert"
  | "unconsumed"
  | "channel"
  | "digest";

export type Way = "app" | "email" | "slack";

export type Batching = "at_once" | "quarter_hour" | "daily";

export type NotificationItem = {
  id: string;
  kind: NotificationKind;
  loop: string | null;
  case: string | null;
  run: string | null;
  title: string;
  tool: string | null;
  risk: string | null;
  on: string | null;
  queue: string | null;
  due: string | null;
  waiting: number | null;
  at: string;
  read_at: string | null;
};

export type NotificationFeed = { items: NotificationItem[]; next_cursor: string | null; unread: number };

export type Preferences = {
  ways: Partial<Record<NotificationKind, Way[]>>;
  batching: Partial<Record<Way, Batching>>;
  quiet: { from: string; to: string } | null;
  zone: string;
  daily_at: string;
};

export type Channel = {
  id: Way;
  kind: Way;
  name: string;
  health: "good" | "failing" | "off";
  failures: number;
  failing_since: string | null;
  last_ok_at: string | null;
  last_error: string | null;
  waiting: number;
  dead: number;
  deliveries: {
    state: string;
    attempts: number;
    error: string | null;
    created_at: string;
    finished_at: string | null;
  }[];
};

export type ChannelTest = { delivered: boolean; error: string | null; took_ms: number };
