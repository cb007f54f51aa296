import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { queuesQuery } from "../../shared/api/queries";
import { useEvents } from "../../shared/events/event-stream";
import { count } from "../../shared/format/format";
import css from "./inbox.module.css";

const AT_MOST_EVERY_MS = 2000;

/** How many cases wait; on its own, so that a new number never draws the case again. */
export function WaitingCount({ loop }: { loop: string | null }) {
  const client = useQueryClient();
  const planned = useRef(false);
  const queues = useQuery({ ...queuesQuery, refetchInterval: 15_000 });
  useEvents(() => {
    if (planned.current) return;
    planned.current = true;
    setTimeout(() => {
      planned.current = false;
      void client.invalidateQueries(queuesQuery);
    }, AT_MOST_EVERY_MS);
  });
  if (!queues.data) return null;
  const waiting = queues.data
    .filter((queue) => !loop || queue.loop === loop)
    .reduce((sum, queue) => sum + queue.waiting, 0);
  return <span className={css.waiting}>{count(waiting)} waiting</span>;
}
