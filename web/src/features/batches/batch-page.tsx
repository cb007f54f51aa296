import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { Link } from "wouter";
import { api, query } from "../../shared/api/client";
import { signed } from "../../shared/api/passkeys";
import { loopQuery } from "../../shared/api/queries";
import { holds } from "../../shared/api/rights";
import type { Batch, Case, Page, Session } from "../../shared/api/types";
import { count, plural, shortId } from "../../shared/format/format";
import { Ago, Badge, Card, Code, Empty, Failure, Note, PageBody, PageHead, Skeleton, Table } from "../../shared/ui/kit";
import { type Call, callsOf, sums, toolsOf, total } from "./batch-words";
import css from "./batches.module.css";

const WAITING = "queued,claimed,reopened";
/** So many calls are signed at once at most. */
const MOST = 100;

/** Which waiting calls do I approve in one sign-off, and what do they come to? */
export function BatchPage({ loop, session }: { loop: string; session: Session }) {
  const view = useQuery(loopQuery(loop));
  const tools = toolsOf(view.data?.spec);
  const [chosen, setChosen] = useState<string | null>(null);
  const tool = tools.find((one) => one.name === chosen) ?? tools[0];
  const which = useId();
  const [done, setDone] = useState<Batch | null>(null);
  return (
    <PageBody>
      <PageHead
        title="Sign many at once"
        lead="Each call is approved by the digest of what is listed here, and gets a decision of its own."
      />
      <p>
        <Link href={`/loops/${loop}`}>{view.data?.title ?? loop}</Link>
      </p>
      {view.isPending && <Skeleton height={120} />}
      {view.isError && <Failure what="The loop could not be read" error={view.error} />}
      {view.data && !tool && (
        <Empty title="This loop lets no tool run">
          <p>Only calls of tools are signed together.</p>
        </Empty>
      )}
      {done && <Done batch={done} />}
      {tool && (
        <>
          {tools.length > 1 && (
            <label className={css.pick} htmlFor={which}>
              Tool
              <select id={which} value={tool.name} onChange={(event) => setChosen(event.target.value)}>
                {tools.map((one) => (
                  <option key={one.name} value={one.name}>
                    {one.title}
                  </option>
                ))}
              </select>
            </label>
          )}
          <Waiting
            key={tool.name}
            loop={loop}
            tool={tool}
            may={holds(session, loop, "reviewer", "arbiter")}
            onDone={setDone}
          />
          <Earlier loop={loop} />
        </>
      )}
    </PageBody>
  );
}

type WaitingProps = {
  loop: string;
  tool: { name: string; title: string; passkey: boolean };
  may: boolean;
  onDone: (batch: Batch) => void;
};

function Waiting({ loop, tool, may, onDone }: WaitingProps) {
  const client = useQueryClient();
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [cap, setCap] = useState("");
  const [capId, sumId] = [useId(), useId()];
  const path = `/v1/loops/${encodeURIComponent(loop)}`;
  const cases = useQuery({
    queryKey: ["cases", loop, "calls"],
    queryFn: ({ signal }) => api.get<Page<Case>>(`${path}/cases${query({ status: WAITING, limit: 200 })}`, { signal }),
    select: (page) => page.items,
  });
  const calls = callsOf(cases.data ?? [], tool.name).slice(0, MOST);
  const picked = calls.filter((call) => !left.has(call.case));
  const numbers = sums(calls);
  const [of, setOf] = useState<string | null>(null);
  const sumOf = of ?? numbers[0];
  const sign = useMutation({
    mutationFn: async () => {
      const listed = picked.map((call) => ({ case: call.case, digest: call.digest }));
      const sum = cap && sumOf ? { sum: { of: `/${sumOf}`, max: Number(cap) } } : {};
      const body = { tool: tool.name, cases: listed, max_count: listed.length, ...sum };
      const assertion = tool.passkey ? await signed(`${path}/batches/challenge`, body) : undefined;
      return api.post<Batch>(`${path}/batches`, { ...body, assertion });
    },
    onSuccess: async (batch) => {
      onDone(batch);
      setLeft(new Set());
      await client.invalidateQueries({ queryKey: ["cases", loop] });
      await client.invalidateQueries({ queryKey: ["batches", loop] });
    },
  });
  const toggle = (id: string) => {
    const next = new Set(left);
    if (!next.delete(id)) next.add(id);
    setLeft(next);
  };
  if (cases.isPending) return <Skeleton height={200} />;
  if (cases.isError) return <Failure what="The waiting calls could not be read" error={cases.error} />;
  if (calls.length === 0) return <Empty title={`No call of ${tool.title} waits`} />;
  return (
    <Card title={`Waiting calls of ${tool.title}`} flush>
      <Table
        label={`Waiting calls of ${tool.title}`}
        rows={calls}
        rowKey={(call) => call.case}
        columns={[
          {
            title: "Sign",
            cell: (call) => (
              <input
                type="checkbox"
                aria-label={`Sign ${call.key}`}
                checked={!left.has(call.case)}
                onChange={() => toggle(call.case)}
              />
            ),
          },
          { title: "Case", cell: (call) => <Link href={`/cases/${call.case}`}>{call.key}</Link> },
          { title: "Arguments", cell: (call) => <Arguments call={call} /> },
          { title: "Digest", cell: (call) => <code title={call.digest}>{call.digest.slice(0, 16)}…</code> },
        ]}
      />
      <div className={css.sign}>
        <p aria-live="polite">
          <strong>{plural(picked.length, "call")}</strong>
          {sumOf && ` · ${sumOf} adds up to ${count(total(picked, sumOf))}`}
          {left.size > 0 && ` · ${plural(left.size, "call")} left out by you`}
        </p>
        {numbers.length > 0 && (
          <div className={css.caps}>
            {numbers.length > 1 && (
              <label htmlFor={sumId}>
                Add up
                <select id={sumId} value={sumOf} onChange={(event) => setOf(event.target.value)}>
                  {numbers.map((name) => (
                    <option key={name}>{name}</option>
                  ))}
                </select>
              </label>
            )}
            <label htmlFor={capId}>
              Most that {sumOf} may add up to
              <input
                id={capId}
                type="number"
                min={0}
                value={cap}
                placeholder="no bound"
                onChange={(event) => setCap(event.target.value)}
              />
            </label>
          </div>
        )}
        {sign.isError && <Failure what="Nothing was approved" error={sign.error} />}
        <Button
          variant="filled"
          disabled={!may || picked.length === 0}
          loading={sign.isPending}
          onClick={() => sign.mutate()}
        >
          {tool.passkey
            ? `Sign ${plural(picked.length, "call")} with your passkey`
            : `Approve ${plural(picked.length, "call")}`}
        </Button>
        {!may && <p className={css.muted}>Reviewers and arbiters of this loop sign.</p>}
      </div>
    </Card>
  );
}

function Arguments({ call }: { call: Call }) {
  return <Code label={`Arguments of ${call.key}`}>{JSON.stringify(call.arguments, null, 1)}</Code>;
}

/** What was approved, and what was left out and why. */
function Done({ batch }: { batch: Batch }) {
  const decided = batch.approved.filter((one) => one.decided).length;
  const waits = batch.approved.length - decided;
  return (
    <div role="status">
      <Note
        tone={batch.left_out.length > 0 ? "warn" : "good"}
        title={`${plural(batch.approved.length, "call")} approved`}
      >
        {waits > 0 && <>{plural(waits, "call")} of them wait for others. </>}
        {batch.left_out.length > 0 && (
          <>
            Left out:
            <ul className={css.left}>
              {batch.left_out.map((one) => (
                <li key={one.case}>
                  <Link href={`/cases/${one.case}`}>{shortId(one.case)}</Link>: {one.why}
                </li>
              ))}
            </ul>
          </>
        )}
      </Note>
    </div>
  );
}

function Earlier({ loop }: { loop: string }) {
  const found = useQuery({
    queryKey: ["batches", loop],
    queryFn: ({ signal }) => api.get<Page<Batch>>(`/v1/loops/${encodeURIComponent(loop)}/batches?limit=20`, { signal }),
    select: (page) => page.items,
  });
  if (!found.data || found.data.length === 0) return null;
  return (
    <Card title="Signed before" flush>
      <Table
        label="Signed before"
        rows={found.data}
        rowKey={(batch) => batch.id}
        columns={[
          { title: "Tool", cell: (batch) => batch.tool },
          { title: "Approved", number: true, cell: (batch) => count(batch.approved.length) },
          {
            title: "Left out",
            cell: (batch) =>
              batch.left_out.length === 0 ? (
                "–"
              ) : (
                <Badge tone="warn" title={batch.left_out.map((one) => one.why).join("; ")}>
                  {count(batch.left_out.length)}
                </Badge>
              ),
          },
          { title: "Sum", number: true, cell: (batch) => (batch.sum == null ? "–" : count(batch.sum)) },
          { title: "Digest", cell: (batch) => <code title={batch.digest}>{batch.digest.slice(0, 16)}…</code> },
          { title: "When", cell: (batch) => <Ago at={batch.at} /> },
        ]}
      />
    </Card>
  );
}
