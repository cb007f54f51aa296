import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { api } from "../../shared/api/client";
import type { Checkpoint, VerifyReport } from "../../shared/api/types";
import { problemsInWords } from "../../shared/case-view/ledger-problems";
import { useEvents } from "../../shared/events/event-stream";
import { count, plural } from "../../shared/format/format";
import { Icon } from "../../shared/ui/icons";
import { Ago, Badge, Card, Code, Facts, Failure, Note, PageBody, PageHead, Skeleton } from "../../shared/ui/kit";
import { Entries } from "./entries";
import css from "./ledger.module.css";

/** Can all of this be proved? */
export function LedgerPage() {
  const checkpoint = useQuery({
    queryKey: ["checkpoint"],
    queryFn: ({ signal }) => api.get<Checkpoint>("/v1/ledger/checkpoint", { signal }),
    refetchInterval: 15_000,
  });
  const planned = useRef(false);
  useEvents(() => {
    if (planned.current) return;
    planned.current = true;
    setTimeout(() => {
      planned.current = false;
      void checkpoint.refetch();
    }, 1000);
  });
  return (
    <PageBody>
      <PageHead
        title="Ledger"
        lead="Every change is an event in an append-only tree. Whoever alters, removes or reorders one is found out."
      />
      {checkpoint.isError && <Failure what="The checkpoint could not be read" error={checkpoint.error} />}
      {checkpoint.isPending && <Skeleton height={140} />}
      {checkpoint.data && (
        <>
          <State checkpoint={checkpoint.data} />
          <Entries size={checkpoint.data.size} />
        </>
      )}
    </PageBody>
  );
}

function State({ checkpoint }: { checkpoint: Checkpoint }) {
  const { anchored_size: anchored, size, unsealed } = checkpoint;
  return (
    <div className={css.state}>
      <Card
        title="Checkpoint"
        actions={
          anchored == null ? (
            <Badge tone="warn" icon="warn">
              not anchored
            </Badge>
          ) : (
            <Badge tone={anchored >= size ? "good" : "accent"} icon="shield">
              anchored up to {count(anchored)}
            </Badge>
          )
        }
      >
        <Facts
          rows={[
            ["Events", count(size)],
            ["Root", <code key="root">{checkpoint.root}</code>],
            ["Signed", checkpoint.at ? <Ago key="at" at={checkpoint.at} /> : "not yet"],
            ["Origin", checkpoint.origin],
            [
              "Unsealed",
              unsealed.count === 0 ? (
                "none"
              ) : (
                <span key="tail">
                  {plural(unsealed.count, "event")}, the oldest <Ago at={unsealed.oldest_at} />
                </span>
              ),
            ],
          ]}
        />
        {anchored == null && (
          <p className={css.hint}>
            No checkpoint is kept outside this server, so whoever controls it could rewrite everything at once. A
            witness file closes that gap.
          </p>
        )}
        {checkpoint.note && (
          <details className={css.note}>
            <summary>Signed note</summary>
            <Code label="Signed note">{checkpoint.note}</Code>
          </details>
        )}
      </Card>
      <Verify />
    </div>
  );
}

function Verify() {
  const verify = useMutation({ mutationFn: () => api.post<VerifyReport>("/v1/ledger/verify") });
  const report = verify.data;
  return (
    <Card title="Verification">
      <div className={css.verify}>
        <p>The server reads every event again, rebuilds the tree and compares each record with its leaf.</p>
        <Button
          variant="filled"
          onClick={() => verify.mutate()}
          loading={verify.isPending}
          leftSection={<Icon name="shield" />}
        >
          Verify now
        </Button>
        <div aria-live="polite">
          {verify.isError && <Failure what="Verification did not run" error={verify.error} />}
          {report && <Report report={report} />}
        </div>
      </div>
    </Card>
  );
}

function Report({ report }: { report: VerifyReport }) {
  const problems = problemsInWords(report.problems);
  const seconds = report.seconds === undefined ? "" : ` in ${report.seconds.toFixed(2)}\u00a0s`;
  const rows = report.rows ? ` and ${plural(report.rows, "record")}` : "";
  if (report.state !== "broken" && problems.length === 0) {
    return (
      <Note tone="good" title={`${plural(report.events ?? 0, "event")}${rows} verified${seconds}`}>
        Every record fits its event, and the events give the signed root.
        {report.state === "unanchored" && " The newest of them are in no checkpoint outside this server yet."}
      </Note>
    );
  }
  return (
    <Note tone="bad" title={`${plural(report.problem_count ?? problems.length, "problem")} found${seconds}`}>
      <ul className={css.problems}>
        {problems.slice(0, 20).map((words) => (
          <li key={words}>{words}</li>
        ))}
      </ul>
    </Note>
  );
}
