import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { currentMember, newIdempotencyKey } from "../../shared/api/client";
import { explain } from "../../shared/api/error";
import type { Case } from "../../shared/api/types";
import { handBack, messagesQuery, sendMessage, takeOver } from "../../shared/case-view/messages";
import { Thread } from "../../shared/case-view/thread";
import { useCommand } from "../../shared/hotkeys/use-command";
import { Card, Kbd } from "../../shared/ui/kit";
import { toast } from "../../shared/ui/toasts";
import css from "./inbox.module.css";

/** The live conversation beside the case: who has the turn, what was said, and what one says oneself. */
export function ConversationCard({ one }: { one: Case }) {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  // The same words sent again after a failure are the same message.
  const id = useRef(newIdempotencyKey());
  const field = useRef<HTMLTextAreaElement>(null);
  const client = useQueryClient();
  const found = useQuery(messagesQuery(one.id));
  const turn = found.data?.turn ?? one.turn;
  const said = found.data?.items ?? [];
  const mine = turn?.holder === "person" && turn.member === currentMember();
  const act = async (what: string, work: () => Promise<unknown>) => {
    if (busy) return;
    setBusy(true);
    try {
      await work();
      await client.invalidateQueries(messagesQuery(one.id));
    } catch (error) {
      toast(`${what}: ${explain(error)} Your words are kept here.`, "bad");
    } finally {
      setBusy(false);
    }
  };
  const clear = () => {
    setText("");
    id.current = newIdempotencyKey();
  };
  const send = () => {
    if (!text.trim()) return;
    void act("The message was not sent", async () => {
      await sendMessage(one.id, text.trim(), id.current);
      clear();
    });
  };
  const move = () => {
    if (!mine) {
      void act("The conversation was not taken over", () => takeOver(one.id));
      return;
    }
    if (!text.trim()) {
      field.current?.focus();
      toast("Write a note to the agent first: it goes with the turn.", "bad");
      return;
    }
    void act("The turn was not given back", async () => {
      await handBack(one.id, text.trim());
      clear();
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
      title="Conversation"
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
        <Thread one={one} said={said} />
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
