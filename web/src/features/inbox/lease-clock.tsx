import { Button } from "@mantine/core";
import { useEffect, useState } from "react";
import { clock } from "../../shared/format/format";
import { Icon } from "../../shared/ui/icons";
import { Kbd } from "../../shared/ui/kit";
import { announce } from "../../shared/ui/toasts";
import css from "./inbox.module.css";
import type { Item } from "./inbox-store";

const WARN_S = 20;

/** How long the case is still reserved. It never takes the focus; the bar under it offers more time. */
export function LeaseClock({ item, onExtend }: { item: Item; onExtend: () => void }) {
  const left = useSecondsLeft(item.leaseEndsAt);
  const soon = left <= WARN_S;
  useEffect(() => {
    if (soon) announce("Your claim on this case ends in 20 seconds. Press L for more time.");
  }, [soon]);
  return (
    <span className={css.lease} data-soon={soon || undefined} title="How long this case is reserved for you">
      <Icon name="clock" size={14} />
      {left > 0 ? clock(left) : "lease over"}
      {soon && (
        <Button size="compact-xs" onClick={onExtend} rightSection={<Kbd name="l" />}>
          Extend
        </Button>
      )}
    </span>
  );
}

function useSecondsLeft(endsAt: number): number {
  const seconds = () => Math.max(0, Math.ceil((endsAt - performance.now()) / 1000));
  const [left, setLeft] = useState(seconds);
  useEffect(() => {
    const tick = () => setLeft(Math.max(0, Math.ceil((endsAt - performance.now()) / 1000)));
    tick();
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  }, [endsAt]);
  return left;
}
