import { lazy, type ReactNode, Suspense, useEffect } from "react";
import { Redirect, Route, Switch } from "wouter";
import { InboxPage } from "../features/inbox/inbox-page";
import type { Session } from "../shared/api/types";
import { Empty, PageBody, PageHead, Skeleton } from "../shared/ui/kit";
import { rememberLoop } from "./last-loop";

// The inbox is what people open in the morning: everything else comes when asked for.
const LivePage = lazy(() => import("../features/live/live-page").then((module) => ({ default: module.LivePage })));
const LiveChooser = lazy(() =>
  import("../features/live/live-chooser").then((module) => ({ default: module.LiveChooser })),
);
const PolicyPage = lazy(() =>
  import("../features/policy/policy-page").then((module) => ({ default: module.PolicyPage })),
);
const AutonomyPage = lazy(() =>
  import("../features/autonomy/autonomy-page").then((module) => ({ default: module.AutonomyPage })),
);
const QueuesPage = lazy(() =>
  import("../features/queues/queues-page").then((module) => ({ default: module.QueuesPage })),
);
const QueuePage = lazy(() => import("../features/queues/queue-page").then((module) => ({ default: module.QueuePage })));
const LoopsPage = lazy(() => import("../features/loops/loops-page").then((module) => ({ default: module.LoopsPage })));
const LoopPage = lazy(() => import("../features/loops/loop-page").then((module) => ({ default: module.LoopPage })));
const BatchPage = lazy(() =>
  import("../features/batches/batch-page").then((module) => ({ default: module.BatchPage })),
);
const CasesPage = lazy(() => import("../features/cases/cases-page").then((module) => ({ default: module.CasesPage })));
const CasePage = lazy(() => import("../features/cases/case-page").then((module) => ({ default: module.CasePage })));
const LedgerPage = lazy(() =>
  import("../features/ledger/ledger-page").then((module) => ({ default: module.LedgerPage })),
);
const RunsPage = lazy(() => import("../features/runs/runs-page").then((module) => ({ default: module.RunsPage })));
const NotificationSettings = lazy(() =>
  import("../features/notifications/notification-settings").then((module) => ({
    default: module.NotificationSettings,
  })),
);
const OpenPage = lazy(() =>
  import("../features/notifications/open-page").then((module) => ({ default: module.OpenPage })),
);
const SettingsPage = lazy(() =>
  import("../features/settings/settings-page").then((module) => ({ default: module.SettingsPage })),
);

export function Pages({ session }: { session: Session }) {
  return (
    <Suspense fallback={<Loading />}>
      <Switch>
        <Route path="/inbox/:loop?">
          {({ loop }) => <InboxPage key={loop ?? ""} member={session.member.id} loop={loop ?? null} />}
        </Route>
        <Route path="/live">
          <LiveChooser />
        </Route>
        <Route path="/queues">
          <QueuesPage session={session} />
        </Route>
        <Route path="/queues/:loop/:queue">
          {({ loop, queue }) => <QueuePage key={`${loop}/${queue}`} loop={loop} queue={queue} session={session} />}
        </Route>
        <Route path="/loops">
          <LoopsPage />
        </Route>
        <Route path="/loops/:loop/live">
          {({ loop }) => (
            <Remembered loop={loop}>
              <LivePage key={loop} loop={loop} session={session} />
            </Remembered>
          )}
        </Route>
        <Route path="/loops/:loop/policy">
          {({ loop }) => (
            <Remembered loop={loop}>
              <PolicyPage key={loop} loop={loop} session={session} />
            </Remembered>
          )}
        </Route>
        <Route path="/loops/:loop/autonomy">
          {({ loop }) => (
            <Remembered loop={loop}>
              <AutonomyPage key={loop} loop={loop} session={session} />
            </Remembered>
          )}
        </Route>
        <Route path="/loops/:loop/batch">{({ loop }) => <BatchPage key={loop} loop={loop} session={session} />}</Route>
        <Route path="/loops/:loop/cases">{({ loop }) => <CasesPage key={loop} loop={loop} />}</Route>
        <Route path="/loops/:loop">{({ loop }) => <LoopPage key={loop} name={loop} />}</Route>
        <Route path="/cases/:id">{({ id }) => <CasePage key={id} id={id} session={session} />}</Route>
        <Route path="/runs/:id?">{({ id }) => <RunsPage id={id ?? null} session={session} />}</Route>
        <Route path="/ledger">
          <LedgerPage />
        </Route>
        <Route path="/settings/:tab?">
          {({ tab }) => <SettingsPage tab={tab} session={session} notifications={<NotificationSettings />} />}
        </Route>
        <Route path="/open">
          <OpenPage />
        </Route>
        <Route path="/signin">
          <Redirect to="/inbox" replace />
        </Route>
        <Route path="/">
          <Redirect to="/inbox" replace />
        </Route>
        <Route>
          <NotFound />
        </Route>
      </Switch>
    </Suspense>
  );
}

function Remembered({ loop, children }: { loop: string; children: ReactNode }) {
  useEffect(() => rememberLoop(loop), [loop]);
  return children;
}

function Loading() {
  return (
    <PageBody>
      <Skeleton height={28} width={220} />
      <Skeleton height={160} />
    </PageBody>
  );
}

function NotFound() {
  return (
    <PageBody>
      <PageHead title="There is no such page" />
      <Empty title="Nothing lives at this address">
        <p>The pages of Tandem are in the navigation; the command palette finds loops and cases.</p>
      </Empty>
    </PageBody>
  );
}
