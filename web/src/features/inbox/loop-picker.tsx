import { useQuery } from "@tanstack/react-query";
import { useLocation } from "wouter";
import { loopsQuery } from "../../shared/api/queries";
import { type ClaimOrder, ORDERS } from "./claim-order";
import css from "./inbox.module.css";

export function LoopPicker({ current }: { current: string | null }) {
  const loops = useQuery(loopsQuery);
  const [, navigate] = useLocation();
  if ((loops.data?.length ?? 0) < 2 && !current) return null;
  return (
    <select
      className={css.picker}
      aria-label="Loop"
      value={current ?? ""}
      onChange={(event) => navigate(event.target.value ? `/inbox/${event.target.value}` : "/inbox")}
    >
      <option value="">Every loop</option>
      {loops.data?.map((loop) => (
        <option key={loop.name} value={loop.name}>
          {loop.title ?? loop.name}
        </option>
      ))}
    </select>
  );
}

export function OrderPicker({ current, onChange }: { current: ClaimOrder; onChange: (order: ClaimOrder) => void }) {
  return (
    <select
      className={css.picker}
      aria-label="Which case comes next"
      value={current}
      onChange={(event) => {
        const chosen = ORDERS.find(({ order }) => order === event.target.value);
        if (chosen) onChange(chosen.order);
      }}
    >
      {ORDERS.map(({ order, title }) => (
        <option key={order} value={order}>
          {title}
        </option>
      ))}
    </select>
  );
}
