import { ActionIcon, Popover } from "@mantine/core";
import { useState } from "react";
import { Link } from "wouter";
import { Icon } from "../../shared/ui/icons";
import { Ago, Badge, Failure } from "../../shared/ui/kit";
import type { NotificationItem } from "./notification-types";
import { headline, target } from "./notification-words";
import css from "./notifications.module.css";
import { useFeed, useMarkRead } from "./use-notifications";

/** What was I told? Opens with a click, Enter or Space; Escape closes it. */
export function Bell() {
  const [opened, setOpened] = useState(false);
  const feed = useFeed();
  const mark = useMarkRead();
  const unread = feed.data?.unread ?? 0;
  const newest = feed.data?.items[0];
  const label = unread === 0 ? "Notifications" : `Notifications, ${unread > 99 ? "100 or more" : unread} unread`;
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" width={360} trapFocus returnFocus>
      <Popover.Target>
        <ActionIcon
          className={css.bell}
          onClick={() => setOpened((open) => !open)}
          aria-label={label}
          aria-expanded={opened}
          aria-haspopup="dialog"
          size={32}
        >
          <Icon name="bell" size={18} />
          {unread > 0 && (
            <span className={css.count} aria-hidden="true">
              {unread > 99 ? "99+" : unread}
            </span>
          )}
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown className={css.panel} aria-label="Notifications">
        <header className={css.head}>
          <strong>Notifications</strong>
          <span className={css.links}>
            {unread > 0 && newest && (
              <button type="button" onClick={() => mark.mutate({ upto: newest.id })}>
                Mark all as read
              </button>
            )}
            <Link href="/settings/notifications" onClick={() => setOpened(false)}>
              Settings
            </Link>
          </span>
        </header>
        {feed.isError && <Failure what="Notifications could not be read" error={feed.error} />}
        {feed.data?.items.length === 0 && <p className={css.none}>Nothing yet.</p>}
        <ul className={css.list}>
          {feed.data?.items.map((item) => (
            <li key={item.id}>
              <Line
                item={item}
                onOpen={() => {
                  if (!item.read_at) mark.mutate({ id: item.id });
                  setOpened(false);
                }}
              />
            </li>
          ))}
        </ul>
      </Popover.Dropdown>
    </Popover>
  );
}

function Line({ item, onOpen }: { item: NotificationItem; onOpen: () => void }) {
  return (
    <Link href={target(item)} className={css.line} data-unread={item.read_at ? undefined : true} onClick={onOpen}>
      <span className={css.what}>
        {!item.read_at && <span className={css.dot} role="img" aria-label="unread" />}
        {headline(item)}
      </span>
      <span className={css.where}>
        {item.title && <span>{item.title}</span>}
        {item.risk === "high" && <Badge tone="bad">high risk</Badge>}
        <Ago at={item.at} />
      </span>
    </Link>
  );
}
