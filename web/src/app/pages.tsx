import { Redirect, Route, Switch } from "wouter";
import { InboxPage } from "../features/inbox/inbox-page";
import type { Session } from "../shared/api/types";
import { Empty, PageBody, PageHead } from "../shared/ui/kit";

export function Pages({ session }: { session: Session }) {
  return (
    <Switch>
      <Route path="/inbox/:loop?">{({ loop }) => <InboxPage member={session.member.id} loop={loop ?? null} />}</Route>
      <Route path="/signin">
        <Redirect to="/inbox" replace />
      </Route>
      <Route path="/">
        <Redirect to="/inbox" replace />
      </Route>
      <Route>
        <PageBody>
          <PageHead title="There is no such page" />
          <Empty title="Nothing lives at this address">
            <p>The pages of Tandem are on the left; Ctrl+K finds loops and cases.</p>
          </Empty>
        </PageBody>
      </Route>
    </Switch>
  );
}
