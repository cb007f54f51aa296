import type { LinkTry } from "../../shared/api/types";
import { humanise, percent } from "../../shared/format/format";
import { Ago, Badge, Card, Table } from "../../shared/ui/kit";

/** What each link of the chain tried, and what the models said that check. */
export function ChainTries({ tries }: { tries: LinkTry[] }) {
  if (tries.length === 0) return null;
  return (
    <Card title="Who was asked to propose" flush>
      <Table
        label="Who was asked to propose"
        rows={tries.map((one, at) => ({ ...one, at }))}
        rowKey={(one) => String(one.at)}
        columns={[
          { title: "Link", cell: (one) => one.link },
          {
            title: "Outcome",
            cell: (one) => (
              <>
                <Badge tone={one.outcome === "proposed" ? "good" : "neutral"}>{humanise(one.outcome)}</Badge>
                {one.why ? ` ${one.why}` : ""}
              </>
            ),
          },
          { title: "Said", cell: (one) => said(one) },
          {
            title: "When",
            cell: (one) => (
              <>
                <Ago at={one.started} />, {one.took_ms} ms
              </>
            ),
          },
        ]}
      />
    </Card>
  );
}

/** What a link would have answered, and how sure it was. */
export function said(one: LinkTry): string {
  const sure =
    one.confidence == null
      ? ""
      : one.kind === "check"
        ? `score ${one.confidence.toPrecision(3)}`
        : percent(one.confidence);
  return [one.output ? JSON.stringify(one.output) : "", sure].filter(Boolean).join(", ") || "–";
}
