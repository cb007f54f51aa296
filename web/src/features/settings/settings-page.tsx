import type { ReactNode } from "react";
import { Link } from "wouter";
import { holds } from "../../shared/api/rights";
import type { Session } from "../../shared/api/types";
import { Empty, PageBody, PageHead } from "../../shared/ui/kit";
import tabs from "../../shared/ui/ui.module.css";
import { Absence } from "./absence";
import { Channels } from "./channels";
import { Keys } from "./keys";
import { Members } from "./members";
import { Passkeys } from "./passkeys";
import { Permissions } from "./permissions";
import { Persons } from "./persons";
import { Shortcuts } from "./shortcuts";
import { Theme } from "./theme";
import { Webhooks } from "./webhooks";

const TABS = [
  ["members", "Members"],
  ["persons", "Persons"],
  ["absence", "Absence"],
  ["keys", "Keys"],
  ["webhooks", "Webhooks"],
  ["channels", "Channels"],
  ["permissions", "Permissions"],
  ["passkeys", "Passkeys"],
  ["notifications", "Notifications"],
  ["shortcuts", "Shortcuts"],
  ["theme", "Theme"],
] as const;

/** What administrators alone change. */
const ADMINS = ["members", "persons", "keys", "webhooks", "channels"];

/** Who may do what, and how do I like to work? */
export function SettingsPage({
  tab: asked,
  session,
  notifications,
}: {
  tab: string | undefined;
  session: Session;
  notifications: ReactNode;
}) {
  const admin = holds(session, null);
  const tab = asked ?? (admin ? "members" : "shortcuts");
  return (
    <PageBody>
      <PageHead title="Settings" />
      <nav className={tabs.tabs} aria-label="Settings">
        {TABS.map(([name, label]) => (
          <Link key={name} href={`/settings/${name}`} aria-current={name === tab ? "page" : undefined}>
            {label}
          </Link>
        ))}
      </nav>
      {tab === "notifications" && notifications}
      {tab === "shortcuts" && <Shortcuts />}
      {tab === "theme" && <Theme />}
      {tab === "permissions" && <Permissions self={session.member.id} />}
      {tab === "passkeys" && <Passkeys self={session.member} />}
      {tab === "absence" && <Absence self={session.member.id} />}
      {ADMINS.includes(tab) && !admin && (
        <Empty title="Only administrators change this">
          <p>Ask one of them, or choose another tab.</p>
        </Empty>
      )}
      {tab === "members" && admin && <Members self={session.member.id} />}
      {tab === "persons" && admin && <Persons self={session.member.id} />}
      {tab === "keys" && admin && <Keys />}
      {tab === "webhooks" && admin && <Webhooks />}
      {tab === "channels" && admin && <Channels />}
    </PageBody>
  );
}
