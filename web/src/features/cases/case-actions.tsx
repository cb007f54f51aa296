import { Button, Modal } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api } from "../../shared/api/client";
import { holds } from "../../shared/api/rights";
import type { Case, Role, Session } from "../../shared/api/types";
import { standing } from "../../shared/case-view/status";
import { Failure } from "../../shared/ui/kit";
import { toast } from "../../shared/ui/toasts";
import css from "./cases.module.css";

type Action = { name: "reopen" | "veto" | "cancel"; label: string; what: string; needsReason: boolean };

const REOPEN: Action = {
  name: "reopen",
  label: "Reopen",
  what: "The decision stays on record; people decide again.",
  needsReason: true,
};
const VETO: Action = {
  name: "veto",
  label: "Veto",
  what: "The held decision is withdrawn before it takes effect.",
  needsReason: false,
};
const CANCEL: Action = {
  name: "cancel",
  label: "Cancel",
  what: "Nobody needs to decide this case any more.",
  needsReason: false,
};

/** What this person may do to this case now. The server has the last word. */
export function actionsFor(one: Case, session: Session): Action[] {
  const has = (...roles: Role[]) => holds(session, one.loop, ...roles);
  const actions: Action[] = [];
  if (standing(one)?.state === "held" && has("orchestrator", "reviewer", "arbiter")) actions.push(VETO);
  // An open appeal decides it anew; nothing else does meanwhile.
  const contested = one.appeals?.some((appeal) => appeal.state === "open");
  if (one.status === "decided" && !contested && has("orchestrator", "arbiter")) actions.push(REOPEN);
  if (
    ["queued", "claimed", "waiting_for_proposal", "reopened"].includes(one.status) &&
    !contested &&
    has("orchestrator", "submitter")
  )
    actions.push(CANCEL);
  return actions;
}

export function CaseActions({ one, session }: { one: Case; session: Session }) {
  const [open, setOpen] = useState<Action | null>(null);
  return (
    <div className={css.actions}>
      {actionsFor(one, session).map((action) => (
        <Button
          key={action.name}
          variant={action.name === "cancel" ? "danger" : "default"}
          onClick={() => setOpen(action)}
        >
          {action.label}
        </Button>
      ))}
      <Modal
        opened={open !== null}
        onClose={() => setOpen(null)}
        title={open?.label}
        closeButtonProps={{ "aria-label": "Close" }}
      >
        {open && <Ask one={one} action={open} onDone={() => setOpen(null)} />}
      </Modal>
    </div>
  );
}

function Ask({ one, action, onDone }: { one: Case; action: Action; onDone: () => void }) {
  const client = useQueryClient();
  const act = useMutation({
    mutationFn: (reason: string) => api.post(`/v1/cases/${one.id}/${action.name}`, reason ? { reason } : {}),
    onSuccess: async () => {
      toast(`${action.label}: done.`, "good");
      onDone();
      await client.invalidateQueries();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    act.mutate(String(new FormData(event.currentTarget).get("reason") ?? "").trim());
  };
  return (
    <form className={css.ask} onSubmit={submit}>
      <p>{action.what}</p>
      {action.name !== "cancel" && (
        <label>
          Why{action.needsReason ? "" : " (optional)"}
          <input className={css.field} name="reason" required={action.needsReason} data-autofocus />
        </label>
      )}
      {act.isError && <Failure what="Nothing was changed" error={act.error} />}
      <div className={css.actions}>
        <Button type="submit" variant="filled" loading={act.isPending}>
          {action.label}
        </Button>
        <Button variant="subtle" onClick={onDone}>
          Leave it
        </Button>
      </div>
    </form>
  );
}
