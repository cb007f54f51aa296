import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { api } from "../../shared/api/client";
import type { HeldDecision, HeldDecisions, LoopSpec } from "../../shared/api/types";
import { answerInWords } from "../../shared/case-view/answer-view";
import { useEvents } from "../../shared/events/event-stream";
import { clock, shortId } from "../../shared/format/format";
import { useCommand, useKey } from "../../shared/hotkeys/use-command";
import { Badge, Card, Failure, Kbd, Note, Table } from "../../shared/ui/kit";
import { toast } from "../../shared/ui/toasts";
import { useNow } from "../../shared/ui/use-now";
import { WhyDialog } from "../../shared/ui/why-dialog";
import css from "./live.module.css";

/** Seconds that are left at `now`, of what was read at `readAt`; a clock that stands loses none. */
export function secondsLeft(held: Pick<HeldDecision, "left_s" | "running">, readAt: number, now: number): number {
  const passed = held.running ? Math.max(0, now - readAt) / 1000 : 0;
  return Math.max(0, Math.ceil(held.left_s - passed));
}

type Props = { loop: string; spec: LoopSpec | undefined; may: boolean };

/** What the machine decided and has not done yet, and how long it can be withdrawn. */
export function HeldCard({ loop, spec, may }: Props) {
  const client = useQueryClient();
  const key = ["held", loop];
  const held = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => api.get<HeldDecisions>(`/v1/loops/${encodeURIComponent(loop)}/held`, { signal }),
    refetchInterval: 5_000,
  });
  useEvents((events) => {
    if (events.some((event) => event.loop === loop && event.case)) void client.invalidateQueries({ queryKey: key });
  });
  const now = useNow(500);
  const [vetoing, setVetoing] = useState<HeldDecision | null>(null);
  const items = held.data?.items ?? [];
  const left = (one: HeldDecision) => secondsLeft(one, held.dataUpdatedAt, now);
  const first = items.toSorted((a, b) => left(a) - left(b))[0];
  useCommand("live.veto", () => first && setVetoing(first), may && items.length > 0);
  const shortcut = useKey("live.veto");
  const act = async (reason: string) => {
    if (!vetoing) return;
    await api.post(`/v1/cases/${vetoing.case}/veto`, { reason });
    toast("The decision is withdrawn; people decide.", "good");
    await client.invalidateQueries({ queryKey: key });
  };
  return (
    <>
      {held.isError && <Failure what="The held decisions could not be read" error={held.error} />}
      {!held.isError && items.length > 0 && (
        <Card title="Held for a veto" flush actions={may && shortcut && <Kbd name={shortcut} />}>
          {held.data && !held.data.watched && (
            <Note tone="warn" title="Nobody watches">
              The time for a veto stands until somebody who may veto is connected. Nothing here takes effect meanwhile.
            </Note>
          )}
          <Table
            label="Held for a veto"
            rows={items}
            rowKey={(one) => one.case}
            columns={[
              { title: "Case", cell: (one) => <Link href={`/cases/${one.case}`}>{one.key ?? shortId(one.case)}</Link> },
              { title: "Decided", cell: (one) => answerInWords(one.output, spec) },
              { title: "Left", cell: (one) => <Left seconds={left(one)} running={one.running} /> },
              {
                title: "Veto",
                cell: (one) =>
                  may && (
                    <Button
                      size="xs"
                      onClick={() => setVetoing(one)}
                      aria-label={`Veto ${one.key ?? shortId(one.case)}`}
                    >
                      Veto…
                    </Button>
                  ),
              },
            ]}
          />
        </Card>
      )}
      {/* Beside the card: what somebody writes stays when nothing is held any more. */}
      <WhyDialog
        title={`Veto ${vetoing?.key ?? (vetoing ? shortId(vetoing.case) : "")}?`}
        action="Veto"
        opened={vetoing !== null}
        onClose={() => setVetoing(null)}
        act={act}
      >
        <p>The decision is withdrawn before it takes effect, and people decide the case. Why stays with it.</p>
      </WhyDialog>
    </>
  );
}

function Left({ seconds, running }: { seconds: number; running: boolean }) {
  const words = seconds < 120 ? `${seconds} s` : clock(seconds);
  if (!running) return <Badge tone="warn">{`${words}, clock stands`}</Badge>;
  return <span className={css.left}>{seconds > 0 ? words : "takes effect now"}</span>;
}
