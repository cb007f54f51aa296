import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { api } from "../../shared/api/client";
import type { Page, TimelineEntry } from "../../shared/api/types";
import { actorInWords, eventInWords } from "../../shared/case-view/event-words";
import { Ago, Card, Failure, Skeleton } from "../../shared/ui/kit";
import css from "./cases.module.css";

/** What happened to the case, with the place of each event in the ledger. */
export function Timeline({ caseId }: { caseId: string }) {
  const timeline = useQuery({
    queryKey: ["timeline", caseId],
    queryFn: ({ signal }) =>
      api.get<Page<TimelineEntry>>(`/v1/cases/${encodeURIComponent(caseId)}/timeline`, { signal }),
    select: (page) => page.items,
  });
  return (
    <Card title="Timeline">
      {timeline.isError && <Failure what="The timeline could not be read" error={timeline.error} />}
      {timeline.isPending && <Skeleton height={120} />}
      <ol className={css.timeline}>
        {timeline.data?.map((entry) => (
          <li key={entry.id} data-people={entry.actor?.kind === "member" || undefined}>
            <span className={css.dot} aria-hidden="true" />
            <span>
              {eventInWords(entry.kind)}
              <span className={css.muted}> · {actorInWords(entry.actor)}</span>
            </span>
            <span className={css.muted}>
              {entry.index === null ? "unsealed" : <Link href={`/ledger?at=${entry.index}`}>#{entry.index}</Link>} ·{" "}
              <Ago at={entry.at} />
            </span>
            {entry.data && Object.keys(entry.data).length > 0 && (
              <span className={css.detail}>{details(entry.data)}</span>
            )}
          </li>
        ))}
      </ol>
    </Card>
  );
}

/** The plain values of an event's details; commitments and lists belong to the ledger page. */
export function details(data: NonNullable<TimelineEntry["data"]>): string {
  return Object.entries(data)
    .filter(([name, value]) => value !== null && typeof value !== "object" && !/commitment|digest|salt|_at$/.test(name))
    .map(
      ([name, value]) =>
        `${name.replaceAll("_", " ")} ${typeof value === "number" ? Number(value.toPrecision(4)) : String(value)}`,
    )
    .slice(0, 6)
    .join(" · ");
}
