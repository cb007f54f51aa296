import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useCallback, useState } from "react";
import { Link } from "wouter";
import { loopQuery, loopsQuery } from "../../shared/api/queries";
import type { LoopSpec } from "../../shared/api/types";
import { useCommand } from "../../shared/hotkeys/use-command";
import { Card, Empty, Failure, Kbd, Skeleton, useTitle } from "../../shared/ui/kit";
import { toast } from "../../shared/ui/toasts";
import { CaseDesk } from "./case-desk";
import { readClaimOrder, saveClaimOrder } from "./claim-order";
import css from "./inbox.module.css";
import type { InboxState, InboxStore } from "./inbox-store";
import { LeaseClock } from "./lease-clock";
import { LoopPicker, OrderPicker } from "./loop-picker";
import { SessionPanel } from "./session-panel";
import { UndoBar } from "./undo-bar";
import { useInbox } from "./use-inbox";
import { WaitingCount } from "./waiting-count";

/** What waits for me? One case in the centre, the next two behind it. */
export function InboxPage({ member, loop }: { member: string; loop: string | null }) {
  const [order, setOrder] = useState(readClaimOrder);
  const [store, state] = useInbox(member, loop, order);
  useTitle("Inbox");
  const undo = useCallback(() => {
    const past = store.snapshot().past;
    if (past && performance.now() <= past.undoEndsAt) void store.undo();
    else toast("There is nothing left to undo: the time for it is over.");
  }, [store]);
  useCommand("inbox.undo", undo);
  useCommand("inbox.extend", () => void store.renew(true), state.items.length > 0);
  const top = state.items[0] ?? null;
  return (
    <div className={css.page}>
      <header className={css.head}>
        <h1>Inbox</h1>
        <LoopPicker current={loop} />
        <OrderPicker
          current={order}
          onChange={(chosen) => {
            saveClaimOrder(chosen);
            setOrder(chosen);
          }}
        />
        <span className={css.headEnd}>
          <WaitingCount loop={loop} />
          {top && <LeaseClock item={top} onExtend={() => void store.renew(true)} />}
        </span>
      </header>
      <Desk store={store} state={state} loop={loop} undo={<UndoBar past={state.past} onUndo={undo} />} />
    </div>
  );
}

type DeskProps = { store: InboxStore; state: InboxState; loop: string | null; undo: ReactNode };

function Desk({ store, state, loop, undo }: DeskProps) {
  const top = state.items[0] ?? null;
  const view = useQuery({
    ...loopQuery(top?.claim.case.loop ?? "", top?.claim.case.loop_version),
    enabled: top !== null,
  });
  usePrefetchedLoops(state);
  if (!top) return <NothingToDo store={store} state={state} loop={loop} undo={undo} />;
  const spec: LoopSpec | undefined = view.data?.spec ?? specOf(top.claim.loop);
  if (!spec) {
    if (view.isError) return <Failure what={`The loop ${top.claim.case.loop} could not be read`} error={view.error} />;
    return <Waiting />;
  }
  return (
    <CaseDesk
      store={store}
      item={top}
      spec={spec}
      undo={undo}
      aside={<SessionPanel judged={state.judged} times={state.times} />}
    />
  );
}

/** Loops of the cases behind the current one are read ahead, so that no case waits for its loop. */
function usePrefetchedLoops(state: InboxState): void {
  const second = state.items[1]?.claim.case;
  useQuery({ ...loopQuery(second?.loop ?? "", second?.loop_version), enabled: second !== undefined });
}

function specOf(loop: unknown): LoopSpec | undefined {
  if (!loop || typeof loop !== "object") return undefined;
  const spec = "spec" in loop ? loop.spec : loop;
  return spec && typeof spec === "object" && "answer" in spec ? (spec as LoopSpec) : undefined;
}

function Waiting() {
  return (
    <div className={css.desk} role="status" aria-label="Loading the next case">
      <Card>
        <div className={css.skeletons}>
          <Skeleton height={20} width="40%" />
          <Skeleton height={240} width={240} />
          <Skeleton height={40} />
        </div>
      </Card>
      <Card>
        <div className={css.skeletons}>
          <Skeleton height={16} width="60%" />
          <Skeleton height={80} />
        </div>
      </Card>
    </div>
  );
}

function NothingToDo({ store, state, loop, undo }: DeskProps) {
  const loops = useQuery(loopsQuery);
  if (state.problem) {
    return (
      <Failure
        what="No cases could be fetched"
        error={state.problem}
        action={<Button onClick={store.wake}>Try again</Button>}
      />
    );
  }
  if (state.loading && !state.exhausted) return <Waiting />;
  const known = loops.data ?? [];
  const live = loop ?? known[0]?.name;
  return (
    <Card>
      <Empty
        title={state.judged ? "That was all, well done" : "Nothing waits for you"}
        action={
          <div className={css.emptyActions}>
            {live && (
              <Link href={`/loops/${live}/live`} className={css.linkButton}>
                See how the loop is doing
              </Link>
            )}
            {loop && (
              <Link href="/inbox" className={css.linkButton}>
                Look in every loop
              </Link>
            )}
          </div>
        }
      >
        <p>
          {known.length === 0 && !loops.isPending
            ? "There is no loop yet. Publish one with `tandem loop apply FILE`, then submit cases to it."
            : "The next case appears here by itself as soon as one waits; you need not reload."}
        </p>
        <p>
          <Kbd name="mod+k" /> finds everything else.
        </p>
      </Empty>
      {undo}
      {state.judged > 0 && <SessionPanel judged={state.judged} times={state.times} />}
    </Card>
  );
}
