import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId } from "react";
import { api } from "../../shared/api/client";
import { explain } from "../../shared/api/error";
import { signed } from "../../shared/api/passkeys";
import type { Absences, Absence as Away } from "../../shared/api/types";
import { exactTime } from "../../shared/format/format";
import { Badge, Card, Empty, Failure, Note, Skeleton, Table } from "../../shared/ui/kit";
import { toast } from "../../shared/ui/toasts";
import css from "./settings.module.css";

const KEY = ["absences"];
const at = (member: string, what = "") => `/v1/members/${encodeURIComponent(member)}/absence${what}`;

/** Am I away, who stands in for me, and for whom do I? */
export function Absence({ self }: { self: string }) {
  const client = useQueryClient();
  const changed = () => void client.invalidateQueries({ queryKey: KEY });
  const found = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api.get<Absences>("/v1/absences", { signal }),
    refetchInterval: 10_000,
  });
  const act = useMutation({
    mutationFn: (work: () => Promise<unknown>) => work(),
    onSuccess: changed,
    onError: (error) => toast(`Nothing was changed: ${explain(error)}`, "bad"),
  });
  const accept = (away: Away) =>
    act.mutate(async () => {
      const { digest } = away;
      const assertion = away.takes_passkey ? await signed(at(away.member, "/challenge"), { digest }) : undefined;
      await api.post(at(away.member, "/accept"), { digest, assertion });
      toast(`You stand in for ${away.name}.`, "good");
    });
  const decline = (away: Away) => act.mutate(() => api.post(at(away.member, "/decline")));
  const back = (away: Away) => act.mutate(() => api.post(at(away.member), {}));
  const items = found.data?.items ?? [];
  const asked = items.filter((away) => away.delegate === self);
  const others = items.filter((away) => away.delegate !== self && away.member !== self);
  const own = items.find((away) => away.member === self);
  return (
    <>
      {found.isPending && <Skeleton height={160} />}
      {found.isError && <Failure what="Who is away could not be read" error={found.error} />}
      {asked.map((away) => (
        <Note
          key={away.member}
          tone={away.accepted_at ? "neutral" : "warn"}
          title={away.accepted_at ? `You stand in for ${away.name}` : `${away.name} asks you to stand in`}
          action={
            <span className={css.buttons}>
              {!away.accepted_at && (
                <Button size="xs" variant="filled" loading={act.isPending} onClick={() => accept(away)}>
                  {away.takes_passkey ? "Sign and stand in" : "Stand in"}
                </Button>
              )}
              <Button size="xs" onClick={() => decline(away)}>
                {away.accepted_at ? "Stand in no longer" : "Decline"}
              </Button>
            </span>
          }
        >
          Until {exactTime(away.until)}. You review what they may, and both of you count as one person.
          {away.takes_passkey && !away.accepted_at && " They approve calls by passkey, so yours signs this."}
        </Note>
      ))}
      {found.data && <Own own={own} delegates={found.data.delegates} self={self} onBack={back} onDone={changed} />}
      {others.length > 0 && (
        <Card title="Others who are away" flush>
          <Table
            label="Others who are away"
            rows={others}
            rowKey={(away) => away.member}
            columns={[
              { title: "Away", cell: (away) => <strong>{away.name}</strong> },
              { title: "Until", cell: (away) => exactTime(away.until) },
              { title: "Stands in", cell: (away) => away.delegate_name },
              { title: "State", cell: (away) => <State away={away} /> },
              {
                title: "Change",
                cell: (away) => (
                  <Button size="xs" onClick={() => back(away)} aria-label={`${away.name} is back`}>
                    Is back
                  </Button>
                ),
              },
            ]}
          />
        </Card>
      )}
    </>
  );
}

function State({ away }: { away: Away }) {
  if (away.accepted_at) return <Badge tone="good">stands in</Badge>;
  return (
    <Badge tone="warn" icon="clock">
      asked, not in force
    </Badge>
  );
}

type OwnProps = {
  own: Away | undefined;
  delegates: Absences["delegates"];
  self: string;
  onBack: (away: Away) => void;
  onDone: () => void;
};

function Own({ own, delegates, self, onBack, onDone }: OwnProps) {
  const [who, when] = [useId(), useId()];
  const ask = useMutation({
    mutationFn: (form: FormData) => {
      const until = new Date(String(form.get("until"))).toISOString();
      return api.post(at(self), { until, delegate: String(form.get("delegate")) });
    },
    onSuccess: () => {
      toast("They are asked. Nobody stands in before they said yes.", "good");
      onDone();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    ask.mutate(new FormData(event.currentTarget));
  };
  if (own)
    return (
      <Card title="You are away" actions={<Button onClick={() => onBack(own)}>I am back</Button>}>
        <p>
          Until {exactTime(own.until)}. {own.delegate_name}: <State away={own} />
        </p>
      </Card>
    );
  return (
    <Card title="Your absence">
      {delegates.length === 0 ? (
        <Empty title="Nobody could stand in for you">
          <p>It takes another person with an account.</p>
        </Empty>
      ) : (
        <form className={css.form} onSubmit={submit}>
          <p className={css.muted}>
            Whoever stands in reviews what you may, and counts with you as one person. They have to say yes first.
          </p>
          <div className={css.label}>
            <label htmlFor={when}>Away until</label>
            <input id={when} name="until" type="datetime-local" required />
          </div>
          <div className={css.label}>
            <label htmlFor={who}>Who is asked to stand in</label>
            <select id={who} name="delegate" required>
              {delegates.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.name}
                </option>
              ))}
            </select>
          </div>
          {ask.isError && <Failure what="Nobody was asked" error={ask.error} />}
          <Button type="submit" variant="filled" loading={ask.isPending}>
            Ask them
          </Button>
        </form>
      )}
    </Card>
  );
}
