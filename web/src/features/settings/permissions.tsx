import { Button, Modal, NumberInput, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api } from "../../shared/api/client";
import { explain } from "../../shared/api/error";
import type { Json, Page, StandingGrant, StandingUse } from "../../shared/api/types";
import { Ago, Badge, Card, Empty, Failure, Skeleton, Table } from "../../shared/ui/kit";
import { toast } from "../../shared/ui/toasts";
import css from "./settings.module.css";

const KEY = ["standing-grants"];
const TONES: Record<string, "good" | "warn" | "bad" | "neutral"> = { active: "good", asked: "warn", revoked: "bad" };

/** Which calls run without being asked about each, within which caps, and who allowed that? */
export function Permissions({ self }: { self: string }) {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const [shown, setShown] = useState<string | null>(null);
  const changed = () => void client.invalidateQueries({ queryKey: KEY });
  const found = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api.get<Page<StandingGrant>>("/v1/standing-grants?limit=100", { signal }),
    select: (page) => page.items,
    refetchInterval: 5000,
  });
  const act = useMutation({
    mutationFn: ({ grant, verb, body }: { grant: StandingGrant; verb: "sign" | "revoke"; body: object }) =>
      api.post<StandingGrant>(`/v1/standing-grants/${grant.id}/${verb}`, body),
    onSuccess: changed,
    onError: (error) => toast(`Nothing was changed: ${explain(error)}`, "bad"),
  });
  const open = found.data?.find((grant) => grant.id === shown);
  return (
    <>
      <Card
        title="Standing permissions"
        flush
        actions={
          <Button size="xs" variant="filled" onClick={() => setAsking(true)}>
            Ask for one
          </Button>
        }
      >
        {found.isError && <Failure what="The permissions could not be read" error={found.error} />}
        {found.isPending && <Skeleton height={120} />}
        {found.data?.length === 0 && (
          <Empty title="No standing permissions">
            <p>Each call waits for its own approval. Two persons may allow a kind of call beforehand, within caps.</p>
          </Empty>
        )}
        {found.data && found.data.length > 0 && (
          <Table
            label="Standing permissions"
            rows={found.data}
            rowKey={(grant) => grant.id}
            columns={[
              { title: "Calls", cell: (grant) => <What grant={grant} /> },
              { title: "Used", cell: (grant) => used(grant) },
              { title: "Until", cell: (grant) => new Date(grant.terms.until).toLocaleString() },
              { title: "State", cell: (grant) => <State grant={grant} /> },
              {
                title: "Change",
                cell: (grant) => (
                  <span className={css.buttons}>
                    <Button
                      size="xs"
                      onClick={() => setShown(shown === grant.id ? null : grant.id)}
                      aria-expanded={shown === grant.id}
                      aria-label={`What ${grant.terms.tool} in ${grant.loop} covered`}
                    >
                      Covered
                    </Button>
                    {grant.state === "asked" && !grant.signatures.some((one) => one.member === self) && (
                      <Button
                        size="xs"
                        variant="filled"
                        onClick={() => act.mutate({ grant, verb: "sign", body: { digest: grant.digest } })}
                      >
                        Sign
                      </Button>
                    )}
                    {(grant.state === "active" || grant.state === "asked") && (
                      <Button
                        size="xs"
                        variant="danger"
                        onClick={() => act.mutate({ grant, verb: "revoke", body: { reason: "revoked in Settings" } })}
                      >
                        Revoke
                      </Button>
                    )}
                  </span>
                ),
              },
            ]}
          />
        )}
      </Card>
      {open && <Covered key={open.id} grant={open} />}
      <Modal
        opened={asking}
        onClose={() => setAsking(false)}
        title="Ask for a standing permission"
        closeButtonProps={{ "aria-label": "Close" }}
      >
        {asking && (
          <Ask
            onDone={() => {
              setAsking(false);
              changed();
            }}
          />
        )}
      </Modal>
    </>
  );
}

function What({ grant }: { grant: StandingGrant }) {
  const { terms } = grant;
  const limits = [
    terms.when,
    terms.scope && JSON.stringify(terms.scope),
    terms.agent && `by ${terms.agent}`,
    terms.run && `in ${terms.run}`,
    terms.consumer && `runs in ${terms.consumer}`,
  ].filter(Boolean);
  return (
    <>
      <strong>{terms.tool}</strong> in {grant.loop}
      <p className={css.muted}>{limits.join(" · ")}</p>
      <p className={css.muted}>{grant.reason}</p>
    </>
  );
}

/** How much of its caps is used, in words. */
export function used(grant: Pick<StandingGrant, "used" | "used_sum" | "terms">): string {
  const count = `${grant.used} of ${grant.terms.max_count} calls`;
  const sum = grant.terms.sum;
  return sum ? `${count}, ${grant.used_sum} of ${sum.max} at ${sum.of}` : count;
}

function State({ grant }: { grant: StandingGrant }) {
  const signed = new Set(grant.signatures.map((one) => one.member)).size;
  return (
    <>
      <Badge tone={TONES[grant.state] ?? "neutral"}>{grant.state}</Badge>{" "}
      {grant.suspended && <Badge tone="bad">halted</Badge>}
      {grant.state === "asked" && (
        <p className={css.muted}>
          {signed} of {grant.needed} signed
        </p>
      )}
      {grant.ended && <p className={css.muted}>{grant.ended.reason}</p>}
    </>
  );
}

function Covered({ grant }: { grant: StandingGrant }) {
  const uses = useQuery({
    queryKey: [...KEY, grant.id, "uses", grant.used],
    queryFn: ({ signal }) => api.get<Page<StandingUse>>(`/v1/standing-grants/${grant.id}/uses?limit=100`, { signal }),
    select: (page) => page.items,
  });
  return (
    <Card title={`What it covered: ${grant.terms.tool} in ${grant.loop}`} flush>
      {uses.isError && <Failure what="The calls could not be read" error={uses.error} />}
      {uses.data?.length === 0 && <Empty title="Nothing yet" />}
      {uses.data && uses.data.length > 0 && (
        <Table
          label="Calls that were covered"
          rows={uses.data}
          rowKey={(use) => String(use.n)}
          columns={[
            { title: "Case", cell: (use) => <a href={`/cases/${use.case}`}>{use.case}</a> },
            { title: "Amount", cell: (use) => use.amount ?? "" },
            { title: "Digest", cell: (use) => <code title={use.digest}>{use.digest.slice(0, 16)}…</code> },
            { title: "When", cell: (use) => <Ago at={use.at} /> },
          ]}
        />
      )}
    </Card>
  );
}

function Ask({ onDone }: { onDone: () => void }) {
  const ask = useMutation({
    mutationFn: (form: FormData) => {
      const text = (name: string) => String(form.get(name) ?? "").trim();
      const scope = text("scope");
      const of = text("of");
      const body = {
        tool: text("tool"),
        scope: scope ? (JSON.parse(scope) as Json) : undefined,
        when: text("when") || undefined,
        max_count: Number(text("max_count")),
        sum: of ? { of, max: Number(text("max")) } : undefined,
        until: new Date(Date.now() + Number(text("hours")) * 3_600_000).toISOString(),
        reason: text("reason"),
      };
      return api.post<StandingGrant>(`/v1/loops/${encodeURIComponent(text("loop"))}/standing-grants`, body);
    },
    onSuccess: onDone,
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    ask.mutate(new FormData(event.currentTarget));
  };
  return (
    <form className={css.form} onSubmit={submit}>
      <TextInput name="loop" label="Loop" required data-autofocus />
      <TextInput name="tool" label="Tool" required />
      <Textarea name="scope" label="JSON Schema of the arguments" autosize minRows={2} />
      <TextInput name="when" label="Condition (CEL)" placeholder="input.customer == 'c-1'" />
      <NumberInput name="max_count" label="Most calls" required min={1} defaultValue={10} />
      <TextInput name="of" label="Argument that is added up (JSON pointer)" placeholder="/amount" />
      <NumberInput name="max" label="The most it adds up to" min={0} />
      <NumberInput name="hours" label="Ends in hours" required min={1} max={2160} defaultValue={24} />
      <TextInput name="reason" label="Why" required />
      {ask.isError && <Failure what="Nothing was asked for" error={ask.error} />}
      <Button type="submit" variant="filled" loading={ask.isPending}>
        Ask and sign
      </Button>
    </form>
  );
}
