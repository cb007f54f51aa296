import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { autonomyQuery } from "../../shared/api/queries";
import type { Autonomy } from "../../shared/api/types";
import { percent, plural } from "../../shared/format/format";
import { Note } from "../../shared/ui/kit";

/** Where earned autonomy stands, in one line. */
export function AutonomyLine({ loop }: { loop: string }) {
  const { data } = useQuery({ ...autonomyQuery(loop), retry: false });
  if (!data) return null;
  const { title, words, waits } = autonomyInALine(data);
  return (
    <Note
      tone={waits ? "warn" : "neutral"}
      title={title}
      action={<Link href={`/loops/${loop}/autonomy`}>{waits ? "Look and sign" : "The evidence"}</Link>}
    >
      {words}
    </Note>
  );
}

export function autonomyInALine({ groups, by }: Pick<Autonomy, "groups" | "by">): {
  title: string;
  words: string;
  waits: boolean;
} {
  const proposal = groups.find((group) => group.proposal)?.proposal;
  if (proposal) {
    const of = proposal.group ? ` of ${proposal.group}` : "";
    return {
      title: "Earned autonomy waits for a signature",
      words: `${percent(proposal.coverage, 0)} of the cases${of} have earned to be automatic.`,
      waits: true,
    };
  }
  const title = "Earned autonomy";
  if (by) {
    const count = (standing: string) => groups.filter((group) => group.standing === standing).length;
    const demoted = count("demoted");
    const lost = demoted ? `; ${plural(demoted, "group")} lost it` : "";
    return { title, words: `${count("acting")} of ${plural(groups.length, "group")} act alone${lost}.`, waits: false };
  }
  const [group] = groups;
  if (!group) return { title, words: "It begins with the first case that has a confidence.", waits: false };
  if (group.standing === "demoted") {
    return { title, words: "Lost: audits found too many errors. People review every case.", waits: false };
  }
  if (!group.certificate) {
    return {
      title,
      words: `Thresholds are being chosen: ${group.gathered} of ${group.wanted} scores. People review every case.`,
      waits: false,
    };
  }
  const { sentence } = group.certificate;
  return { title, words: `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`, waits: false };
}
