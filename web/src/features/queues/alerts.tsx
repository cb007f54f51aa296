import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import type { QueueAlert } from "../../shared/api/types";
import { Ago, Badge, Card, Failure, Skeleton, Table } from "../../shared/ui/kit";
import { alertsQuery } from "./queue-queries";
import { alertInWords } from "./queue-words";
import css from "./queues.module.css";

/** Bounds that are passed, and approved calls that somebody should look at; then what is over. */
export function Alerts() {
  const alerts = useQuery(alertsQuery);
  if (alerts.isPending) return <Skeleton height={80} />;
  if (alerts.isError) return <Failure what="The alerts could not be read" error={alerts.error} />;
  const standing = alerts.data.filter((alert) => !alert.cleared_at);
  const over = alerts.data.filter((alert) => alert.cleared_at).slice(0, 5);
  return (
    <Card title="Alerts" flush={alerts.data.length > 0}>
      {alerts.data.length === 0 ? (
        <p className={css.muted}>
          Nothing is out of bounds. A loop says its bounds under <code>alerts</code> in its file.
        </p>
      ) : (
        <Table
          label="Alerts"
          rows={[...standing, ...over]}
          rowKey={(alert) => alert.id ?? `${alert.case}-${alert.on}`}
          columns={[
            { title: "State", cell: (alert) => <State alert={alert} /> },
            { title: "Loop", cell: (alert) => alert.loop },
            { title: "What", cell: (alert) => <What alert={alert} /> },
            { title: "Since", cell: (alert) => <Ago at={alert.raised_at} /> },
          ]}
        />
      )}
    </Card>
  );
}

function State({ alert }: { alert: QueueAlert }) {
  if (alert.cleared_at) return <Badge tone="neutral">over</Badge>;
  return (
    <Badge tone="bad" icon="warn">
      stands
    </Badge>
  );
}

function What({ alert }: { alert: QueueAlert }) {
  const words = alertInWords(alert);
  if (alert.case) return <Link href={`/cases/${alert.case}`}>{words}</Link>;
  if (!alert.queue) return words;
  return <Link href={`/queues/${alert.loop}/${encodeURIComponent(alert.queue)}`}>{words}</Link>;
}
