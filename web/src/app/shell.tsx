import { ActionIcon, Menu, UnstyledButton, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Link, useLocation } from "wouter";
import { CommandPalette } from "../features/commands/command-palette";
import { HelpSheet } from "../features/commands/help-sheet";
import { forgetClaims } from "../features/inbox/use-inbox";
import { Bell } from "../features/notifications/bell";
import { signOut } from "../features/session/use-session";
import { explain } from "../shared/api/error";
import { holds } from "../shared/api/rights";
import type { Session } from "../shared/api/types";
import { useStreamState } from "../shared/events/event-stream";
import { useCommand } from "../shared/hotkeys/use-command";
import { Icon, type IconName } from "../shared/ui/icons";
import { Kbd } from "../shared/ui/kit";
import { toast } from "../shared/ui/toasts";
import { HaltButton } from "./halt-button";
import { rememberedLoop } from "./last-loop";
import css from "./shell.module.css";

type PageLink = { href: string; label: string; icon: IconName; under: RegExp; readers?: true; short?: string };

const PAGES: PageLink[] = [
  { href: "/inbox", label: "Inbox", icon: "inbox", under: /^\/(inbox|$)/ },
  { href: "/live", label: "Live", icon: "live", under: /^\/(live|loops\/[^/]+\/live)/, readers: true },
  { href: "/runs", label: "Control room", icon: "tower", under: /^\/runs/, short: "Runs" },
  { href: "/queues", label: "Queues", icon: "queues", under: /^\/queues/, readers: true },
  { href: "/loops", label: "Loops", icon: "loops", under: /^\/(loops(?!\/[^/]+\/live)|cases)/ },
  { href: "/ledger", label: "Ledger", icon: "ledger", under: /^\/ledger/, readers: true },
  { href: "/settings", label: "Settings", icon: "settings", under: /^\/settings/ },
];

export function Shell({ session, children }: { session: Session; children: ReactNode }) {
  const [path, navigate] = useLocation();
  const [help, setHelp] = useState(false);
  const [palette, setPalette] = useState(false);
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  const reads = holds(session, null, "orchestrator", "auditor");
  const switchTheme = () => setColorScheme(scheme === "dark" ? "light" : "dark");
  useCommand("help", () => setHelp(true));
  useCommand("palette", () => setPalette((open) => !open));
  useCommand("theme", switchTheme);
  useCommand("go.inbox", () => navigate("/inbox"));
  // The loop on the page, or the one that was open last.
  const loop = /^\/loops\/([^/]+)/.exec(path)?.[1] ?? rememberedLoop();
  const ofLoop = (page: string, other: string) => (loop ? `/loops/${loop}/${page}` : other);
  useCommand("go.live", () => navigate(ofLoop("live", "/live")), reads);
  useCommand("go.policy", () => navigate(ofLoop("policy", "/loops")), reads);
  useCommand("go.autonomy", () => navigate(ofLoop("autonomy", "/loops")), reads);
  useCommand("go.runs", () => navigate("/runs"));
  useCommand("go.queues", () => navigate("/queues"), reads);
  useCommand("go.loops", () => navigate("/loops"));
  useCommand("go.audit", () => navigate("/ledger"), reads);
  useCommand("go.settings", () => navigate("/settings"));
  return (
    <div className={css.shell}>
      <a className={css.skip} href="#main">
        Skip to the page
      </a>
      <header className={css.header}>
        <Link href="/inbox" className={css.brand}>
          <img src="/favicon.svg" alt="" width={24} height={24} />
          Tandem
        </Link>
        <UnstyledButton className={css.search} onClick={() => setPalette(true)}>
          <Icon name="search" size={14} />
          <span>Search</span>
          <Kbd name="mod+k" />
        </UnstyledButton>
        <span className={css.headEnd}>
          {session.ledger_anchored === false && (
            <Link href="/ledger" className={css.anchor} title="No checkpoint of the ledger is kept outside this server">
              not anchored
            </Link>
          )}
          <StreamDot />
          <Bell />
          <HaltButton session={session} loop={loop} />
          <ActionIcon onClick={() => setHelp(true)} aria-label="Show keys" size={32}>
            <Icon name="keyboard" size={18} />
          </ActionIcon>
          <ActionIcon
            onClick={switchTheme}
            aria-label={scheme === "dark" ? "Use the light theme" : "Use the dark theme"}
            size={32}
          >
            <Icon name={scheme === "dark" ? "sun" : "moon"} size={18} />
          </ActionIcon>
          <UserMenu session={session} />
        </span>
      </header>
      <nav className={css.nav} aria-label="Pages">
        {PAGES.filter((page) => reads || !page.readers).map((page) => (
          <Link
            key={page.href}
            href={page.href}
            aria-current={page.under.test(path) ? "page" : undefined}
            aria-label={page.short ? undefined : page.label}
          >
            <Icon name={page.icon} size={18} />
            {page.short ? (
              <>
                <span className={css.long}>{page.label}</span>
                <span className={css.short}>{page.short}</span>
              </>
            ) : (
              <span>{page.label}</span>
            )}
          </Link>
        ))}
      </nav>
      <main id="main" className={css.main} tabIndex={-1}>
        {children}
      </main>
      <HelpSheet opened={help} onClose={() => setHelp(false)} />
      <CommandPalette opened={palette} onClose={() => setPalette(false)} />
    </div>
  );
}

function StreamDot() {
  const state = useStreamState();
  const words = { open: "live", connecting: "connecting", lost: "reconnecting" }[state];
  return (
    <span className={css.stream} data-state={state} title="Events from the server">
      <span className={css.dot} aria-hidden="true" />
      <span>{words}</span>
    </span>
  );
}

function UserMenu({ session }: { session: Session }) {
  const client = useQueryClient();
  const leave = async () => {
    try {
      await signOut();
      forgetClaims();
      client.clear();
      window.location.assign("/");
    } catch (error) {
      toast(`You are still signed in: ${explain(error)}`, "bad");
    }
  };
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <UnstyledButton className={css.user} aria-label={`Account of ${session.member.name}`}>
          <Icon name="user" />
          <span>{session.member.name}</span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{session.member.email}</Menu.Label>
        <Menu.Item onClick={leave}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
