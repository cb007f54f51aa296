import { useQueryClient } from "@tanstack/react-query";
import { api } from "../../shared/api/client";
import { queuesQuery } from "../../shared/api/queries";
import type { QueueRow } from "../../shared/api/types";
import { toast } from "../../shared/ui/toasts";
import { WhyDialog } from "../../shared/ui/why-dialog";
import css from "./queues.module.css";

/** Pauses a queue that hands out cases, and resumes one that does not. */
export function PauseDialog({ row, onClose }: { row: QueueRow | null; onClose: () => void }) {
  const client = useQueryClient();
  const paused = Boolean(row?.paused);
  const act = async (reason: string, form: FormData) => {
    const clock = form.get("stops") ? "stops" : "runs";
    const body = { loop: row?.loop, queue: row?.queue, reason, ...(paused ? {} : { clock }) };
    await api.post(`/v1/queues/${paused ? "resume" : "pause"}`, body);
    toast(`${row?.queue} ${paused ? "hands out cases again." : "is paused."}`, "good");
    await client.invalidateQueries(queuesQuery);
  };
  return (
    <WhyDialog
      title={paused ? `Resume ${row?.queue}?` : `Pause ${row?.queue}?`}
      action={paused ? "Resume" : "Pause"}
      opened={row !== null}
      onClose={onClose}
      act={act}
    >
      {paused ? (
        <p>Reviewers get cases of this queue again.</p>
      ) : (
        <>
          <p>Nobody gets another case of this queue. Whoever holds a case may finish it.</p>
          <label className={css.check}>
            <input type="checkbox" name="stops" />
            The clock stops as well: this time does not count towards deadlines
          </label>
        </>
      )}
    </WhyDialog>
  );
}
