import { Button, Modal } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../shared/api/client";
import { explain } from "../../shared/api/error";
import type { Page, Webhook } from "../../shared/api/types";
import { Badge, Card, Empty, Failure, Skeleton, Table } from "../../shared/ui/kit";
import { toast } from "../../shared/ui/toasts";
import { Once } from "./once";
import css from "./settings.module.css";
import { WebhookDetail } from "./webhook-detail";
import { WebhookForm } from "./webhook-form";

const KEY = ["webhooks"];

/** Where are messages about cases sent, and do they arrive? */
export function Webhooks() {
  const client = useQueryClient();
  const [editing, setEditing] = useState<Webhook | "new" | null>(null);
  const [removing, setRemoving] = useState<Webhook | null>(null);
  const [shown, setShown] = useState<string | null>(null);
  const [made, setMade] = useState<Webhook | null>(null);
  const hooks = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api.get<Page<Webhook>>("/v1/webhooks?limit=500", { signal }),
    select: (page) => page.items,
    refetchInterval: 5000,
  });
  const changed = () => void client.invalidateQueries({ queryKey: KEY });
  const pause = useMutation({
    mutationFn: (hook: Webhook) => api.patch<Webhook>(`/v1/webhooks/${hook.id}`, { paused: hook.state === "active" }),
    onSuccess: changed,
    onError: (error) => toast(`Nothing was changed: ${explain(error)}`, "bad"),
  });
  const remove = useMutation({
    mutationFn: (hook: Webhook) => api.remove(`/v1/webhooks/${hook.id}`),
    onSuccess: changed,
    onError: (error) => toast(`The webhook is still there: ${explain(error)}`, "bad"),
    onSettled: () => setRemoving(null),
  });
  const open = hooks.data?.find((hook) => hook.id === shown);
  return (
    <>
      {made?.secret && (
        <Once title="The webhook's secret" secret={made.secret}>
          {made.old_secret_until
            ? "Copy it now: it is not shown again. Messages are signed with the secret before it, too, for a day."
            : "Copy it now: it is not shown again. Whoever receives messages verifies them with it."}
        </Once>
      )}
      <Card
        title="Webhooks"
        flush
        actions={
          <Button size="xs" variant="filled" onClick={() => setEditing("new")}>
            Add a webhook
          </Button>
        }
      >
        {hooks.isError && <Failure what="The webhooks could not be read" error={hooks.error} />}
        {hooks.isPending && <Skeleton height={120} />}
        {hooks.data?.length === 0 && (
          <Empty title="No webhooks yet">
            <p>Add an address, and your systems hear of every decision the moment it takes effect.</p>
          </Empty>
        )}
        {hooks.data && hooks.data.length > 0 && (
          <Table
            label="Webhooks"
            rows={hooks.data}
            rowKey={(hook) => hook.id}
            columns={[
              { title: "Address", cell: (hook) => <strong className={css.address}>{hook.url}</strong> },
              { title: "Messages", cell: (hook) => wanted(hook) },
              { title: "State", cell: (hook) => <State hook={hook} /> },
              {
                title: "Change",
                cell: (hook) => (
                  <span className={css.buttons}>
                    <Button
                      size="xs"
                      onClick={() => setShown(shown === hook.id ? null : hook.id)}
                      aria-expanded={shown === hook.id}
                      aria-label={`Deliveries to ${hook.url}`}
                    >
                      Deliveries
                    </Button>
                    <Button size="xs" onClick={() => setEditing(hook)} aria-label={`Edit ${hook.url}`}>
                      Edit
                    </Button>
                    <Button
                      size="xs"
                      variant="subtle"
                      onClick={() => pause.mutate(hook)}
                      aria-label={`${hook.state === "active" ? "Pause" : "Resume"} ${hook.url}`}
                    >
                      {hook.state === "active" ? "Pause" : "Resume"}
                    </Button>
                    <Button
                      size="xs"
                      variant="danger"
                      onClick={() => setRemoving(hook)}
                      aria-label={`Remove ${hook.url}`}
                    >
                      Remove
                    </Button>
                  </span>
                ),
              },
            ]}
          />
        )}
      </Card>
      {open && <WebhookDetail key={open.id} hook={open} onRotated={setMade} onChanged={changed} />}
      <Modal
        opened={editing !== null}
        onClose={() => setEditing(null)}
        title={editing === "new" ? "Add a webhook" : "Edit the webhook"}
        closeButtonProps={{ "aria-label": "Close" }}
      >
        {editing !== null && (
          <WebhookForm
            hook={editing === "new" ? null : editing}
            onDone={(hook) => {
              setEditing(null);
              setShown(hook.id);
              if (hook.secret) setMade(hook);
              changed();
            }}
          />
        )}
      </Modal>
      <Modal
        opened={removing !== null}
        onClose={() => setRemoving(null)}
        title="Remove this webhook?"
        closeButtonProps={{ "aria-label": "Close" }}
      >
        <div className={css.form}>
          <p>Nothing more is sent to {removing?.url}; what waits for it is dropped. This cannot be taken back.</p>
          <span className={css.buttons}>
            <Button variant="danger" loading={remove.isPending} onClick={() => removing && remove.mutate(removing)}>
              Remove
            </Button>
            <Button variant="subtle" onClick={() => setRemoving(null)}>
              Keep it
            </Button>
          </span>
        </div>
      </Modal>
    </>
  );
}

/** What a webhook asks for, in words. */
export function wanted(hook: Pick<Webhook, "kinds" | "loops" | "payload">): string {
  const kinds = hook.kinds.length ? hook.kinds.map((kind) => kind.replace("case.", "")).join(", ") : "everything";
  const loops = hook.loops.length ? hook.loops.join(", ") : "all loops";
  return `${kinds} · ${loops}${hook.payload === "full" ? " · with content" : ""}`;
}

function State({ hook }: { hook: Webhook }) {
  if (hook.state === "disabled") return <Badge tone="bad">disabled</Badge>;
  if (hook.state === "paused") return <Badge tone="neutral">paused</Badge>;
  if (hook.failures > 0) return <Badge tone="warn">failing</Badge>;
  return <Badge tone="good">active</Badge>;
}
