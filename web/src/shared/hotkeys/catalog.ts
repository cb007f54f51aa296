/** Every command with a key: the one list behind the handlers, the `?` sheet and the palette. */
export type Scope = "global" | "inbox" | "list" | "live" | "runs";

export type CommandSpec = {
  id: string;
  label: string;
  scope: Scope;
  keys: readonly string[];
  /** Works while a text field has focus. */
  inText?: boolean;
};

export const catalog = [
  { id: "help", label: "Show keys", scope: "global", keys: ["?"] },
  { id: "palette", label: "Command palette", scope: "global", keys: ["mod+k"], inText: true },
  { id: "go.inbox", label: "Go to inbox", scope: "global", keys: ["g i"] },
  { id: "go.live", label: "Go to live page", scope: "global", keys: ["g l"] },
  { id: "go.runs", label: "Go to control room", scope: "global", keys: ["g r"] },
  { id: "go.queues", label: "Go to queues", scope: "global", keys: ["g q"] },
  { id: "go.loops", label: "Go to loops", scope: "global", keys: ["g o"] },
  { id: "go.policy", label: "Go to policy", scope: "global", keys: ["g p"] },
  { id: "go.autonomy", label: "Go to earned autonomy", scope: "global", keys: ["g e"] },
  { id: "go.audit", label: "Go to ledger", scope: "global", keys: ["g a"] },
  { id: "go.settings", label: "Go to settings", scope: "global", keys: ["g s"] },
  { id: "theme", label: "Switch between light and dark", scope: "global", keys: ["g t"] },
  { id: "halt", label: "Halt everything or a loop", scope: "global", keys: ["g h"] },
  { id: "inbox.approve", label: "Approve the proposal", scope: "inbox", keys: ["a"] },
  { id: "inbox.reject", label: "Reject, then choose a reason", scope: "inbox", keys: ["x"] },
  { id: "inbox.edit", label: "Edit the answer", scope: "inbox", keys: ["e"] },
  { id: "inbox.send", label: "Send the answer, show the next case", scope: "inbox", keys: ["mod+enter"], inText: true },
  { id: "inbox.changes", label: "Ask the agent to change its call", scope: "inbox", keys: ["r"] },
  { id: "inbox.respond", label: "Answer in place of a call", scope: "inbox", keys: ["w"] },
  { id: "inbox.escalate", label: "Escalate", scope: "inbox", keys: ["s"] },
  { id: "inbox.skip", label: "Skip: give the case to somebody else", scope: "inbox", keys: ["k"] },
  { id: "inbox.comment", label: "Write a comment", scope: "inbox", keys: ["c"] },
  { id: "inbox.words", label: "Say why, and what the person affected is told", scope: "inbox", keys: ["b"] },
  { id: "inbox.revise", label: "Have the co-pilot revise the text", scope: "inbox", keys: ["mod+j"], inText: true },
  { id: "inbox.message", label: "Write a message in the conversation", scope: "inbox", keys: ["m"] },
  { id: "inbox.turn", label: "Take over, or hand back with the note", scope: "inbox", keys: ["t"] },
  { id: "inbox.undo", label: "Undo the last judgment", scope: "inbox", keys: ["z", "mod+z"] },
  { id: "inbox.extend", label: "Extend the lease", scope: "inbox", keys: ["l"] },
  { id: "inbox.hide", label: "Show or hide the proposal", scope: "inbox", keys: ["h"] },
  { id: "inbox.leave", label: "Leave a field, close a panel", scope: "inbox", keys: ["escape"], inText: true },
  { id: "list.next", label: "Next row", scope: "list", keys: ["j"] },
  { id: "list.previous", label: "Previous row", scope: "list", keys: ["k"] },
  { id: "list.select", label: "Select the row", scope: "list", keys: ["x"] },
  { id: "list.selectTo", label: "Select up to the row", scope: "list", keys: ["shift+x"] },
  { id: "list.filter", label: "Filter", scope: "list", keys: ["/"] },
  { id: "live.pause", label: "Pause or go on with the event feed", scope: "live", keys: ["p"] },
  { id: "live.veto", label: "Veto the held decision that ends first", scope: "live", keys: ["v"] },
  { id: "runs.pause", label: "Pause or resume the run", scope: "runs", keys: ["p"] },
  { id: "runs.stop", label: "Stop the run", scope: "runs", keys: ["."] },
  { id: "runs.redirect", label: "Give the run another goal", scope: "runs", keys: ["shift+g"] },
  { id: "runs.override", label: "Override the result of a step", scope: "runs", keys: ["o"] },
  { id: "runs.stopAll", label: "Stop all runs", scope: "runs", keys: ["shift+s"] },
  { id: "runs.halt", label: "Halt everything or a loop", scope: "runs", keys: ["shift+h"] },
  { id: "runs.feed", label: "Pause or go on with the event feed", scope: "runs", keys: ["f"] },
] as const satisfies readonly CommandSpec[];

export type CommandId = (typeof catalog)[number]["id"];

export const scopeNames: Record<Scope, string> = {
  global: "Everywhere",
  inbox: "Inbox",
  list: "Lists",
  live: "Live page",
  runs: "Control room",
};
