import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { currentMember, newIdempotencyKey } from "../../shared/api/client";
import { explain } from "../../shared/api/error";
import type { Case } from "../../shared/api/types";
import { handBack, messagesQuery, sendMessage, takeOver, useMessages } from "../../shared/case-view/messages";
import { Thread } from "../../shared/case-view/thread";
import { useUnread } from "../../shared/case-view/unread";
import { useCommand } from "../../shared/hotkeys/use-command";
import { Card, Kbd } from "../../shared/ui/kit";
import { toast } from "../../shared/ui/toasts";
import css from "./inbox.module.css";

/** The live conversation beside the case: who has the turn, what was said, and what one says oneself. */
export function ConversationCard({ one, replies = [] }: { one: Case; replies?: readonly string[] }) {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  // The same words sent again after a failure are the same message.
  const id = useRef(newIdempotencyKey());
  const field = useRef<HTMLTextAreaElement>(null);
  const client = useQueryClient();
  const found = useMessages(one.id);
  const turn = found.data?.turn ?? one.turn;
  const said = found.data?.items ?? [];
  const unread = useUnread(one.id, said);
  const mine = turn?.holder === "person" && turn.member === currentMember();
  // One after the other: who sends a message and takes over at once has both done, and who does a thing twice has it
  // done once.
  const line = useRef(Promise.resolve());
  const waiting = useRef(new Set<string>());
  const act = (what: string, work: () => Promise<unknown>) => {
    if (waiting.current.has(what)) return;
    waiting.current.add(what);
    setBusy(true);
    line.current = line.current.then(async () => {
      try {
        await work();
        await client.invalidateQueries(messagesQuery(one.id));
      } catch (error) {
        toast(`${what}: ${explain(error)} Your words are kept here.`, "bad");
      } finally {
        waiting.current.delete(what);
        setBusy(waiting.current.size > 0);
      }
    });
  };
  // What was written meanwhile stays.
  const clear = (words: string) => {
    setText((now) => (now.trim() === words ? "" : now));
    id.current = newIdempotencyKey();
  };
  // A reply is put where one writes: it can be changed before it is sent.
  const put = (reply: string) => {
    setText((before) => (before.trim() ? `${before.trimEnd()} ${reply}` : reply));
    field.current?.focus();
  };
  const send = () => {
    const words = text.trim();
    if (!words) return;
    act("The message was not sent", async () => {
      await sendMessage(one.id, words, id.current);
      clear(words);
    });
  };
  const move = () => {
    if (!mine) {
      act("The conversation was not taken over", () => takeOver(one.id));
      return;
    }
    if (!text.trim()) {
      field.current?.focus();
      toast("Write a note to the agent first: it goes with the turn.", "bad");
      return;
    }
    const words = text.trim();
    act("The turn was not given back", async () => {
      await handBack(one.id, words);
      clear(words);
    });
  };
  useCommand("inbox.message", () => field.current?.focus());
  useCommand("inbox.turn", move);
  const holder = mine
    ? "You have the turn"
    : turn?.holder === "person"
      ? "Somebody else has the turn"
      : "The agent has the turn";
  return (
    <Card
      title={unread.size > 0 ? `Conversation, ${unread.size} new` : "Conversation"}
      label="Conversation beside the case"
      actions={
        <Button size="compact-xs" variant="subtle" onClick={move} loading={busy} rightSection={<Kbd name="t" />}>
          {mine ? "Hand back" : "Take over"}
        </Button>
      }
    >
      <div className={css.stack}>
        <p className={css.muted} aria-live="polite">
          {holder}
        </p>
        <Thread one={one} said={said} unread={unread} />
        {replies.length > 0 && (
          <ul className={css.replies} aria-label="Quick replies">
            {replies.map((reply) => (
              <li key={reply}>
                <Button size="compact-xs" variant="default" onClick={() => put(reply)}>
                  {reply}
                </Button>
              </li>
            ))}
          </ul>
        )}
        <textarea
          ref={field}
          className={css.input}
          rows={2}
          aria-label="Your message"
          placeholder={mine ? "To the person affected, or a note to hand back with" : "Say something"}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.nativeEvent.isComposing) return;
            event.preventDefault();
            event.stopPropagation();
            send();
          }}
        />
        <Button size="xs" onClick={send} disabled={!text.trim()} loading={busy}>
          Send message
        </Button>
      </div>
    </Card>
  );
}
