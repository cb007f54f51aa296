import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation, useSearchParams } from "wouter";
import { ApiError } from "../../shared/api/error";
import { loopQuery } from "../../shared/api/queries";
import { holds } from "../../shared/api/rights";
import type { DryRun, LoopView, Session } from "../../shared/api/types";
import { count, humanise, plural } from "../../shared/format/format";
import { Badge, Card, Empty, Failure, Note, PageBody, PageHead, Skeleton } from "../../shared/ui/kit";
import { LoopTabs } from "../../shared/ui/loop-tabs";
import { earned, thresholdOf } from "./curve";
import { CurveChart } from "./curve-chart";
import { DiffView } from "./diff-view";
import { useDryRun } from "./dry-run";
import { MethodForm } from "./method-form";
import { NumberField } from "./number-field";
import { Changed, Groups, Outcome, Reasons } from "./outcome";
import css from "./policy.module.css";
import { type Costs, type Policy, policyOf, readPolicy, samePolicy, writePolicy } from "./policy-text";
import { policyInWords } from "./policy-words";
import { PublishDialog, Widens, type Wish } from "./publish-dialog";
import { SetSizes } from "./set-sizes";
import { SourceEditor } from "./source-editor";
import { Versions, Waiting } from "./versions";

const LIMITS = [500, 2000, 10_000, 20_000];

/** What may pass without a person, and what would follow if that changed? */
export function PolicyPage({ loop, session }: { loop: string; session: Session }) {
  const [search] = useSearchParams();
  const [, navigate] = useLocation();
  const [turn, setTurn] = useState(0);
  const [wish, setWish] = useState<Wish | null>(null);
  const version = Number(search.get("version")) || undefined;
  const head = useQuery(loopQuery(loop));
  const opened = useQuery({ ...loopQuery(loop, version), enabled: version !== undefined });
  const start = version === undefined ? head.data : opened.data;
  const may = holds(session, loop, "orchestrator");
  const failed = head.isError ? head : version !== undefined && opened.isError ? opened : null;
  return (
    <PageBody>
      <PageHead
        title={head.data?.title ?? humanise(loop)}
        lead="What may pass without a person. Try a change on recorded cases before anybody has to live with it."
      />
      <LoopTabs loop={loop} current="policy" />
      {failed && (
        <Failure
          what={`The loop ${loop} could not be read`}
          error={failed.error}
          action={<Button onClick={() => failed.refetch()}>Try again</Button>}
        />
      )}
      {!failed && !(head.data && start) && <Skeleton height={320} />}
      {head.data && start && (
        <>
          <Waiting head={head.data} onWish={setWish} disabled={!may} />
          <Tuner key={`${version ?? "head"} ${turn}`} head={head.data} opened={start} may={may} onWish={setWish} />
          <Versions head={head.data} onWish={setWish} disabled={!may} />
          <PublishDialog
            head={head.data}
            wish={wish}
            onClose={() => setWish(null)}
            onDone={({ version: kept, state }) => {
              setWish(null);
              navigate(`/loops/${loop}/policy${state === "draft" ? `?version=${kept}` : ""}`);
              setTurn(turn + 1);
            }}
          />
        </>
      )}
    </PageBody>
  );
}

type TunerProps = { head: LoopView; opened: LoopView; may: boolean; onWish: (wish: Wish) => void };

function Tuner({ head, opened, may, onWish }: TunerProps) {
  const [start] = useState(opened);
  const [source, setSource] = useState(start.source);
  const [limit, setLimit] = useState(2000);
  const format = start.format ?? "yaml";
  const [costs, setCosts] = useState<Costs>(() => costsOf(policyOf(start.spec.policy)) ?? { error: 10, review: 1 });
  const run = useDryRun(head.name, { source, format, limit, costs });
  const inForce = policyOf(head.spec.policy);
  // The form may write only where it reads the file as the server does.
  const trusted = useTrust(start, format);
  const policy = trusted ? readPolicy(source, format) : null;
  const problems = run.error instanceof ApiError ? run.error.problems : [];
  const faulty = run.error instanceof ApiError && run.error.status === 422;
  const changed = source !== head.source;
  const change = (next: Policy) => {
    const written = writePolicy(source, format, next);
    if (written === null) return;
    setSource(written);
  };
  const changeCosts = (next: Costs) => {
    setCosts(next);
    if (policy?.method === "autonomy" && policy.costs) change({ ...policy, costs: next });
  };
  const overtaken = start.version === start.head && head.head !== start.head;
  const data = run.data;
  return (
    <>
      {start.version !== head.head && (
        <Note
          title={`You look at version ${start.version}`}
          action={<Link href={`/loops/${head.name}/policy`}>To the version in force</Link>}
        >
          Version {head.head} is in force.
        </Note>
      )}
      {overtaken && (
        <Note tone="warn" title={`Version ${head.head} came into force meanwhile`}>
          What you try here still starts from version {start.version}; the changes below are against version {head.head}
          .
        </Note>
      )}
      {run.isError && !faulty && (
        <Failure
          what="The cases could not be routed again"
          error={run.error}
          action={<Button onClick={() => run.refetch()}>Try again</Button>}
        />
      )}
      {faulty && (
        <Note tone="bad" title="The loop file has faults, so the figures are those from before">
          {problems.length
            ? `${plural(problems.length, "place")} to look at, marked in the loop file below.`
            : run.error?.message}
        </Note>
      )}
      {data ? (
        <div className={css.figures} data-settling={run.settling || undefined} aria-busy={run.settling}>
          {data.cases === 0 ? (
            <Card>
              <Empty title="No case with a proposal has come in yet">
                <p>What a change would have meant shows here once there are cases to route again.</p>
              </Empty>
            </Card>
          ) : (
            <>
              <Outcome run={data} />
              <ul className={css.notes} aria-label="What the figures rest on">
                <li>The newest {plural(data.cases, "case")}, routed again under this policy. Nothing is stored.</li>
                {data.notes.map((note) => (
                  <li key={note}>{note}</li>
                ))}
              </ul>
            </>
          )}
        </div>
      ) : (
        !run.isError && <Skeleton height={140} />
      )}
      {changed && (
        <Card
          title="What changes"
          actions={
            may && (
              <span className={css.buttons}>
                <Button size="xs" variant="subtle" onClick={() => setSource(head.source)}>
                  Back to the version in force
                </Button>
                <Button
                  size="xs"
                  disabled={faulty || run.settling}
                  onClick={() => onWish({ kind: "draft", source, format, widens: data?.widens ?? [] })}
                >
                  Keep as a draft…
                </Button>
                <Button
                  size="xs"
                  variant="filled"
                  // What it widens is known from the dry run alone.
                  disabled={run.isError || run.settling}
                  onClick={() =>
                    onWish(
                      source === start.source && start.version !== head.head && isOpen(head, start.version)
                        ? { kind: "version", version: start.version, agree: isProposed(head, start.version) }
                        : { kind: "publish", source, format, widens: data?.widens ?? [] },
                    )
                  }
                >
                  {data?.widens.length ? "Propose…" : "Publish…"}
                </Button>
              </span>
            )
          }
        >
          <div className={css.form}>
            {policy && !samePolicy(policy, inForce) && (
              <p>
                {policyInWords(policy)} <span className={css.muted}>Now: {policyInWords(inForce)}</span>
              </p>
            )}
            <DiffView before={head.source} after={source} label="Changes to the loop file" />
            <Widens widens={faulty ? [] : (data?.widens ?? [])} />
          </div>
        </Card>
      )}
      <div className={css.split}>
        <Card
          title="How cases pass"
          actions={
            <label className={css.limit}>
              tried on the newest
              <select value={limit} onChange={(event) => setLimit(Number(event.currentTarget.value))}>
                {LIMITS.map((most) => (
                  <option key={most} value={most}>
                    {count(most)}
                  </option>
                ))}
              </select>
              cases
            </label>
          }
        >
          <div className={css.form}>
            {policy ? (
              <MethodForm
                policy={policy}
                onChange={change}
                costs={costs}
                shut={(start.spec.mode ?? "in_the_loop") === "in_the_loop" && start.spec.coverage === "full"}
                disabled={!may}
              />
            ) : (
              <Note title="This file is changed as text">
                Its policy is written in a way that cannot be changed from here without touching more than that. The
                loop file is below; what you change there is tried at once.
              </Note>
            )}
            <div className={css.numbers}>
              <NumberField
                label="Cost of an error"
                value={costs.error}
                onChange={(error) => changeCosts({ ...costs, error })}
                least={0}
                most={1e9}
                step={1}
              />
              <NumberField
                label="Cost of a review"
                value={costs.review}
                onChange={(review) => changeCosts({ ...costs, review })}
                least={0}
                most={1e9}
                step={1}
                hint="Both in one unit, whichever you like."
              />
            </div>
            {data && data.sets.length > 0 && policy?.method === "conformal" && (
              <SetSizes
                sets={data.sets}
                alpha={policy.alpha}
                onPick={may ? (alpha) => change({ ...policy, alpha }) : null}
              />
            )}
            {data && data.curve.length > 0 && (
              <Curve data={data} policy={policy} inForce={inForce} costs={costs} onChange={may ? change : null} />
            )}
            {policy?.method === "conformal" && data && data.cases > 0 && data.sets.length === 0 && (
              <Note>
                The proposals of these cases carry no probabilities for each answer, so no set of plausible answers can
                be made.
              </Note>
            )}
          </div>
        </Card>
        {data && data.cases > 0 && (
          <div className={css.column}>
            <Reasons run={data} />
            {data.sets.length > 0 && policy?.method !== "conformal" && (
              <Card label="Sets of plausible answers">
                <SetSizes sets={data.sets} alpha={null} onPick={null} />
              </Card>
            )}
          </div>
        )}
      </div>
      {data && data.cases > 0 && <Changed run={data} />}
      {data && data.groups.length > 0 && <Groups groups={data.groups} />}
      <Card title={<h2>Loop file {changed && <Badge tone="accent">changed</Badge>}</h2>} label="Loop file">
        <SourceEditor source={source} onChange={setSource} problems={faulty ? problems : []} disabled={!may} />
      </Card>
    </>
  );
}

function Curve({
  data,
  policy,
  inForce,
  costs,
  onChange,
}: {
  data: DryRun;
  policy: Policy | null;
  inForce: Policy;
  costs: Costs;
  onChange: ((policy: Policy) => void) | null;
}) {
  const target = policy?.method === "autonomy" ? policy.target_error : null;
  const acting = target === null ? null : (data.curve[earned(data.curve, target)]?.threshold ?? null);
  return (
    <>
      <CurveChart
        points={data.curve}
        draft={policy?.method === "confidence" ? policy.auto_at : acting}
        inForce={inForce.method === "confidence" ? inForce.auto_at : null}
        target={target}
        reviewCost={costs.review}
        onPick={
          policy?.method === "confidence" && onChange
            ? (at) => onChange({ ...policy, auto_at: thresholdOf(data.curve, at) })
            : null
        }
      />
      {target !== null && (
        <p className={css.hint}>
          {acting === null
            ? "On these cases no threshold has its whole interval within the target yet."
            : "The line stands at the loosest threshold whose whole interval lies within the target on these cases; the certificate may come later."}
        </p>
      )}
    </>
  );
}

function useTrust(start: LoopView, format: string): boolean {
  const [trusted] = useState(() => {
    const read = readPolicy(start.source, format);
    return read !== null && samePolicy(read, policyOf(start.spec.policy));
  });
  return trusted;
}

function costsOf(policy: Policy): Costs | null {
  return policy.method === "autonomy" ? policy.costs : null;
}

const stateOf = (head: LoopView, version: number) => head.versions.find((one) => one.version === version)?.state;
const isOpen = (head: LoopView, version: number) => ["draft", "proposed"].includes(stateOf(head, version) ?? "");
const isProposed = (head: LoopView, version: number) => stateOf(head, version) === "proposed";
