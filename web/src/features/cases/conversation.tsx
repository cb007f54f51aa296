import type { Case } from "../../shared/api/types";
import { useMessages } from "../../shared/case-view/messages";
import { Thread } from "../../shared/case-view/thread";
import { Card } from "../../shared/ui/kit";

/** What was said beside the case, where anything was. */
export function ConversationOf({ one }: { one: Case }) {
  const found = useMessages(one.id);
  const said = found.data?.items ?? [];
  if (said.length === 0 && !one.transcript?.length && !one.attempted) return null;
  return (
    <Card title="Conversation">
      <p>{found.data?.turn.holder === "person" ? "A person has the turn." : "The agent has the turn."}</p>
      <Thread one={one} said={said} />
    </Card>
  );
}
