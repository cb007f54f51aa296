import { Button, Modal } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../shared/api/client";
import { explain } from "../../shared/api/error";
import type { Channel, ChannelKind, Page } from "../../shared/api/types";
import { Ago, Badge, Card, Empty, Failure, Note, Skeleton, Table } from "../../shared/ui/kit";
import { toast } from "../../shared/ui/toasts";
import { ChannelDetail } from "./channel-detail";
import { ChannelForm } from "./channel-form";
import css from "./settings.module.css";

const KEY = ["channels"];

/** Where else do cases come from and decisions go, and does it work? */
export function Channels() {
  const client = useQueryClient();
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<Channel | null>(null);
  const [shown, setShown] = useState<string | null>(null);
  const channels = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api.get<Page<Channel>>("/v1/channels?limit=500", { signal }),
    select: (page) => page.items,
    refetchInterval: 2000,
  });
  const kinds = useQuery({
    queryKey: ["channels", "kinds"],
    queryFn: ({ signal }) => api.get<Page<ChannelKind>>("/v1/channels/kinds", { signal }),
    select: (page) => page.items,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const changed = () => void client.invalidateQueries({ queryKey: KEY });
  const pause = useMutation({
    mutationFn: (one: Channel) => api.patch<Channel>(`/v1/channels/${one.id}`, { paused: one.state === "active" }),
    onSuccess: changed,
    onError: (error) => toast(`Nothing was changed: ${explain(error)}`, "bad"),
  });
  const test = useMutation({
    mutationFn: (one: Channel) =>
      api.post<{ ok: boolean; detail: string; took_ms: number }>(`/v1/channels/${one.id}/test`, {}),
    onSuccess: (told) => {
      changed();
      toast(
        told.ok ? `It works: ${told.detail} (${told.took_ms} ms).` : `It does not work: ${told.detail}`,
        told.ok ? "good" : "bad",
      );
    },
    onError: (error) => toast(`Nothing was tried: ${explain(error)}`, "bad"),
  });
  const remove = useMutation({
    mutationFn: (one: Channel) => api.remove(`/v1/channels/${one.id}`),
    onSuccess: changed,
    onError: (error) => toast(`The channel is still there: ${explain(error)}`, "bad"),
    onSettled: () => setRemoving(null),
  });
  const open = channels.data?.find((one) => one.id === shown);
  const missing = kinds.data?.filter((kind) => !kind.available) ?? [];
  return (
    <>
      <Card
        title="Channels"
        flush
        actions={
          <Button size="xs" variant="filled" onClick={() => setAdding(true)}>
            Add a channel
          </Button>
        }
      >
        {channels.isError && <Failure what="The channels could not be read" error={channels.error} />}
        {channels.isPending && <Skeleton height={120} />}
        {channels.data?.length === 0 && (
          <Empty title="No channels yet">
            <p>A message broker brings cases in and hears of decisions; a help desk gets a ticket for what waits.</p>
          </Empty>
        )}
        {channels.data && channels.data.length > 0 && (
          <Table
            label="Channels"
            rows={channels.data}
            rowKey={(one) => one.id}
            columns={[
              {
                title: "Channel",
                cell: (one) => (
                  <>
                    <strong>{one.name}</strong>
                    <br />
                    <span className={css.muted}>{way(one)}</span>
                  </>
                ),
              },
              { title: "Is", cell: (one) => <Status channel={one} /> },
              { title: "Last message", cell: (one) => <Ago at={one.health.last_at} /> },
              { title: "Waiting", cell: (one) => one.health.waiting ?? "–", number: true },
              { title: "Done", cell: (one) => one.health.done, number: true },
              { title: "No good", cell: (one) => one.health.dead, number: true },
              {
                title: "Change",
                cell: (one) => (
                  <span className={css.buttons}>
                    <Button
                      size="xs"
                      onClick={() => setShown(shown === one.id ? null : one.id)}
                      aria-expanded={shown === one.id}
                      aria-label={`Messages of ${one.name}`}
                    >
                      Messages
                    </Button>
                    <Button
                      size="xs"
                      loading={test.isPending && test.variables?.id === one.id}
                      onClick={() => test.mutate(one)}
                      aria-label={`Test ${one.name}`}
                    >
                      Test
                    </Button>
                    <Button
                      size="xs"
                      variant="subtle"
                      onClick={() => pause.mutate(one)}
                      aria-label={`${one.state === "active" ? "Pause" : "Resume"} ${one.name}`}
                    >
                      {one.state === "active" ? "Pause" : "Resume"}
                    </Button>
                    <Button
                      size="xs"
                      variant="danger"
                      onClick={() => setRemoving(one)}
                      aria-label={`Remove ${one.name}`}
                    >
                      Remove
                    </Button>
                  </span>
                ),
              },
            ]}
          />
        )}
        {missing.length > 0 && (
          <Note tone="neutral" title="Not in this build">
            {missing.map((kind) => (
              <span key={kind.kind}>
                {kind.title}: <code>{kind.enable}</code>{" "}
              </span>
            ))}
          </Note>
        )}
      </Card>
      {open && <ChannelDetail key={open.id} channel={open} onChanged={changed} />}
      <Modal
        opened={adding}
        onClose={() => setAdding(false)}
        title="Add a channel"
        closeButtonProps={{ "aria-label": "Close" }}
      >
        {adding && (
          <ChannelForm
            kinds={kinds.data ?? []}
            onDone={(made) => {
              setAdding(false);
              setShown(made.id);
              changed();
            }}
          />
        )}
      </Modal>
      <Modal
        opened={removing !== null}
        onClose={() => setRemoving(null)}
        title="Remove this channel?"
        closeButtonProps={{ "aria-label": "Close" }}
      >
        <div className={css.form}>
          <p>
            {removing?.direction === "in"
              ? `No more cases come by ${removing.name}; what waits at the broker stays there.`
              : `Nothing more goes out by ${removing?.name}; what waits for it is dropped.`}{" "}
            This cannot be taken back.
          </p>
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

/** What a channel does, in words. */
export function way(one: Pick<Channel, "kind" | "direction" | "loop" | "kinds" | "loops">): string {
  if (one.direction === "in") return `${one.kind}, cases for ${one.loop}`;
  const loops = one.loops.length ? one.loops.join(", ") : "all loops";
  if (one.kind === "helpdesk") return `tickets for what waits · ${loops}`;
  const kinds = one.kinds.length ? one.kinds.map((kind) => kind.replace("case.", "")).join(", ") : "everything";
  return `${one.kind}, ${kinds} · ${loops}`;
}

function Status({ channel }: { channel: Channel }) {
  const { status } = channel.health;
  if (status === "up") return <Badge tone="good">up</Badge>;
  if (status === "down") return <Badge tone="bad">down</Badge>;
  if (status === "unavailable") return <Badge tone="warn">not in this build</Badge>;
  return <Badge tone="neutral">{status}</Badge>;
}
