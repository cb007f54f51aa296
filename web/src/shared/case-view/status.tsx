import type { Case, Decision, Status } from "../api/types";
import type { IconName } from "../ui/icons";
import { Badge, type Tone } from "../ui/kit";

const STATUSES: Record<Status, [string, Tone, IconName]> = {
  queued: ["waiting", "warn", "inbox"],
  claimed: ["with a reviewer", "accent", "eye"],
  waiting_for_proposal: ["waiting for a proposal", "warn", "clock"],
  held: ["held", "accent", "clock"],
  decided: ["decided", "good", "check"],
  cancelled: ["cancelled", "neutral", "cross"],
  reopened: ["reopened", "warn", "undo"],
};

export function StatusBadge({ status }: { status: Status }) {
  const [words, tone, icon] = STATUSES[status] ?? [status, "neutral", "inbox"];
  return (
    <Badge tone={tone} icon={icon}>
      {words}
    </Badge>
  );
}

export const statusNames = Object.fromEntries(
  Object.entries(STATUSES).map(([status, [words]]) => [status, words]),
) as Record<Status, string>;

export function byWhom(decision: Decision): string {
  return (
    { machine: "the machine", people: "people", deadline: "the deadline", import: "an import" }[decision.by] ??
    decision.by
  );
}

/** The decision that stands or is about to, else the newest. */
export function standing(one: Case): Decision | null {
  return one.decision ?? one.decisions?.at(-1) ?? null;
}
