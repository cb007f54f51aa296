import { Button } from "@mantine/core";
import { useEffect, useState } from "react";
import { Kbd } from "../../shared/ui/kit";
import css from "./inbox.module.css";
import type { Past } from "./inbox-store";

/** What was said last, and how long it may still be taken back. Its room is kept free, so nothing jumps. */
export function UndoBar({ past, onUndo }: { past: Past | null; onUndo: () => void }) {
  const left = useCountdown(past?.undoEndsAt ?? 0);
  return (
    <div className={css.undo}>
      {past && left > 0 && (
        <>
          <span className={css.undoText}>Last: {past.said.words}</span>
          <Button size="xs" variant="subtle" onClick={onUndo} rightSection={<Kbd name="z" />}>
            Undo · {left} s
          </Button>
        </>
      )}
    </div>
  );
}

function useCountdown(endsAt: number): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    const tick = () => setLeft(Math.max(0, Math.ceil((endsAt - performance.now()) / 1000)));
    tick();
    const timer = setInterval(tick, 250);
    return () => clearInterval(timer);
  }, [endsAt]);
  return left;
}
