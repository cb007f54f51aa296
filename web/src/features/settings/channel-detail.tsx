import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "wouter";
import { api } from "../../shared/api/client";
import { explain } from "../../shared/api/error";
import type { Channel, ChannelMessage, Page } from "../../shared/api/types";
import { Ago, Badge, Card, Empty, Facts, Failure, Note, Skeleton, Table } from "../../shared/ui/kit";
import { toast } from "../../shared/ui/toasts";
import css from "./settings.module.css";

/** How one channel is, and what became of its messages; looked at again every two seconds. */
export function ChannelDetail({ channel, onChanged }: { channel: Channel; onChanged: () => void }) {
  const client = useQueryClient();
  const key = ["channels", channel.id, "messages"];
  const { health } = channel;
  const messages = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => api.get<Page<ChannelMessage>>(`/v1/channels/${channel.id}/messages?limit=50`, { signal }),
    select: (page) => page.items,
    refetchInterval: 2000,
  });
  const replay = useMutation({
    mutationFn: (id: string) =>
      api.post<{ count: number; refused: number }>(`/v1/channels/${channel.id}/replay`, { id }),
    onSuccess: ({ count }) => {
      void client.invalidateQueries({ queryKey: key });
      onChanged();
      if (count === 0) toast("It is no good still: the message says why.", "bad");
      else toast(channel.direction === "in" ? "It is a case now." : "It is sent again.", "good");
    },
    onError: (error) => toast(`Nothing was done: ${explain(error)}`, "bad"),
  });
  const inward = channel.direction === "in";
  return (
    <Card title={`Messages of ${channel.name}`} flush>
      {health.error && (
        <div role="alert">
          <Note tone={health.status === "down" ? "bad" : "warn"} title={`Failed ${health.failures} times in a row`}>
            {health.error}
          </Note>
        </div>
      )}
      <div className={css.inset}>
        <Facts
          rows={[
            ["Address", channel.broker?.url ?? channel.desk?.create.url ?? "–"],
            ["Connected", <Ago key="since" at={health.connected_at} />],
            ["Last message", <Ago key="last" at={health.last_at} />],
            [inward ? "Waiting at the broker" : "Waiting here", health.waiting ?? "not known"],
          ]}
        />
      </div>
      {messages.isError && <Failure what="The messages could not be read" error={messages.error} />}
      {messages.isPending && <Skeleton height={120} />}
      {messages.data?.length === 0 && (
        <Empty title={inward ? "Every message was good" : "Nothing was sent yet"}>
          <p>{inward ? "Messages that cannot become cases are kept here." : "Test it, to see whether it works."}</p>
        </Empty>
      )}
      {messages.data && messages.data.length > 0 && (
        <Table
          label={`Messages of ${channel.name}`}
          rows={messages.data}
          rowKey={(one) => one.id}
          columns={[
            { title: "When", cell: (one) => <Ago at={one.created_at} /> },
            { title: "Message", cell: (one) => <code title={one.source ?? one.subject}>{one.kind}</code> },
            { title: "State", cell: (one) => state(one) },
            { title: "Attempts", cell: (one) => one.attempts, number: true },
            {
              title: "What failed",
              cell: (one) => (
                <span className={css.answer} title={one.body ?? undefined}>
                  {one.case ? (
                    <Link href={`/cases/${one.case}`}>its case</Link>
                  ) : (
                    [one.path, one.error].filter(Boolean).join(": ")
                  )}
                </span>
              ),
            },
            {
              title: "Again",
              cell: (one) =>
                (inward ? one.state === "dead" : one.state !== "waiting") && (
                  <Button
                    size="xs"
                    variant="subtle"
                    onClick={() => replay.mutate(one.id)}
                    aria-label={`${inward ? "Hand in" : "Send"} again: ${one.id}`}
                  >
                    {inward ? "Hand in again" : "Send again"}
                  </Button>
                ),
            },
          ]}
        />
      )}
    </Card>
  );
}

function state(one: ChannelMessage) {
  if (one.state === "done") return <Badge tone="good">{one.case ? "handed in" : "delivered"}</Badge>;
  if (one.state === "dead") return <Badge tone="bad">{one.kind === "case" ? "no good" : "given up"}</Badge>;
  return <Badge tone={one.error ? "warn" : "neutral"}>waiting</Badge>;
}
