import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { loopQuery } from "../../shared/api/queries";
import { holds } from "../../shared/api/rights";
import type { Session } from "../../shared/api/types";
import { IntervalBar } from "../../shared/charts/interval-bar";
import { LineChart } from "../../shared/charts/line-chart";
import { useEvents } from "../../shared/events/event-stream";
import { count, duration, humanise, percent } from "../../shared/format/format";
import { ActionLink, Ago, Card, Empty, Failure, PageBody, PageHead, Skeleton } from "../../shared/ui/kit";
import { LoopTabs } from "../../shared/ui/loop-tabs";
import { Tile, Tiles } from "../../shared/ui/tiles";
import { AutonomyLine } from "./autonomy-line";
import { Closing } from "./closing-card";
import { DemoPanel } from "./demo-panel";
import { demoQuery } from "./demo-queries";
import { EventFeed } from "./event-feed";
import { HeldCard } from "./held-card";
import css from "./live.module.css";
import { barEnd, contrast, curve, errorInWords, type Live, liveQuery, modelsQuery } from "./live-view";
import { ModelsCard } from "./models-card";

const AT_MOST_EVERY_MS = 1000;

/** Is it going well? */
export function LivePage({ loop, session }: { loop: string; session: Session }) {
  const live = useQuery(liveQuery(loop));
  const view = useQuery(loopQuery(loop));
  const demo = useQuery(demoQuery);
  useFreshness(loop);
  const title = view.data?.title ?? humanise(loop);
  return (
    <PageBody>
      <PageHead
        title={title}
        lead="How much the machine answers by itself, how often it is wrong, and what waits for people."
        actions={<ActionLink href={`/inbox/${loop}`}>Review in the inbox</ActionLink>}
      />
      <LoopTabs loop={loop} current="live" />
      {demo.data?.card && <Closing card={demo.data.card} />}
      {live.isError && (
        <Failure
          what="The numbers could not be read"
          error={live.error}
          action={<Button onClick={() => live.refetch()}>Try again</Button>}
        />
      )}
      {live.data ? <Numbers live={live.data} /> : !live.isError && <Skeleton height={140} />}
      <HeldCard loop={loop} spec={view.data?.spec} may={holds(session, loop, "reviewer", "arbiter", "orchestrator")} />
      {view.data?.spec.policy?.autonomy && <AutonomyLine loop={loop} />}
      {live.data && <Learning loop={loop} live={live.data} may={holds(session, loop, "orchestrator")} />}
      {live.data && <Choosing live={live.data} />}
      {demo.data?.enabled && <DemoPanel loop={loop} />}
      <EventFeed loop={loop} />
    </PageBody>
  );
}

/** Events are hints: the numbers are read again at most once a second. */
function useFreshness(loop: string): void {
  const client = useQueryClient();
  const planned = useRef(false);
  useEvents((events) => {
    if (planned.current || !events.some((event) => !event.loop || event.loop === loop)) return;
    planned.current = true;
    setTimeout(() => {
      planned.current = false;
      void client.invalidateQueries(liveQuery(loop));
      void client.invalidateQueries(demoQuery);
    }, AT_MOST_EVERY_MS);
  });
}

function Numbers({ live }: { live: Live }) {
  const { error, queue } = live;
  const said = errorInWords(live);
  return (
    <Tiles columns={5}>
      <Tile title="Answered by the machine" value={percent(live.automatic_share)}>
        {/* Of the decided cases: `automatic` counts those in force alone, and not what is held for a veto. */}
        {count(Math.round((live.automatic_share ?? 0) * (live.decided ?? live.cases)))} of{" "}
        {count(live.decided ?? live.cases)} decided cases
        <Meter share={live.automatic_share ?? 0} label={`${percent(live.automatic_share)} of the cases`} />
      </Tile>
      <Tile title="Error among the automatic ones" value={said.headline} wide>
        {error && live.audited > 0 && (
          <IntervalBar
            lower={error.lower}
            upper={error.upper}
            estimate={error.estimate}
            most={barEnd(error.upper)}
            format={(value) => percent(value, 0)}
            label={`Between ${percent(error.lower)} and ${percent(error.upper)}`}
          />
        )}
        {said.words}
      </Tile>
      <Tile title="Waiting for people" value={count(queue.waiting)}>
        <span>
          {count(queue.claimed)} with reviewers, {count(queue.held)} held
        </span>
        <span>
          oldest: <Ago at={queue.oldest_at} />
        </span>
      </Tile>
      <Tile title="People judged" value={count(live.judgments)}>
        <span>median {duration(live.time?.median_ms)} a case</span>
        <span>{count(live.audited)} of them checks of automatic answers</span>
      </Tile>
    </Tiles>
  );
}

function Meter({ share, label }: { share: number; label: string }) {
  return (
    <svg className={css.meter} width="100%" height="8" role="img" aria-label={label}>
      <rect className={css.meterRail} width="100%" height="8" rx="4" />
      <rect className={css.meterFill} width={`${Math.min(100, share * 100)}%`} height="8" rx="4" />
    </svg>
  );
}

/** Whether the queue's choice of cases teaches more than chance would. */
function Choosing({ live }: { live: Live }) {
  const compared = contrast(live.points);
  if (!compared || compared.chosen.length === 0) return null;
  return (
    <Card label="Choosing against chance">
      <LineChart
        title="Does choosing cases teach more than chance?"
        xTitle="labelled cases trained on"
        yTitle="the queue's choice"
        intervalTitle="95 % interval"
        noteTitle="Model"
        points={compared.chosen}
        other={{ title: "drawn at random", points: compared.drawn }}
        formatX={count}
        formatY={(value) => percent(value, 0)}
      />
      <p className={css.verdict}>{compared.words}</p>
    </Card>
  );
}

function Learning({ loop, live, may }: { loop: string; live: Live; may: boolean }) {
  const { title, y, points } = curve(live);
  const models = useQuery(modelsQuery(loop, live.models_trained));
  return (
    <div className={css.split}>
      <Card label="Learning curve">
        {points.length > 0 ? (
          <LineChart
            title={title}
            xTitle="judgments"
            yTitle={y}
            intervalTitle="95 % interval"
            noteTitle="Model"
            points={points}
            formatX={count}
            formatY={(value) => percent(value, 0)}
          />
        ) : (
          <Empty title="No model yet">
            <p>The curve begins with the first trained model. Judge some cases and it appears here.</p>
          </Empty>
        )}
      </Card>
      <ModelsCard
        loop={loop}
        models={models.data}
        may={may}
        busy={live.job?.state === "running" ? live.job.kind : null}
      />
    </div>
  );
}
