import type { NotificationItem, NotificationKind } from "./notification-types";

/** Every kind, with what it is called in the matrix. */
export const KINDS: readonly (readonly [NotificationKind, string])[] = [
  ["approval", "An approval is wanted from me"],
  ["escalated", "A case was escalated to me"],
  ["deadline", "A case I hold is due soon"],
  ["overruled", "My judgment was overruled"],
  ["message", "A message in a conversation I hold"],
  ["alert", "An alert of a loop or run I own"],
  ["unconsumed", "An approval was never used"],
  ["channel", "Messages to members are given up"],
  ["digest", "What waits, once a day"],
];

const WHAT: Record<NotificationKind, string> = {
  approval: "Approval wanted",
  escalated: "A case was escalated to you",
  deadline: "A case you hold is due soon",
  overruled: "Your judgment was overruled",
  message: "A new message in a conversation you hold",
  alert: "Alert",
  unconsumed: "An approval was never used",
  channel: "Messages are given up",
  digest: "What waits",
};

/** One line that says what happened. */
export function headline(item: NotificationItem): string {
  if (item.kind === "digest") return `${item.waiting ?? 0} cases wait for review`;
  if (item.kind === "channel") return `Messages by ${item.on ?? "some way"} are given up`;
  const what = item.kind === "alert" && item.on ? `Alert: ${item.on.replaceAll("_", " ")}` : WHAT[item.kind];
  return item.tool ? `${what}: ${item.tool}` : what;
}

/** Where it is seen. */
export function target(item: NotificationItem): string {
  if (item.case) return `/cases/${item.case}`;
  if (item.run) return `/runs/${item.run}`;
  if (item.kind === "alert") return "/queues";
  if (item.kind === "channel") return "/settings/notifications";
  return "/inbox";
}
