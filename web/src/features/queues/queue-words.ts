import type { QueueAlert, QueueCapacity, QueueRow } from "../../shared/api/types";
import { count, percent } from "../../shared/format/format";

/** Seconds in the largest unit that says enough: "40 s", "12 min", "3 h", "2 d". */
export function span(seconds: number | null | undefined): string {
  if (seconds == null || Number.isNaN(seconds)) return "–";
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** When the queue will be empty, or why nobody can say. */
export function emptyIn(row: Pick<QueueRow, "waiting" | "empty_in_s">): string {
  if (row.waiting === 0) return "empty";
  return row.empty_in_s == null ? "too few judgments to say" : `about ${span(row.empty_in_s)}`;
}

const LESSER: Record<string, string> = {
  exploration: "cases drawn by chance",
  second_looks: "second looks",
  audits: "audits",
  low_value: "cases where an error costs less than a look",
};

/** "1 h of 4 h": how long what waits may be expected to wait against what is bearable. */
export function load(capacity: QueueCapacity | null | undefined): string {
  if (!capacity) return "–";
  if (capacity.wait_s == null) return "nobody can say yet";
  return `${span(capacity.wait_s)} of ${span(capacity.bound_s)}`;
}

/** What gives way while a queue is overloaded, in one sentence. */
export function givesWay(capacity: QueueCapacity): string {
  const names = capacity.gives_way.map((kind) => LESSER[kind] ?? kind);
  const what = names.length > 0 ? `Handed out later: ${names.join(", ")}.` : "The loop names nothing that gives way.";
  return `${what} No case passes for it, and no call of a tool gives way.`;
}

const PURPOSES: Record<string, string> = {
  decide: "to decide",
  arbitrate: "to arbitrate",
  audit: "audits",
  cross_check: "second looks",
};

/** "12 to decide · 3 audits", where the viewer may see it. */
export function purposes(row: Pick<QueueRow, "by_purpose">): string {
  return (row.by_purpose ?? []).map((of) => `${count(of.tasks)} ${PURPOSES[of.purpose] ?? of.purpose}`).join(" · ");
}

/** What an alert says, in one sentence. */
export function alertInWords(alert: Pick<QueueAlert, "on" | "queue" | "value" | "above">): string {
  const where = alert.queue ? ` in ${alert.queue}` : "";
  switch (alert.on) {
    case "oldest_wait":
      return `The oldest case${where} waited ${span(alert.value)}; the bound is ${span(alert.above)}`;
    case "overdue":
      return `${percent(alert.value, 0)} of what waits${where} is overdue; the bound is ${percent(alert.above, 0)}`;
    case "errors":
      return `Audits estimate ${percent(alert.value)} errors; the bound is ${percent(alert.above)}`;
    case "unsealed":
      return `An event was not sealed for ${span(alert.value)}; the bound is ${span(alert.above)}`;
    case "unwatched":
      return `A decision is held for ${span(alert.value)} beyond its veto time, since nobody watches`;
    case "unconsumed":
      return "An approved call was not run";
    case "execution_unknown":
      return "Nobody knows what became of a call";
    default:
      return alert.on;
  }
}

/** The rows from where one stands to where one points, both with. */
export function range(ids: readonly string[], from: string | null, to: string): string[] {
  const a = from === null ? -1 : ids.indexOf(from);
  const b = ids.indexOf(to);
  if (b < 0) return [];
  return a < 0 ? [to] : ids.slice(Math.min(a, b), Math.max(a, b) + 1);
}
