import { currentMember } from "../api/client";
import type { Actor } from "../api/types";
import { humanise } from "../format/format";

const WORDS: Record<string, string> = {
  "case.submitted": "came in",
  "case.proposed": "got a proposal",
  "chain.tried": "had a link of its chain passed over",
  "chain.ended": "goes to people: nobody proposed",
  "case.checked": "was checked by models",
  "case.shadow_proposed": "got a shadow proposal",
  "claim.made": "was taken up",
  "claim.renewed": "was kept longer",
  "claim.released": "was given back",
  "claim.expired": "was returned: the lease ran out",
  "judgment.made": "was judged",
  "judgment.undone": "had a judgment undone",
  "judgment.retracted": "had a judgment retracted",
  "decision.made": "was decided",
  "decision.effective": "took effect",
  "decision.vetoed": "was vetoed",
  "decision.delivered": "was delivered",
  "decision.consumed": "was acted on",
  "case.escalated": "was escalated",
  "case.changes_requested": "went back to the proposer",
  "case.transferred": "went to another queue",
  "case.reprioritised": "got another priority",
  "case.deadline_moved": "got more time: some did not count",
  "case.overdue": "is overdue",
  "case.cancelled": "was cancelled",
  "case.reopened": "was reopened",
  "audit.done": "was audited",
  "look.asked": "goes to another person for a second look",
  "look.done": "was looked at a second time",
  "case.suggested": "was helped by the co-pilot",
  "case.commented": "got a comment",
  "outcome.recorded": "got news from the world",
  "model.registered": "A model was registered",
  "model.promoted": "A model took over",
  "model.retired": "A model was retired",
  "model.demoted": "A model went back into the shadow",
  "model.evaluated": "A model was measured on the frozen set",
  "evaluation.frozen": "Cases were frozen to measure models on",
  "examples.ready": "New examples wait for the trainer",
  "loop.published": "A version of the loop was published",
  "loop.drafted": "A draft of the loop was kept",
  "loop.proposed": "A version of the loop waits for a second person",
  "autonomy.epoch_began": "Evidence for autonomy began to count",
  "autonomy.epoch_ended": "An epoch of evidence ended",
  "autonomy.proposed": "A threshold has earned to act",
  "autonomy.raised": "Autonomy was raised",
  "autonomy.lowered": "Autonomy was taken back",
  "autonomy.claim_changed": "The certificate is about real errors now",
  "autonomy.looks_began": "Second looks began",
  "autonomy.surge": "An audit found an error: audits surge",
  "autonomy.demoted": "Autonomy was lost",
  "autonomy.order_asked": "A standing order was asked for",
  "autonomy.order_signed": "A standing order was agreed to",
  "autonomy.order_voided": "The standing order ended",
  "run.started": "A run was started",
  "run.step": "did a step",
  "run.control": "was given an order",
  "run.acknowledged": "obeyed",
  "run.paused": "has paused",
  "run.stopped": "has stopped",
  "run.finished": "finished",
  "run.failed": "failed",
  "run.lost": "was lost: its lease ran out",
  "run.recovered": "was taken over",
  "run.alert": "raised an alert",
  "run.alert_cleared": "had an alert cleared",
  "queue.overloaded": "More waits than people can look at",
  "queue.relieved": "People keep up again",
  "queue.paused": "A queue was paused",
  "absence.accepted": "Somebody stands in for a member",
  "absence.declined": "Somebody does not stand in for a member",
  "queue.resumed": "A queue was resumed",
  "queue.released": "Seats of a person were freed",
  "queue.bulk": "Many cases were changed at once",
  "alert.raised": "An alert was raised",
  "alert.cleared": "An alert is over",
  "halt.set": "A halt was ordered",
  "halt.lifted": "The halt was lifted",
  "key.made": "A key was made",
  "key.revoked": "A key was revoked",
  "member.added": "A member was added",
  "member.changed": "A member was changed",
  "member.link_made": "A sign-in link was made",
};

export function eventInWords(kind: string): string {
  return WORDS[kind] ?? humanise(kind);
}

/** Who caused an event. The ledger keeps ids, no names: oneself is "you". */
export function actorInWords(actor: Actor | null | undefined): string {
  if (!actor) return "–";
  if (actor.id && actor.id === currentMember()) return "you";
  return (
    actor.name ??
    { member: "a member", key: "a key", machine: "the machine", timer: "a timer" }[actor.kind] ??
    actor.kind
  );
}
