import { Button } from "@mantine/core";
import { Link } from "wouter";
import { actorInWords, eventInWords } from "../../shared/case-view/event-words";
import { useEventRows } from "../../shared/events/use-event-rows";
import { count, shortId } from "../../shared/format/format";
import { useCommand, useKey } from "../../shared/hotkeys/use-command";
import { Icon } from "../../shared/ui/icons";
import { Ago, Card, Empty, Kbd } from "../../shared/ui/kit";
import css from "./live.module.css";

const EARLIER = 30;

/** What happens as it happens, newest first; pausing keeps what comes in for later. */
export function EventFeed({ loop }: { loop: string }) {
  const key = useKey("live.pause");
  const { shown, missed, paused, toggle } = useEventRows(
    `loop ${loop}`,
    (event) => !event.loop || event.loop === loop,
    EARLIER,
  );
  useCommand("live.pause", toggle);
  return (
    <Card
      title="Events"
      flush
      actions={
        <Button
          size="xs"
          onClick={toggle}
          leftSection={<Icon name={paused ? "play" : "pause"} size={14} />}
          rightSection={key && <Kbd name={key} />}
        >
          {paused ? `Go on${missed ? ` (${count(missed)} new)` : ""}` : "Pause"}
        </Button>
      }
    >
      {shown.length === 0 ? (
        <Empty title="Nothing has happened yet">
          <p>Submit a case or judge one, and it shows here at once.</p>
        </Empty>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
        <section className={css.feed} aria-label="Events, newest first" tabIndex={0}>
          <ul>
            {shown.map((event) => (
              <li key={`${event.index ?? event.id}`}>
                <span className={css.index}>{event.index === null ? "unsealed" : `#${event.index}`}</span>
                <span className={css.what}>
                  {event.case && <Link href={`/cases/${event.case}`}>{shortId(event.case)}</Link>}{" "}
                  {eventInWords(event.kind)}
                </span>
                <span className={css.who}>{actorInWords(event.actor)}</span>
                <span className={css.when}>
                  <Ago at={event.at} />
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </Card>
  );
}
