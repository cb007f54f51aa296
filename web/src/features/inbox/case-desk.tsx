import { type ReactNode, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { flushSync } from "react-dom";
import type { Json, JsonObject, LoopSpec } from "../../shared/api/types";
import { answerInWords } from "../../shared/case-view/answer-view";
import { optionsOf } from "../../shared/case-view/options";
import { useCommand, useRawKeys } from "../../shared/hotkeys/use-command";
import { announce } from "../../shared/ui/toasts";
import { ActionBar } from "./action-bar";
import { activeChoice, gaps, isPlain } from "./answer-draft";
import { AnswerFields } from "./answer-fields";
import { type Authors, authorsSaid, provenanceOf } from "./authors-draft";
import { CaseCard } from "./case-card";
import { ChangesPanel } from "./changes-panel";
import { type Draft, loadDraft, saveDraft } from "./drafts";
import css from "./inbox.module.css";
import type { InboxStore, Item, Said } from "./inbox-store";
import { RejectPanel } from "./reject-panel";
import { SidePanel } from "./side-panel";
import { TroubleBar } from "./trouble-bar";
import { asksForWords, type Lacks, lacks, ownNotice, spoken, type Voice, type VoiceField, wordsFor } from "./voice";
import { VoiceFields } from "./voice-fields";

type Panel = "none" | "reject" | "comment" | "changes";
type Local = {
  caseId: string;
  answer: JsonObject;
  /** Who wrote its texts. */
  authors: Authors;
  comment: string;
  editing: boolean;
  panel: Panel;
  checked: Record<string, boolean>;
  tried: boolean;
  voice: Voice;
  /** Whether the fields for words are on the page. */
  speaking: boolean;
  lacking: Lacks;
  focus: { field: VoiceField } | null;
  /** An approval that waits for its words: sending goes on with it. */
  held: boolean;
};

/** The answer that a case starts with. A plain choice starts empty: the proposal is marked, the key answers. */
function firstAnswer({ claim }: Item, spec: LoopSpec): JsonObject {
  return claim.proposal && !claim.blind && !isPlain(spec) ? { ...claim.proposal.output } : {};
}

function fresh(item: Item, spec: LoopSpec): Local {
  const { claim, said } = item;
  const draft = loadDraft(claim.case.id);
  const kept = said?.answer ?? draft?.answer ?? null;
  const voice = firstVoice(item, spec, draft);
  const place = item.trouble?.path?.split("/")[1];
  const refused = place === "rationale" || place === "notice" ? place : null;
  return {
    caseId: claim.case.id,
    answer: kept ?? firstAnswer(item, spec),
    authors: said?.provenance ? authorsSaid(said.answer ?? {}, said.provenance) : (draft?.authors ?? {}),
    comment: said?.comment ?? draft?.comment ?? "",
    editing: !claim.proposal || claim.blind === true || kept !== null,
    panel: "none",
    checked: {},
    tried: false,
    voice,
    speaking: asksForWords(spec) || voice.rationale !== "" || voice.notice !== null || refused !== null,
    lacking: refused ? { [refused]: item.trouble?.message } : {},
    focus: null,
    held: false,
  };
}

/** The words of what came back, else those of the draft. */
function firstVoice({ claim, said }: Item, spec: LoopSpec, draft: Draft | null): Voice {
  const rationale = said?.rationale ?? draft?.rationale ?? "";
  if (said) {
    const output = said.verdict === "reject" ? null : (said.answer ?? claim.proposal?.output ?? {});
    return { rationale, notice: ownNotice(spec, claim, said.notice, output) };
  }
  const notice = draft?.notice ?? null;
  if (!notice || notice.words !== null) return { rationale, notice };
  const output = notice.rejected ? null : (draft?.answer ?? claim.proposal?.output ?? {});
  return { rationale, notice: ownNotice(spec, claim, notice.text, output) };
}

/** The case on top with everything a person can do to it. */
export function CaseDesk({
  store,
  item,
  spec,
  aside,
  undo,
}: {
  store: InboxStore;
  item: Item;
  spec: LoopSpec;
  aside: ReactNode;
  undo: ReactNode;
}) {
  const { claim } = item;
  const [stored, setLocal] = useState(() => fresh(item, spec));
  const [hidden, setHidden] = useState(false);
  const edited = useRef(false);
  const answerArea = useRef<HTMLDivElement>(null);
  // Another case: its state is made in the same render, so no frame shows the old answer.
  let local = stored;
  const cameBack = useRef(item.said);
  if (stored.caseId !== claim.case.id || cameBack.current !== item.said) {
    cameBack.current = item.said;
    local = fresh(item, spec);
    edited.current = false;
    setLocal(local);
  }
  const change = useCallback((part: Partial<Local>) => setLocal((current) => ({ ...current, ...part })), []);
  const shown = useRef(claim.case.id);
  shown.current = claim.case.id;
  /** A comment may come back when its case has gone: then it changes nothing. */
  const comment = useCallback((caseId: string, next: (before: string) => string) => {
    if (shown.current !== caseId) return false;
    edited.current = true;
    setLocal((now) => (now.caseId === caseId ? { ...now, comment: next(now.comment) } : now));
    return true;
  }, []);
  const plain = isPlain(spec);
  const proposal = claim.blind || hidden ? null : (claim.proposal ?? null);
  usePaintMeasure(store, claim.id);

  const say = useCallback(
    (said: Omit<Said, "words"> & { words: string }, pressedAt?: number) => {
      const comment = local.comment.trim();
      const checklist = (spec.checklist ?? []).map((one) => one.id).filter((id) => local.checked[id]);
      store.judge({ ...(comment ? { comment } : {}), ...(checklist.length ? { checklist } : {}), ...said }, pressedAt);
      announce(`${said.words}. Next case.`);
    },
    [store, local.comment, local.checked, spec],
  );
  const unticked = (spec.checklist ?? []).filter((one) => one.required && !local.checked[one.id]);
  const problems = useMemo(() => gaps(spec, local.answer), [spec, local.answer]);
  // What is said while a lease is renewed is sent after it.
  const blocked = item.trouble?.kind === "lost";

  /** The words of a decision; null where it is held back, with the focus where they are missing. */
  const speak = (output: JsonObject | null, kept: Partial<Local> = {}) => {
    const { voice } = local;
    const lacking = lacks(spec, claim, voice, output);
    const [first] = Object.keys(lacking) as VoiceField[];
    if (!first) return local.speaking ? spoken(spec, claim, voice, output) : {};
    edited.current = true;
    // Whoever was told that their words were for another answer has seen it.
    const notice = voice.notice && {
      ...voice.notice,
      rejected: output === null,
      words: wordsFor(spec, claim, output),
    };
    change({ ...kept, voice: { ...voice, notice }, speaking: true, lacking, focus: { field: first } });
    announce(`Not sent. ${lacking[first]}`);
    return null;
  };
  const sendAnswer = (answer: JsonObject, pressedAt?: number) => {
    if (item.trouble?.kind === "lost") return;
    if (Object.keys(gaps(spec, answer)).length || unticked.length) {
      change({ tried: true, editing: true });
      announce(unticked.length ? "A required check is not ticked." : "The answer is not complete yet.");
      return;
    }
    const words = speak(answer, { answer, held: false });
    const provenance = provenanceOf(spec, answer, local.authors, claim.blind ? null : (claim.proposal ?? null));
    const said = { answer, ...(provenance ? { provenance } : {}) };
    if (words) say({ verdict: "answer", ...said, ...words, words: answerInWords(answer, spec) }, pressedAt);
  };
  const approve = (event: KeyboardEvent | null) => {
    if (!claim.proposal || claim.blind || item.trouble?.kind === "lost") return;
    if (unticked.length) {
      change({ tried: true });
      announce("A required check is not ticked.");
      return;
    }
    const { output } = claim.proposal;
    const words = speak(output, { held: true });
    const inWords = `Approved: ${answerInWords(output, spec)}`;
    if (words) say({ verdict: "approve", ...words, words: inWords }, event?.timeStamp);
  };
  const reject = (why: Pick<Said, "reasons" | "failure_modes" | "comment">) => {
    const words = speak(null);
    if (words) say({ verdict: "reject", ...why, ...words, words: "Rejected" });
  };
  const edit = () => {
    const answer = Object.keys(local.answer).length ? local.answer : { ...(proposal?.output ?? {}) };
    flushSync(() => change({ held: false, editing: true, answer }));
    focusFirst(answerArea.current);
  };
  const field = claim.action?.field;
  const respond = () => {
    if (!field) return;
    edited.current = true;
    flushSync(() => change({ editing: true, held: false, answer: { ...local.answer, [field]: { respond: "" } } }));
    focusFirst(answerArea.current);
  };
  const leave = () => {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    const { rationale, notice } = local.voice;
    const speaking = asksForWords(spec) || rationale !== "" || notice !== null;
    const untouched = field && local.editing && isUntouched(local.answer[field], claim.proposal?.output[field]);
    change({
      panel: "none",
      speaking,
      ...(untouched ? { editing: false, answer: { ...claim.proposal?.output } } : {}),
    });
  };
  const open = (panel: Panel) => change({ panel: local.panel === panel ? "none" : panel });
  const canApprove = claim.proposal != null && !claim.blind;
  // What is approved is what was shown; somebody at work on another call sends that.
  const approvable = canApprove && !(field && local.editing);
  useCommand("inbox.approve", approve, approvable && !blocked);
  // Nothing has to be seen to say that nothing of it stands: an appeal may be blind.
  const canReject = canApprove || claim.appeal != null;
  useCommand("inbox.reject", () => open("reject"), !blocked && canReject);
  useCommand("inbox.edit", edit);
  // What Ctrl+Enter sends is what the page offers to send; a panel with a button of its own comes first.
  const ownPanel = local.panel === "reject" || local.panel === "changes";
  const goesOn = local.held && approvable;
  useCommand(
    "inbox.send",
    (event) => (goesOn ? approve(event) : sendAnswer(local.answer, event?.timeStamp)),
    !blocked && !ownPanel && (!field || local.editing || goesOn),
  );
  useCommand("inbox.escalate", (event) => say({ verdict: "escalate", words: "Escalated" }, event?.timeStamp), !blocked);
  useCommand("inbox.skip", (event) =>
    item.trouble?.kind === "lost" ? store.letGo() : say({ verdict: "skip", words: "Skipped" }, event?.timeStamp),
  );
  useCommand("inbox.changes", () => open("changes"), !blocked && field !== undefined);
  useCommand("inbox.respond", respond, !blocked && field !== undefined);
  useCommand("inbox.comment", () => open("comment"));
  const write = () => change({ speaking: true, focus: { field: "rationale" } });
  useCommand("inbox.words", write);
  useCommand("inbox.hide", () => setHidden((value) => !value), canApprove);
  useCommand("inbox.leave", leave);

  useRawKeys((name, event) => {
    if (local.panel === "reject" || local.panel === "changes") return false;
    if (name === "enter" && !(event.target instanceof HTMLButtonElement || event.target instanceof HTMLAnchorElement)) {
      if (item.trouble?.kind === "lost") void store.reclaim();
      else if (Object.keys(local.answer).length && (!field || local.editing)) sendAnswer(local.answer, event.timeStamp);
      return true;
    }
    const active = activeChoice(spec, local.answer);
    const fieldSpec = active ? spec.answer[active] : undefined;
    const option = fieldSpec ? optionsOf(fieldSpec).find((one) => one.key === name) : undefined;
    if (!active || !option) return false;
    choose(active, option.value, event.timeStamp);
    return true;
  });
  const choose = (field: string, value: string, pressedAt?: number) => {
    const fieldSpec = spec.answer[field];
    if (fieldSpec?.kind !== "choice") return;
    if (plain && !item.trouble) {
      sendAnswer({ [field]: value }, pressedAt);
      return;
    }
    const before = local.answer[field];
    const next = fieldSpec.multi ? toggle(Array.isArray(before) ? before.map(String) : [], value) : value;
    edited.current = true;
    change({ answer: { ...local.answer, [field]: next }, held: false });
  };

  const answered = Object.keys(local.answer).length > 0;
  // What a decision would be about now: what is in the fields, else the proposal.
  const proposed = canApprove ? (claim.proposal?.output ?? {}) : {};
  const meant = local.panel === "reject" ? null : answered ? local.answer : proposed;
  useDraftKeeping(local, firstAnswer(item, spec), edited);
  return (
    <div className={css.desk}>
      <div className={css.centre}>
        <TroubleBar item={item} onReclaim={() => void store.reclaim()} onLetGo={store.letGo} />
        <CaseCard claim={claim} spec={spec} hidden={hidden}>
          <div ref={answerArea}>
            <AnswerFields
              spec={spec}
              answer={local.answer}
              proposal={proposal}
              action={hidden ? null : (claim.action ?? null)}
              editing={local.editing}
              problems={local.tried ? problems : {}}
              serverProblem={item.trouble?.kind === "refused" ? item.trouble : null}
              checked={local.checked}
              onCheck={(id, value) => change({ checked: { ...local.checked, [id]: value } })}
              onChoose={choose}
              copilot={spec.copilot && !claim.blind ? { caseId: claim.case.id, authors: local.authors } : null}
              onChange={(name, value, spans) => {
                edited.current = true;
                const answer = { ...local.answer };
                if (value === undefined) delete answer[name];
                else answer[name] = value;
                change({ answer, held: false, ...(spans ? { authors: { ...local.authors, [name]: spans } } : {}) });
              }}
            />
          </div>
        </CaseCard>
        {local.panel === "reject" && (
          <RejectPanel
            spec={spec}
            onCancel={leave}
            onReject={(reasons, failureModes, comment) =>
              reject({ reasons, failure_modes: failureModes, ...(comment ? { comment } : {}) })
            }
          />
        )}
        {local.panel === "changes" && (
          <ChangesPanel
            onCancel={leave}
            onSend={(comment) => say({ verdict: "request_changes", comment, words: "Changes requested" })}
          />
        )}
        {local.speaking && (
          <VoiceFields
            key={claim.case.id}
            spec={spec}
            voice={local.voice}
            words={wordsFor(spec, claim, meant)}
            rejecting={meant === null}
            lacking={local.lacking}
            focus={local.focus}
            onChange={(name, text) => {
              edited.current = true;
              const { [name]: _, ...lacking } = local.lacking;
              const own = { text, rejected: meant === null, words: wordsFor(spec, claim, meant) };
              change({ lacking, voice: { ...local.voice, [name]: name === "notice" ? own : text } });
            }}
            onUseWords={() => change({ voice: { ...local.voice, notice: null } })}
          />
        )}
        <ActionBar
          onChanges={field ? () => open("changes") : undefined}
          onRespond={field ? respond : undefined}
          canApprove={approvable}
          canReject={canReject}
          canSend={field ? local.editing : !plain || item.trouble !== null || item.said !== null || answered}
          blocked={blocked}
          onApprove={() => approve(null)}
          onReject={() => open("reject")}
          onEdit={edit}
          onSend={() => sendAnswer(local.answer)}
          onEscalate={() => say({ verdict: "escalate", words: "Escalated" })}
          onSkip={() => say({ verdict: "skip", words: "Skipped" })}
          onComment={() => open("comment")}
          onWords={local.speaking ? undefined : write}
          plain={plain}
          undo={undo}
        />
      </div>
      <SidePanel
        claim={claim}
        spec={spec}
        hidden={hidden}
        editing={local.editing}
        onToggleHidden={() => setHidden((value) => !value)}
        commenting={local.panel === "comment"}
        comment={local.comment}
        onComment={comment}
      >
        {aside}
      </SidePanel>
    </div>
  );
}

/** Whether a call is as it was proposed, or an answer in its place still empty. */
function isUntouched(value: Json | undefined, proposed: Json | undefined): boolean {
  const call = value as JsonObject | undefined;
  if (call && "respond" in call) return !String(call.respond ?? "").trim();
  return JSON.stringify(value) === JSON.stringify(proposed);
}

function toggle(list: string[], value: string): string[] {
  return list.includes(value) ? list.filter((one) => one !== value) : [...list, value];
}

/**
 * Focuses the first field in the task in which it appears: it may be in a part that is still being loaded, and
 * letters typed meanwhile are commands.
 */
function focusFirst(area: HTMLElement | null): void {
  const take = () => {
    const field = firstField(area);
    field?.focus();
    return field !== null;
  };
  if (!area || take()) return;
  const from = document.activeElement;
  const watch = new MutationObserver(() => {
    // Whoever went elsewhere meanwhile stays there.
    const gone = ![from, document.body].includes(document.activeElement);
    if (gone || take()) watch.disconnect();
  });
  watch.observe(area, { childList: true, subtree: true });
}

function firstField(root: HTMLElement | null): HTMLElement | null {
  return root?.querySelector<HTMLElement>("input:not([type=checkbox]), textarea, select, input, button") ?? null;
}

/** Writes what the person changed to this machine a moment after they stopped typing. */
function useDraftKeeping(local: Local, first: JsonObject, edited: { current: boolean }): void {
  const start = JSON.stringify(first);
  useEffect(() => {
    if (!edited.current) return;
    const timer = setTimeout(() => {
      const { comment, voice, authors } = local;
      const answer = JSON.stringify(local.answer) === start ? null : local.answer;
      saveDraft(local.caseId, { answer, comment, ...voice, ...(Object.keys(authors).length ? { authors } : {}) });
    }, 300);
    return () => clearTimeout(timer);
  }, [local, start, edited]);
}

/** Leaves two marks for each judgment: the next case in the document, and painted. */
function usePaintMeasure(store: InboxStore, claim: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new case on top is what is measured
  useLayoutEffect(() => {
    const start = store.pressedAt;
    if (start === null) return;
    store.pressedAt = null;
    performance.measure("tandem.key-to-next", { start, end: performance.now() });
    requestAnimationFrame(() => performance.measure("tandem.key-to-frame", { start, end: performance.now() }));
  }, [claim]);
}
