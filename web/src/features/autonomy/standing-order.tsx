import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { api, currentMember } from "../../shared/api/client";
import { explain } from "../../shared/api/error";
import { autonomyQuery, memberNamesQuery } from "../../shared/api/queries";
import type { StandingOrder } from "../../shared/api/types";
import { percent } from "../../shared/format/format";
import { Ago, Badge, Card, Facts } from "../../shared/ui/kit";
import { toast } from "../../shared/ui/toasts";
import { useNow } from "../../shared/ui/use-now";
import css from "./autonomy.module.css";
import { orderState } from "./autonomy-words";
import { ReasonDialog } from "./reason-dialog";

const LONGEST_DAYS = 90;
const DAY_MS = 86_400_000;

/** What two persons allow beforehand, so that steps within it need no signature of their own. */
export function Order({ loop, order, may }: { loop: string; order: StandingOrder | null; may: boolean }) {
  const client = useQueryClient();
  const names = useQuery(memberNamesQuery);
  const now = useNow(30_000);
  const [open, setOpen] = useState<"ask" | "agree" | null>(null);
  const path = `/v1/loops/${encodeURIComponent(loop)}/autonomy/order`;
  const end = useMutation({
    mutationFn: () => api.remove(path),
    onSuccess: () => {
      toast("The standing order is ended.", "good");
      return client.invalidateQueries(autonomyQuery(loop));
    },
    onError: (error) => toast(`Nothing was changed: ${explain(error)}`, "bad"),
  });
  const state = orderState(order, now);
  const who = (id: string) => (id === currentMember() ? "you" : (names.data?.[id] ?? "another member"));
  const own = order?.first === currentMember();
  return (
    <Card
      title={
        <h2 className={css.headRow}>
          Standing order
          {state === "in force" && <Badge tone="good">in force</Badge>}
          {state === "asked" && <Badge tone="warn">waits for a second person</Badge>}
          {state === "expired" && <Badge>expired</Badge>}
        </h2>
      }
      label="Standing order"
      actions={
        may && (
          <span className={css.buttons}>
            {state === "asked" && !own && (
              <Button size="xs" variant="filled" onClick={() => setOpen("agree")}>
                Agree…
              </Button>
            )}
            {(state === "none" || state === "expired") && (
              <Button size="xs" onClick={() => setOpen("ask")}>
                Ask for one…
              </Button>
            )}
            {order && (
              <Button size="xs" variant="danger" loading={end.isPending} onClick={() => end.mutate()}>
                {state === "in force" ? "End it" : "Take it away"}
              </Button>
            )}
          </span>
        )
      }
    >
      {order ? (
        <Facts
          rows={[
            [
              "Allows",
              `certified steps up to ${percent(order.max_coverage, 0)} of the cases, without a further signature`,
            ],
            ["Ends", <Ago key="ends" at={order.expires_at} />],
            ["Asked for by", who(order.first)],
            ["Agreed by", order.second ? who(order.second) : "nobody yet; it takes another person"],
            ["Why", order.reason],
          ]}
        />
      ) : (
        <p className={css.muted}>
          There is none, so a person signs for every step. Two persons can allow steps up to a share of the cases
          beforehand, for at most {LONGEST_DAYS} days. It ends by itself when autonomy is lost.
        </p>
      )}
      <ReasonDialog
        loop={loop}
        title="Ask for a standing order"
        action="Ask for it"
        done="Asked. Another person must agree before it is in force."
        opened={open === "ask"}
        onClose={() => setOpen(null)}
        act={(reason, form) =>
          api.post(path, {
            max_coverage: Number(form.get("share")) / 100,
            expires_at: new Date(Date.now() + Number(form.get("days")) * DAY_MS - 60_000).toISOString(),
            reason,
          })
        }
      >
        <p>Certified steps within it take effect at once. Another person must agree.</p>
        <Amount name="share" label="Up to this share of the cases, in %" least={1} most={100} value={50} />
        <Amount name="days" label="For days" least={1} most={LONGEST_DAYS} value={30} />
      </ReasonDialog>
      {order && (
        <ReasonDialog
          loop={loop}
          title="Agree to the standing order"
          action="Agree"
          done="The standing order is in force."
          opened={open === "agree"}
          onClose={() => setOpen(null)}
          act={(reason) => api.post(path, { max_coverage: order.max_coverage, expires_at: order.expires_at, reason })}
        >
          <p>
            You are the second person: certified steps up to {percent(order.max_coverage, 0)} of the cases then take
            effect at once, until the order ends (<Ago at={order.expires_at} />) or autonomy is lost.
          </p>
          <p>They wrote: {order.reason}</p>
        </ReasonDialog>
      )}
    </Card>
  );
}

function Amount({
  name,
  label,
  least,
  most,
  value,
}: {
  name: string;
  label: string;
  least: number;
  most: number;
  value: number;
}) {
  const id = useId();
  return (
    <div className={css.field}>
      <label htmlFor={id}>{label}</label>
      <input id={id} name={name} type="number" min={least} max={most} step={1} defaultValue={value} required />
    </div>
  );
}
