import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../shared/api/client";
import { explain } from "../../shared/api/error";
import type { Delivery, Page, Webhook } from "../../shared/api/types";
import { Ago, Badge, Card, Empty, Failure, Note, Skeleton, Table } from "../../shared/ui/kit";
import { toast } from "../../shared/ui/toasts";
import css from "./settings.module.css";

const SPANS = [
  ["1", "the last hour"],
  ["24", "the last day"],
  ["168", "the last week"],
  ["720", "all that is kept"],
] as const;

/** What was sent to one address, and what came of it; looked at again every two seconds. */
export function WebhookDetail({
  hook,
  onRotated,
  onChanged,
}: {
  hook: Webhook;
  onRotated: (hook: Webhook) => void;
  onChanged: () => void;
}) {
  const client = useQueryClient();
  const key = ["webhooks", hook.id, "deliveries"];
  const [hours, setHours] = useState("24");
  const told = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => api.get<Page<Delivery>>(`/v1/webhooks/${hook.id}/deliveries?limit=50`, { signal }),
    select: (page) => page.items,
    refetchInterval: 2000,
  });
  const look = () => void client.invalidateQueries({ queryKey: key });
  const failed = (error: unknown) => toast(`Nothing was sent: ${explain(error)}`, "bad");
  const test = useMutation({
    mutationFn: () => api.post<Delivery>(`/v1/webhooks/${hook.id}/test`, {}),
    onSuccess: (result) => {
      look();
      if (result.state === "done") toast(`The test arrived: ${result.status} in ${result.took_ms} ms.`, "good");
      else toast(`The test did not arrive: ${result.error ?? "no answer"}`, "bad");
    },
    onError: failed,
  });
  const replay = useMutation({
    mutationFn: (body: { id: string } | { since: string }) =>
      api.post<{ count: number }>(`/v1/webhooks/${hook.id}/replay`, body),
    onSuccess: ({ count }) => {
      look();
      toast(count === 1 ? "One message is sent again." : `${count} messages are sent again.`, "good");
    },
    onError: failed,
  });
  const rotate = useMutation({
    mutationFn: () => api.post<Webhook>(`/v1/webhooks/${hook.id}/rotate`, {}),
    onSuccess: (rotated) => {
      onRotated(rotated);
      onChanged();
    },
    onError: (error) => toast(`The secret is as it was: ${explain(error)}`, "bad"),
  });
  const replaySince = () => replay.mutate({ since: new Date(Date.now() - Number(hours) * 3_600_000).toISOString() });
  return (
    <Card
      title="Deliveries"
      flush
      actions={
        <span className={css.buttons}>
          <Button size="xs" variant="filled" loading={test.isPending} onClick={() => test.mutate()}>
            Send a test
          </Button>
          <Button size="xs" loading={rotate.isPending} onClick={() => rotate.mutate()}>
            Change the secret
          </Button>
        </span>
      }
    >
      {hook.state === "disabled" && (
        <div role="alert">
          <Note tone="bad" title="The server stopped sending to this address">
            {`${hook.why ?? "It failed for too long"}. Messages wait; mend the receiver, then press Resume.`}
          </Note>
        </div>
      )}
      {hook.state === "active" && hook.failures > 0 && (
        <Note tone="warn" title={`${hook.failures} failures in a row`}>
          Since <Ago at={hook.failing_since} />. Messages wait and are tried again.
        </Note>
      )}
      {told.isError && <Failure what="The deliveries could not be read" error={told.error} />}
      {told.isPending && <Skeleton height={120} />}
      {told.data?.length === 0 && (
        <Empty title="Nothing was sent yet">
          <p>Send a test to see whether the address answers.</p>
        </Empty>
      )}
      {told.data && told.data.length > 0 && (
        <>
          <Table
            label="Deliveries"
            rows={told.data}
            rowKey={(one) => one.id}
            columns={[
              { title: "When", cell: (one) => <Ago at={one.created_at} /> },
              { title: "Message", cell: (one) => <code title={one.subject}>{one.kind}</code> },
              { title: "State", cell: (one) => state(one) },
              { title: "Status", cell: (one) => one.status ?? "–", number: true },
              { title: "Took", cell: (one) => (one.took_ms == null ? "–" : `${one.took_ms} ms`), number: true },
              { title: "Attempts", cell: (one) => one.attempts, number: true },
              { title: "Answer", cell: (one) => <span className={css.answer}>{one.error ?? one.response ?? ""}</span> },
              {
                title: "Again",
                cell: (one) =>
                  one.state !== "waiting" &&
                  one.kind !== "webhook.test" && (
                    <Button
                      size="xs"
                      variant="subtle"
                      onClick={() => replay.mutate({ id: one.id })}
                      aria-label={`Send ${one.id} again`}
                    >
                      Send again
                    </Button>
                  ),
              },
            ]}
          />
          <div className={css.again}>
            <label className={css.label}>
              Send again what was made in
              <select value={hours} onChange={(event) => setHours(event.target.value)}>
                {SPANS.map(([value, label]) => (
                  <option key={value} value={value}>
                    {label}
                  </option>
                ))}
              </select>
            </label>
            <Button loading={replay.isPending} onClick={replaySince}>
              Send again
            </Button>
          </div>
        </>
      )}
    </Card>
  );
}

function state(one: Delivery) {
  if (one.state === "done") return <Badge tone="good">delivered</Badge>;
  if (one.state === "dead") return <Badge tone="bad">given up</Badge>;
  return <Badge tone={one.attempts > 0 && one.error ? "warn" : "neutral"}>waiting</Badge>;
}
