import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { api } from "../../shared/api/client";
import { problemsInWords } from "../../shared/case-view/ledger-problems";
import { count, duration, percent, plural } from "../../shared/format/format";
import { Icon, type IconName } from "../../shared/ui/icons";
import { Card, Failure } from "../../shared/ui/kit";
import { type Fooled, type Forged, fooledQuery, pullThePlug, type Shifted } from "./demo-queries";
import css from "./live.module.css";

const PLANTED = 10;

/** Four invitations to break it. */
export function DemoPanel({ loop }: { loop: string }) {
  return (
    <Card title="Try to break it">
      <div className={css.demo}>
        <Forge />
        <Plug />
        <Fool loop={loop} />
        <Shift />
      </div>
    </Card>
  );
}

function Trick({
  icon,
  title,
  children,
  button,
  busy,
  onClick,
  result,
}: {
  icon: IconName;
  title: string;
  children: ReactNode;
  button: string;
  busy: boolean;
  onClick: () => void;
  result?: ReactNode;
}) {
  return (
    <section className={css.trick} aria-label={title}>
      <h3>
        <Icon name={icon} size={18} />
        {title}
      </h3>
      <p>{children}</p>
      <Button onClick={onClick} loading={busy}>
        {button}
      </Button>
      <div aria-live="polite">{result}</div>
    </section>
  );
}

function Forge() {
  const forge = useMutation({ mutationFn: () => api.post<Forged>("/v1/demo/forge") });
  return (
    <Trick
      icon="forge"
      title="Forge a record"
      button="Forge one"
      busy={forge.isPending}
      onClick={() => forge.mutate()}
      result={
        forge.isError ? (
          <Failure what="Nothing was forged" error={forge.error} />
        ) : (
          forge.data && <ForgeResult forged={forge.data} />
        )
      }
    >
      Somebody with the database in hand edits a decision. A copy of it is edited here, then verified.
    </Trick>
  );
}

function ForgeResult({ forged }: { forged: Forged }) {
  const problems = problemsInWords(forged.report.problems);
  return (
    <div className={css.result} data-tone={problems.length ? "good" : "bad"}>
      <p>{forged.what}</p>
      <p>
        <strong>{problems.length ? "The verifier found it:" : "The verifier found nothing."}</strong>
      </p>
      <ul>
        {problems.slice(0, 4).map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
      </ul>
    </div>
  );
}

function Plug() {
  const client = useQueryClient();
  const plug = useMutation({
    mutationFn: () => pullThePlug(),
    onSuccess: () => client.invalidateQueries(),
  });
  return (
    <Trick
      icon="plug"
      title="Pull the plug"
      button="Kill the server"
      busy={plug.isPending}
      onClick={() => plug.mutate()}
      result={
        plug.isError ? (
          <Failure what="The server is not back" error={plug.error} />
        ) : plug.isPending ? (
          <p className={css.result}>Killed without warning. Waiting for it to come back…</p>
        ) : (
          plug.data !== undefined && (
            <div className={css.result} data-tone="good">
              <p>
                Back after <strong>{duration(plug.data)}</strong>. What was acknowledged is still there, and so is the
                case you had claimed: <Link href="/inbox">look in the inbox</Link>.
              </p>
            </div>
          )
        )
      }
    >
      The process is killed in the middle of its work (kill -9) and started again.
    </Trick>
  );
}

function Shift() {
  const client = useQueryClient();
  const shift = useMutation({
    mutationFn: () => api.post<Shifted>("/v1/demo/shift"),
    onSuccess: () => client.invalidateQueries(),
  });
  return (
    <Trick
      icon="shift"
      title="Shift the world"
      button="Turn the digits"
      busy={shift.isPending}
      onClick={() => shift.mutate()}
      result={
        shift.isError ? (
          <Failure what="The world stayed as it was" error={shift.error} />
        ) : (
          shift.data && <ShiftResult shifted={shift.data} />
        )
      }
    >
      A second loop earns its autonomy on upright digits, case by case, and has it signed. Then every image is turned by
      a quarter, while the model goes on as sure as before.
    </Trick>
  );
}

function ShiftResult({ shifted }: { shifted: Shifted }) {
  const { demotion, turned, earned } = shifted;
  return (
    <div className={css.result} data-tone={demotion ? "good" : "bad"}>
      <p>
        Earned with {plural(earned.reviews, "review", "reviews")}. After the turn {count(turned.passed)} of{" "}
        {plural(turned.cases, "image", "images")} passed, {count(turned.wrong)} of them wrong.
      </p>
      <p>
        <strong>{demotion ? "Autonomy fell by itself." : "Autonomy still stands."}</strong>{" "}
        {demotion && (
          <>
            <Link href={`/cases/${demotion.case}`}>This case</Link> broke it.{" "}
          </>
        )}
        <Link href={`/loops/${shifted.loop}/autonomy`}>See the evidence</Link>
      </p>
    </div>
  );
}

function Fool({ loop }: { loop: string }) {
  const client = useQueryClient();
  const fool = useMutation({
    mutationFn: () => api.post<Fooled>("/v1/demo/fool", { n: PLANTED }),
    onSuccess: () => client.invalidateQueries(fooledQuery),
  });
  const fooled = useQuery(fooledQuery);
  return (
    <Trick
      icon="mask"
      title="Fool me"
      button={`Plant ${PLANTED} wrong proposals`}
      busy={fool.isPending}
      onClick={() => fool.mutate()}
      result={
        fool.isError ? (
          <Failure what="Nothing was planted" error={fool.error} />
        ) : (
          fooled.data && fooled.data.planted > 0 && <FoolResult fooled={fooled.data} loop={loop} />
        )
      }
    >
      Wrong answers, proposed with confidence, go into your queue. How many do you wave through?
    </Trick>
  );
}

function FoolResult({ fooled, loop }: { fooled: Fooled; loop: string }) {
  const { planted, seen, caught, rate, interval } = fooled;
  const ends = interval ? (Array.isArray(interval) ? interval : [interval.lower, interval.upper]) : null;
  return (
    <div className={css.result}>
      {seen === 0 ? (
        <p>
          {plural(planted, "wrong proposal")} wait among the others.{" "}
          <Link href={`/inbox/${loop}`}>Judge some cases</Link>, then come back.
        </p>
      ) : (
        <p>
          You saw {count(seen)} of {count(planted)} and caught <strong>{count(caught)}</strong>: a catch rate of{" "}
          <strong>{percent(rate, 0)}</strong>
          {ends && ` (${percent(ends[0], 0)} to ${percent(ends[1], 0)})`}.
        </p>
      )}
    </div>
  );
}
