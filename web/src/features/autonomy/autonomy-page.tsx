import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useRef, useState } from "react";
import { Link, useSearchParams } from "wouter";
import { api } from "../../shared/api/client";
import { ApiError } from "../../shared/api/error";
import { autonomyQuery, loopQuery } from "../../shared/api/queries";
import { holds } from "../../shared/api/rights";
import type { Autonomy, AutonomyEvent, AutonomyGroup, Session } from "../../shared/api/types";
import { useEvents } from "../../shared/events/event-stream";
import { count, humanise, percent, shortId } from "../../shared/format/format";
import {
  ActionLink,
  Ago,
  Badge,
  Card,
  Empty,
  Failure,
  Note,
  PageBody,
  PageHead,
  Skeleton,
  Table,
} from "../../shared/ui/kit";
import { LoopTabs } from "../../shared/ui/loop-tabs";
import css from "./autonomy.module.css";
import {
  actorName,
  certificateAssumes,
  firstToShow,
  groupName,
  historyInWords,
  raiseInWords,
  standingOf,
  threshold,
} from "./autonomy-words";
import { Claims, Meter } from "./claims";
import { LevelChart } from "./level-chart";
import { ReasonDialog } from "./reason-dialog";
import { Order } from "./standing-order";

const AT_MOST_EVERY_MS = 1000;
const SHOWN = 30;

/** What may the machine decide alone, by which evidence, and what is still needed? */
export function AutonomyPage({ loop, session }: { loop: string; session: Session }) {
  const view = useQuery(loopQuery(loop));
  const autonomy = useQuery({ ...autonomyQuery(loop), retry: false });
  useFreshness(loop);
  const none = autonomy.error instanceof ApiError && autonomy.error.code === "no_autonomy";
  const may = holds(session, loop, "orchestrator");
  return (
    <PageBody>
      <PageHead
        title={view.data?.title ?? humanise(loop)}
        lead="What the machine may decide alone, by which evidence, and what is still needed."
      />
      <LoopTabs loop={loop} current="autonomy" />
      {none ? (
        <NoAutonomy loop={loop} />
      ) : autonomy.isError ? (
        <Failure
          what="The evidence could not be read"
          error={autonomy.error}
          action={<Button onClick={() => autonomy.refetch()}>Try again</Button>}
        />
      ) : autonomy.data ? (
        <Body loop={loop} autonomy={autonomy.data} may={may} />
      ) : (
        <Skeleton height={320} />
      )}
    </PageBody>
  );
}

/** Events are hints: the evidence is read again at most once a second. */
function useFreshness(loop: string): void {
  const client = useQueryClient();
  const planned = useRef(false);
  useEvents((events) => {
    if (planned.current || !events.some((event) => event.loop === loop)) return;
    planned.current = true;
    setTimeout(() => {
      planned.current = false;
      void client.invalidateQueries(autonomyQuery(loop));
    }, AT_MOST_EVERY_MS);
  });
}

function NoAutonomy({ loop }: { loop: string }) {
  return (
    <Card>
      <Empty
        title="In this loop autonomy is not earned"
        action={<ActionLink href={`/loops/${loop}/policy`}>To the policy</ActionLink>}
      >
        <p>
          With earned autonomy you say which error is allowed, and with what certainty. People review everything at
          first; once their judgments are evidence enough, a threshold is certified, a person signs for it, and the
          machine answers the cases above it. Audits go on, and what they find can take it back at once.
        </p>
        <p>Choose “Autonomy it earns” on the policy page to begin.</p>
      </Empty>
    </Card>
  );
}

function Body({ loop, autonomy, may }: { loop: string; autonomy: Autonomy; may: boolean }) {
  const [search] = useSearchParams();
  const asked = search.get("group");
  const group = autonomy.groups.find((one) => one.group === asked) ?? firstToShow(autonomy.groups);
  return (
    <>
      <p className={css.terms}>
        <Badge>error allowed {percent(autonomy.target_error)}</Badge>
        <Badge>certainty {percent(autonomy.certainty, 0)}</Badge>
        <Badge>audits {percent(autonomy.audit_rate, 0)}</Badge>
        {autonomy.by && (
          <Badge>
            each {autonomy.by} for itself, {autonomy.together ? "certain of all together" : "certain of each"}
          </Badge>
        )}
        {autonomy.people && <Badge>second looks {percent(autonomy.people.share, 0)}</Badge>}
        <Link href={`/loops/${loop}/policy`}>Change the terms</Link>
      </p>
      {!autonomy.enforced && (
        <Note title="This loop does not enforce its policy yet">
          Cases pass, and one in ten goes to people. What autonomy would have decided is recorded with each case, and
          what people find is evidence already.
        </Note>
      )}
      {autonomy.groups
        .filter((one) => one.proposal)
        .map((one) => (
          <Proposal key={one.group} loop={loop} group={one} autonomy={autonomy} may={may} />
        ))}
      {autonomy.by && <GroupTable loop={loop} groups={autonomy.groups} shown={group} />}
      {autonomy.groups.length === 0 && (
        <Card>
          <Empty title="No evidence yet">
            <p>It begins with the first case that comes in with a proposal and a confidence.</p>
          </Empty>
        </Card>
      )}
      {group && <Demotion group={group} />}
      {group && <Gathering group={group} />}
      <Claims loop={loop} autonomy={autonomy} group={group} />
      {group?.certificate && group.standing !== "demoted" && (
        <Card
          title={
            <h2 className={css.headRow}>
              {autonomy.by ? `Steps of ${groupName(group.group)}` : "Steps"}
              <Badge tone={standingOf(group).tone}>{standingOf(group).words}</Badge>
            </h2>
          }
          label="Steps"
          actions={may && <TakeBack loop={loop} group={group} />}
        >
          <div className={css.column}>
            <LevelChart certificate={group.certificate} />
            <p className={css.muted}>
              Epoch {count(group.epoch)}: {count(group.cases)} cases, {count(group.automatic)} of them automatic,{" "}
              {count(group.audits)} audited. Model {group.model || "unnamed"}. As things stand,{" "}
              {percent(group.certificate.achievable_coverage, 0)} of the cases may be reached. Tests walk from a start
              in the middle to looser thresholds, so stricter ones may stay behind.
            </p>
          </div>
        </Card>
      )}
      <div className={css.split}>
        <History events={autonomy.history} />
        <Order loop={loop} order={autonomy.order ?? null} may={may} />
      </div>
    </>
  );
}

function Proposal({
  loop,
  group,
  autonomy,
  may,
}: {
  loop: string;
  group: AutonomyGroup;
  autonomy: Autonomy;
  may: boolean;
}) {
  const [open, setOpen] = useState(false);
  const { proposal } = group;
  if (!proposal) return null;
  const now = group.certificate?.acting_coverage ?? 0;
  const of = group.group ? ` of ${group.group}` : "";
  const evidence = `${count(Math.round(proposal.cases))} judged cases at or above it, ${percent(proposal.error)} of them ${proposal.claim === "error" ? "wrong" : "not what reviewers say"}.`;
  return (
    <section className={css.proposal} aria-label="Waits for a signature">
      <div>
        <h2>
          {percent(proposal.coverage, 0)}
          {of ? ` of the cases${of}` : " of the cases"} have earned to be automatic
        </h2>
        <p>
          Certified at {threshold(proposal.threshold)}: {evidence} It waits for a signature since{" "}
          <Ago at={proposal.at} />.
        </p>
      </div>
      {may && (
        <Button variant="filled" onClick={() => setOpen(true)}>
          Sign…
        </Button>
      )}
      <ReasonDialog
        loop={loop}
        title="Sign for autonomy"
        action="Sign"
        done={`Signed: ${percent(proposal.coverage, 0)} of the cases${of} are automatic from now on.`}
        opened={open}
        onClose={() => setOpen(false)}
        act={(reason) =>
          api.post(`/v1/loops/${encodeURIComponent(loop)}/autonomy/raise`, {
            group: proposal.group,
            epoch: proposal.epoch,
            level: proposal.level,
            reason,
          })
        }
      >
        <p>
          <strong>{raiseInWords(proposal, now)}</strong>
        </p>
        <p>
          {evidence} {certificateAssumes(autonomy, proposal.claim)}
        </p>
        <p>
          {percent(autonomy.audit_rate, 0)} of what passes is audited; autonomy is taken back at once when audits speak
          against it.
        </p>
      </ReasonDialog>
    </section>
  );
}

function TakeBack({ loop, group }: { loop: string; group: AutonomyGroup }) {
  const [open, setOpen] = useState(false);
  const { certificate } = group;
  if (certificate?.acting == null) return null;
  const acting = certificate.acting;
  const stricter = certificate.levels.filter((level) => level.threshold > acting && level.certified);
  return (
    <>
      <Button size="xs" variant="danger" onClick={() => setOpen(true)}>
        Take back…
      </Button>
      <ReasonDialog
        loop={loop}
        title="Take autonomy back"
        action="Take back"
        done="Taken back."
        opened={open}
        onClose={() => setOpen(false)}
        act={(reason, form) => {
          const level = String(form.get("level") ?? "");
          return api.post(`/v1/loops/${encodeURIComponent(loop)}/autonomy/lower`, {
            group: group.group,
            ...(level ? { level: Number(level) } : {}),
            reason,
          });
        }}
      >
        <p>
          Today {percent(certificate.acting_coverage, 0)} of the cases are answered by the machine. One person is enough
          to take that back; cases that come in afterwards go to people.
        </p>
        <Levels levels={stricter} />
      </ReasonDialog>
    </>
  );
}

function Levels({ levels }: { levels: { level: number; threshold: number; coverage: number }[] }): ReactNode {
  return (
    <div className={css.field}>
      <label htmlFor="take-back-to">Down to</label>
      <select id="take-back-to" name="level" defaultValue="">
        <option value="">full review</option>
        {levels.toReversed().map((level) => (
          <option key={level.level} value={level.level}>
            {`${percent(level.coverage, 0)} of the cases, at ${threshold(level.threshold)}`}
          </option>
        ))}
      </select>
    </div>
  );
}

function Demotion({ group }: { group: AutonomyGroup }) {
  const { demotion } = group;
  if (!demotion) return null;
  const lost = group.standing === "demoted";
  return (
    <Note
      tone={lost ? "bad" : "neutral"}
      title={lost ? "Autonomy was lost" : "Autonomy was lost once, and is being earned again"}
    >
      <Ago at={demotion.at} />: audits found {count(demotion.errors)} wrong in {count(demotion.audits)} at the threshold{" "}
      {threshold(demotion.threshold)}, and the alarm went off. The case that broke it:{" "}
      <Link href={`/cases/${demotion.case}`}>{shortId(demotion.case)}</Link>.
    </Note>
  );
}

function Gathering({ group }: { group: AutonomyGroup }) {
  const gathers = group.standing === "warming_up" || group.standing === "demoted" || Boolean(group.next_model);
  if (!gathers) return null;
  const words = `${count(Math.min(group.gathered, group.wanted))} of ${count(group.wanted)} scores`;
  return (
    <section className={css.gathering} aria-label="Gathering scores">
      <p>
        <strong>
          {group.next_model ? `The model ${group.next_model} began to propose` : "Thresholds are being chosen"}: {words}
        </strong>
      </p>
      <Meter share={group.gathered / Math.max(1, group.wanted)} label={words} />
      <p className={css.muted}>
        People review every case meanwhile. No judgment has a say in which thresholds are tried, so evidence counts only
        afterwards.
      </p>
    </section>
  );
}

function GroupTable({
  loop,
  groups,
  shown,
}: {
  loop: string;
  groups: readonly AutonomyGroup[];
  shown: AutonomyGroup | undefined;
}) {
  return (
    <Card title="Groups" flush>
      <Table
        label="Groups"
        rows={groups}
        rowKey={(group) => group.group}
        columns={[
          {
            title: "Group",
            cell: (group) => (
              <Link
                href={`/loops/${loop}/autonomy?group=${encodeURIComponent(group.group)}`}
                aria-current={group === shown ? "true" : undefined}
              >
                {groupName(group.group)}
              </Link>
            ),
          },
          {
            title: "Standing",
            cell: (group) => (
              <>
                <Badge tone={standingOf(group).tone}>{standingOf(group).words}</Badge>
                {group === shown && <span className={css.muted}> shown below</span>}
              </>
            ),
          },
          { title: "Automatic", number: true, cell: (group) => percent(group.certificate?.acting_coverage ?? 0, 0) },
          { title: "Certified", number: true, cell: (group) => percent(group.certificate?.certified_coverage ?? 0, 0) },
          {
            title: "Next step earned",
            number: true,
            cell: (group) =>
              group.certificate?.next
                ? percent(group.certificate.next.progress, 0)
                : group.gathered
                  ? `${count(group.gathered)} of ${count(group.wanted)} scores`
                  : "–",
          },
          { title: "Cases", number: true, cell: (group) => count(group.cases) },
          { title: "Audits", number: true, cell: (group) => count(group.audits) },
          { title: "Errors found", number: true, cell: (group) => count(group.audit_errors) },
        ]}
      />
    </Card>
  );
}

function History({ events }: { events: readonly AutonomyEvent[] }) {
  const [all, setAll] = useState(false);
  const shown = all ? events : events.slice(0, SHOWN);
  return (
    <Card title="What happened">
      {events.length === 0 ? (
        <p className={css.muted}>Nothing yet. Steps, losses and signatures show here, and in the ledger.</p>
      ) : (
        <ol className={css.history}>
          {shown.map((event, n) => {
            const { words, tone } = historyInWords(event);
            const by = actorName(event);
            const link = typeof event.data.case === "string" ? event.data.case : null;
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: several may share a moment, and none ever moves
              <li key={`${event.at} ${n}`} data-tone={tone}>
                <span className={css.dot} aria-hidden="true" />
                <span>
                  {words}
                  {by && <span className={css.muted}> by {by}</span>}
                  {link && (
                    <>
                      {" "}
                      (<Link href={`/cases/${link}`}>{shortId(link)}</Link>)
                    </>
                  )}
                  .
                </span>
                <span className={css.when}>
                  <Ago at={event.at} />
                </span>
              </li>
            );
          })}
        </ol>
      )}
      {shown.length < events.length && (
        <Button size="xs" variant="subtle" onClick={() => setAll(true)}>
          Show all {count(events.length)}
        </Button>
      )}
    </Card>
  );
}
