import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, newIdempotencyKey } from "../../shared/api/client";
import type { Bulk, BulkChange } from "../../shared/api/types";
import { count, plural } from "../../shared/format/format";
import { Failure } from "../../shared/ui/kit";
import { toast } from "../../shared/ui/toasts";
import { WhyDialog } from "../../shared/ui/why-dialog";
import css from "./queues.module.css";

type Props = {
  loop: string;
  queue: string;
  queues: string[];
  selected: string[];
  /** Whether there is anything to change; a dialog that is open stays. */
  shown: boolean;
  onDone: () => void;
};
type Kind = BulkChange["kind"];

const TITLES: Record<Kind, string> = {
  transfer: "Move to another queue",
  reprioritise: "Change the priority",
  release: "Free the seats that are held",
};

/** What is done to the selected cases, or to all of the queue. */
export function BulkBar({ loop, queue, queues, selected, shown, onDone }: Props) {
  // The rows are read again all the time: what was selected when the dialog opened is what it changes.
  const [asked, setAsked] = useState<{ kind: Kind; cases: string[] } | null>(null);
  const kind = asked?.kind ?? null;
  const cases = asked?.cases ?? [];
  const open = (wanted: Kind) => setAsked({ kind: wanted, cases: selected });
  const others = queues.filter((name) => name !== queue);
  // The queues may be known only after this bar is: what nobody chose yet is reckoned, not kept.
  const [chosen, setChosen] = useState("");
  const to = others.includes(chosen) ? chosen : (others[0] ?? "");
  const [priority, setPriority] = useState(9);
  const change: BulkChange | null =
    kind === "transfer"
      ? { kind, queue: to }
      : kind === "reprioritise"
        ? { kind, priority }
        : kind === "release"
          ? { kind }
          : null;
  const what = cases.length ? plural(cases.length, "case") : "all of this queue";
  const body = { loop, filter: { queue, ...(cases.length ? { cases } : {}) }, change };
  const found = useQuery({
    queryKey: ["bulk", body],
    queryFn: ({ signal }) => api.post<Bulk>("/v1/queues/bulk", { ...body, dry_run: true }, { signal }),
    enabled: change !== null && (kind !== "transfer" || to !== ""),
    staleTime: 0,
  });
  const act = async (reason: string) => {
    const options = { idempotencyKey: newIdempotencyKey() };
    const expect = found.data?.count;
    let bulk = await api.post<Bulk>("/v1/queues/bulk", { ...body, expect, reason }, options).catch((error) => {
      // Other cases may fit by now: the number to confirm is the new one.
      void found.refetch();
      throw error;
    });
    while (bulk.state === "running") {
      await new Promise((resolve) => setTimeout(resolve, 250));
      bulk = await api.get<Bulk>(`/v1/queues/bulk/${bulk.id}`);
    }
    const moved = bulk.skipped ? `; ${count(bulk.skipped)} had moved on` : "";
    toast(`${plural(bulk.changed, "case")} changed${moved}.`, "good");
    onDone();
  };
  return (
    <>
      {shown && (
        <section className={css.bar} aria-label="Change many cases">
          <span aria-live="polite">
            {selected.length ? `${plural(selected.length, "case")} selected` : "None selected: all of the queue"}
          </span>
          <span className={css.buttons}>
            <Button size="xs" onClick={() => open("transfer")} disabled={others.length === 0}>
              Move…
            </Button>
            <Button size="xs" onClick={() => open("reprioritise")}>
              Priority…
            </Button>
            <Button size="xs" onClick={() => open("release")}>
              Free seats…
            </Button>
          </span>
        </section>
      )}
      <WhyDialog
        title={kind ? TITLES[kind] : ""}
        action={found.data ? `Change ${plural(found.data.count, "case")}` : "Change"}
        disabled={!found.data?.count || found.isFetching}
        opened={asked !== null}
        onClose={() => setAsked(null)}
        act={act}
      >
        {kind === "transfer" && (
          <label className={css.field}>
            To
            <select value={to} onChange={(event) => setChosen(event.target.value)}>
              {others.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        )}
        {kind === "reprioritise" && (
          <label className={css.field}>
            Priority, 9 comes first
            <select value={priority} onChange={(event) => setPriority(Number(event.target.value))}>
              {[9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((value) => (
                <option key={value}>{value}</option>
              ))}
            </select>
          </label>
        )}
        {kind !== "reprioritise" && <p>Whoever holds one of these cases loses it; what they typed stays with them.</p>}
        {found.isError && <Failure what="It could not be counted" error={found.error} />}
        <p aria-live="polite">
          {found.data
            ? `Of ${what}, ${plural(found.data.count, "case")} will be changed.`
            : !found.isError && "Counting…"}
        </p>
      </WhyDialog>
    </>
  );
}
