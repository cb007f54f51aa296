import { Button } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { Kbd } from "../../shared/ui/kit";
import css from "./inbox.module.css";

/** A note to the agent, which then proposes again. */
export function ChangesPanel({ onSend, onCancel }: { onSend: (note: string) => void; onCancel: () => void }) {
  const [note, setNote] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    field.current?.focus();
  }, []);
  const send = () => {
    if (note.trim()) onSend(note.trim());
  };
  return (
    <section className={css.reject} aria-label="Request changes">
      <h2>What shall the agent change?</h2>
      <textarea
        ref={field}
        className={css.input}
        rows={3}
        aria-label="Note to the agent"
        value={note}
        onChange={(event) => setNote(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          event.stopPropagation();
          send();
        }}
      />
      <div className={css.rejectActions}>
        <Button onClick={send} disabled={!note.trim()} rightSection={<Kbd name="enter" />}>
          Ask for changes
        </Button>
        <Button variant="subtle" onClick={onCancel} rightSection={<Kbd name="escape" />}>
          Cancel
        </Button>
      </div>
    </section>
  );
}
