import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { currentMember } from "../../shared/api/client";
import { memberNamesQuery } from "../../shared/api/queries";
import type { LoopVersion, LoopView } from "../../shared/api/types";
import { Ago, Badge, Card, Note, Table, type Tone } from "../../shared/ui/kit";
import css from "./policy.module.css";
import { versionInWords } from "./policy-words";
import type { Wish } from "./publish-dialog";

const TONES: Record<string, Tone> = { published: "good", proposed: "warn", draft: "neutral" };

/** Who a member is, as this person knows them. */
export function useNames(): (id: string) => string {
  const names = useQuery(memberNamesQuery);
  return (id) => (id === currentMember() ? "you" : (names.data?.[id] ?? "another member"));
}

type Props = { head: LoopView; onWish: (wish: Wish) => void; disabled: boolean };

/** Versions that wait for a second person, newest first. */
export function Waiting({ head, onWish, disabled }: Props) {
  const name = useNames();
  const waiting = head.versions.filter((version) => version.state === "proposed");
  return waiting.map((version) => (
    <Note
      key={version.version}
      tone="warn"
      title={`Version ${version.version} waits for a second person`}
      action={
        version.proposed_by === currentMember() ? null : (
          <Publish version={version} onWish={onWish} disabled={disabled} />
        )
      }
    >
      {versionInWords(version, head.head, name)}
      {version.reason ? ` Why: ${version.reason}` : ""}
    </Note>
  ));
}

export function Versions({ head, onWish, disabled }: Props) {
  const name = useNames();
  return (
    <Card title="Versions" flush>
      <Table
        label="Versions"
        rows={head.versions}
        rowKey={(version) => String(version.version)}
        columns={[
          {
            title: "Version",
            cell: (version) => (
              <Link href={`/loops/${head.name}/policy?version=${version.version}`}>{version.version}</Link>
            ),
          },
          {
            title: "State",
            cell: (version) => <Badge tone={TONES[version.state] ?? "neutral"}>{version.state}</Badge>,
          },
          { title: "Who", cell: (version) => versionInWords(version, head.head, name) },
          { title: "Why", cell: (version) => version.reason || "–" },
          { title: "When", cell: (version) => <Ago at={version.published_at} /> },
          {
            title: "",
            cell: (version) =>
              version.state === "published" ? null : <Publish version={version} onWish={onWish} disabled={disabled} />,
          },
        ]}
      />
    </Card>
  );
}

function Publish({ version, onWish, disabled }: { version: LoopVersion; onWish: Props["onWish"]; disabled: boolean }) {
  const own = version.state === "proposed" && version.proposed_by === currentMember();
  if (disabled) return null;
  if (own) return <span className={css.muted}>waits for another person</span>;
  const agree = version.state === "proposed";
  return (
    <Button
      size="xs"
      aria-label={`${agree ? "Agree to" : "Publish"} version ${version.version}`}
      onClick={() => onWish({ kind: "version", version: version.version, agree })}
    >
      {agree ? "Agree…" : "Publish…"}
    </Button>
  );
}
