import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { api } from "../../shared/api/client";
import { explain } from "../../shared/api/error";
import type { Member, Page, PersonChange } from "../../shared/api/types";
import { Ago, Badge, Card, Empty, Failure, Skeleton, Table } from "../../shared/ui/kit";
import { toast } from "../../shared/ui/toasts";
import css from "./settings.module.css";

const KEY = ["persons", "changes"];
const TONES: Record<string, "good" | "warn" | "neutral"> = { asked: "warn", confirmed: "good", declined: "neutral" };

/** Which accounts are one natural person, and who says so? */
export function Persons({ self }: { self: string }) {
  const client = useQueryClient();
  const changed = () => void client.invalidateQueries({ queryKey: KEY });
  const changes = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api.get<Page<PersonChange>>("/v1/persons/changes?limit=100", { signal }),
    select: (page) => page.items,
    refetchInterval: 10_000,
  });
  const members = useQuery({
    queryKey: ["members"],
    queryFn: ({ signal }) => api.get<Page<Member>>("/v1/members?limit=500", { signal }),
    select: (page) => page.items,
  });
  const settle = useMutation({
    mutationFn: ({ change, verb }: { change: PersonChange; verb: "confirm" | "decline" }) =>
      api.post<PersonChange>(`/v1/persons/changes/${change.id}/${verb}`),
    onSuccess: changed,
    onError: (error) => toast(`Nothing was changed: ${explain(error)}`, "bad"),
  });
  const name = (id: string | null | undefined) => members.data?.find((member) => member.id === id)?.name ?? id ?? "";
  return (
    <>
      <Card title="Who is who" flush={(changes.data?.length ?? 0) > 0}>
        {changes.isPending && <Skeleton height={80} />}
        {changes.isError && <Failure what="The changes could not be read" error={changes.error} />}
        {changes.data?.length === 0 && (
          <Empty title="Nobody was merged or split">
            <p>Four eyes are two natural persons, however many accounts they have.</p>
          </Empty>
        )}
        {changes.data && changes.data.length > 0 && (
          <Table
            label="Who is who"
            rows={changes.data}
            rowKey={(change) => change.id}
            columns={[
              { title: "What", cell: (change) => <What change={change} name={name} /> },
              { title: "Why", cell: (change) => change.reason },
              { title: "Asked by", cell: (change) => name(change.asked_by) },
              { title: "When", cell: (change) => <Ago at={change.asked_at} /> },
              {
                title: "State",
                cell: (change) => <Badge tone={TONES[change.state] ?? "neutral"}>{change.state}</Badge>,
              },
              {
                title: "Change",
                cell: (change) => (
                  <Settle change={change} self={self} onSettle={(verb) => settle.mutate({ change, verb })} />
                ),
              },
            ]}
          />
        )}
      </Card>
      {members.data && <Ask members={members.data} onDone={changed} />}
    </>
  );
}

type Named = (id: string | null | undefined) => string;

function What({ change, name }: { change: PersonChange; name: Named }) {
  if (change.kind === "identify") return <>The account {name(change.member)} is that person's</>;
  if (change.kind === "split") return <>{name(change.member)} is another person than their other accounts</>;
  return (
    <>
      {name(change.member)} and {name(change.into)} are one person
    </>
  );
}

type SettleProps = { change: PersonChange; self: string; onSettle: (verb: "confirm" | "decline") => void };

function Settle({ change, self, onSettle }: SettleProps) {
  if (change.state !== "asked") return null;
  const concerned = change.member === self || change.into === self;
  return (
    <span className={css.buttons}>
      {change.asked_by === self || concerned ? (
        <span className={css.muted}>Another admin confirms it</span>
      ) : (
        <Button size="xs" variant="filled" onClick={() => onSettle("confirm")}>
          Confirm
        </Button>
      )}
      {!concerned && (
        <Button size="xs" onClick={() => onSettle("decline")}>
          {change.asked_by === self ? "Withdraw" : "Decline"}
        </Button>
      )}
    </span>
  );
}

function Ask({ members, onDone }: { members: Member[]; onDone: () => void }) {
  const [kind, setKind] = useState<PersonChange["kind"]>("merge");
  const [which, first, second, why] = [useId(), useId(), useId(), useId()];
  const ask = useMutation({
    mutationFn: (form: FormData) => {
      const into = kind === "merge" ? { into: String(form.get("into")) } : {};
      const reason = String(form.get("reason") ?? "").trim();
      return api.post<PersonChange>("/v1/persons/changes", {
        kind,
        member: String(form.get("member")),
        ...into,
        reason,
      });
    },
    onSuccess: () => {
      toast("It waits for another admin.", "good");
      onDone();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    ask.mutate(new FormData(event.currentTarget));
  };
  const options = members.map((member) => (
    <option key={member.id} value={member.id}>
      {member.name} ({member.email})
    </option>
  ));
  return (
    <Card title="Ask for a change">
      <form className={css.form} onSubmit={submit}>
        <div className={css.label}>
          <label htmlFor={which}>What changes</label>
          <select id={which} value={kind} onChange={(event) => setKind(event.target.value as PersonChange["kind"])}>
            <option value="merge">Two accounts are one person's</option>
            <option value="identify">An account is that of the person whose name it bears</option>
            <option value="split">An account is another person's than those it is linked with</option>
          </select>
        </div>
        <div className={css.label}>
          <label htmlFor={first}>Account</label>
          <select id={first} name="member" required>
            {options}
          </select>
        </div>
        {kind === "merge" && (
          <div className={css.label}>
            <label htmlFor={second}>Other account</label>
            <select id={second} name="into" required>
              {options}
            </select>
          </div>
        )}
        <div className={css.label}>
          <label htmlFor={why}>Why</label>
          <input id={why} name="reason" required maxLength={2000} />
        </div>
        {ask.isError && <Failure what="Nothing was asked for" error={ask.error} />}
        <Button type="submit" variant="filled" loading={ask.isPending}>
          Ask another admin
        </Button>
      </form>
    </Card>
  );
}
