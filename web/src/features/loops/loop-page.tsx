import { useQuery } from "@tanstack/react-query";
import { Link, useSearchParams } from "wouter";
import { loopQuery } from "../../shared/api/queries";
import type { LoopView } from "../../shared/api/types";
import { humanise, percent } from "../../shared/format/format";
import {
  ActionLink,
  Ago,
  Badge,
  Card,
  Code,
  Facts,
  Failure,
  PageBody,
  PageHead,
  Skeleton,
  Table,
} from "../../shared/ui/kit";
import { LoopTabs } from "../../shared/ui/loop-tabs";
import { ChainCard } from "./chain-card";

/** What exactly did we agree on? The file, its versions, and what it means. */
export function LoopPage({ name }: { name: string }) {
  const [search] = useSearchParams();
  const version = Number(search.get("version")) || undefined;
  const loop = useQuery(loopQuery(name, version));
  return (
    <PageBody>
      <PageHead
        title={loop.data?.title ?? humanise(name)}
        lead="The loop file is the agreement: every case keeps the version it came in under."
        actions={
          Object.values(loop.data?.spec.answer ?? {}).some((field) => "tools" in field) && (
            <ActionLink href={`/loops/${name}/batch`}>Sign many at once</ActionLink>
          )
        }
      />
      <LoopTabs loop={name} current="file" />
      {loop.isError && <Failure what={`The loop ${name} could not be read`} error={loop.error} />}
      {loop.isPending && <Skeleton height={320} />}
      {loop.data && <Body loop={loop.data} />}
    </PageBody>
  );
}

function Body({ loop }: { loop: LoopView }) {
  return (
    <>
      <Card title="In short">
        <Facts
          rows={[
            ["Mode", `${humanise(loop.spec.mode ?? "in_the_loop")}, coverage ${loop.spec.coverage ?? "full"}`],
            ["Automatic", automatic(loop.spec.policy)],
            [
              "Comes in",
              Object.entries(loop.spec.input)
                .map(([field, spec]) => `${field} (${spec.kind})`)
                .join(", "),
            ],
            [
              "Answer",
              Object.entries(loop.spec.answer)
                .map(([field, spec]) => `${field} (${spec.kind})`)
                .join(", "),
            ],
            ["Live model", loop.model ? `version ${loop.model.version}` : "none yet"],
          ]}
        />
      </Card>
      <ChainCard loop={loop.name} />
      <Card title="Versions" flush>
        <Table
          label="Versions"
          rows={loop.versions}
          rowKey={(one) => String(one.version)}
          columns={[
            {
              title: "Version",
              cell: (one) => <Link href={`/loops/${loop.name}?version=${one.version}`}>{one.version}</Link>,
            },
            {
              title: "State",
              cell: (one) => (
                <Badge tone={one.state === "published" ? "good" : "neutral"}>
                  {one.version === loop.version ? `${one.state}, shown below` : one.state}
                </Badge>
              ),
            },
            { title: "When", cell: (one) => <Ago at={one.published_at} /> },
            { title: "Why", cell: (one) => one.reason || "–" },
          ]}
        />
      </Card>
      <Card title={`Loop file, version ${loop.version}`}>
        <Code label="Loop file">{loop.source}</Code>
      </Card>
    </>
  );
}

/** What passes without a person. */
export function automatic(policy: LoopView["spec"]["policy"]): string {
  const given = (name: string) => (policy?.[name] ?? null) as Record<string, number> | null;
  const [confidence, autonomy, conformal] = [given("confidence"), given("autonomy"), given("conformal")];
  const way = autonomy
    ? `once it is certified that at most ${percent(autonomy.target_error)} of what passes is wrong`
    : conformal
      ? `where exactly one answer is plausible (α ${percent(conformal.alpha)})`
      : confidence
        ? `at a confidence of ${percent(confidence.auto_at)} or more`
        : null;
  const audits = (autonomy ?? conformal ?? confidence)?.audit_rate ?? 0;
  return way ? `${way}; ${percent(audits)} of those are checked by people` : "nothing passes without a person";
}
