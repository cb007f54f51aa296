import { Button } from "@mantine/core";
import type { ActionShown } from "../../shared/api/types";
import { humanise } from "../../shared/format/format";
import { Ago, Badge, Card } from "../../shared/ui/kit";
import { toast } from "../../shared/ui/toasts";
import { withUnseen } from "./action-diff";
import css from "./inbox.module.css";

const TONE: Record<string, "bad" | "warn" | "good"> = { high: "bad", medium: "warn", low: "good" };

/** Which tool, what it may cost, and where it acts: before the arguments. */
export function ActionHead({ action }: { action: ActionShown }) {
  return (
    <div className={css.callHead}>
      <strong>{action.title ?? humanise(action.tool)}</strong>
      <code>{action.tool}</code>
      <Badge tone={TONE[action.risk] ?? "warn"}>{action.risk} risk</Badge>
      <Badge tone={action.reversible ? "good" : "bad"}>
        {action.reversible ? "can be taken back" : "cannot be taken back"}
      </Badge>
      {action.target && <Badge>{action.target}</Badge>}
      {action.executor && <Badge>runs in {action.executor}</Badge>}
    </div>
  );
}

/** Who approved so far, and the exact bytes that run. */
export function ActionCards({ action, editing }: { action: ActionShown; editing: boolean }) {
  const have = action.approved_by.length;
  return (
    <>
      <Card title="Approvals">
        <p>
          <strong>
            {have} of {action.needed}
          </strong>{" "}
          {action.needed === 1 ? "approval" : "approvals"}
        </p>
        {action.approved_by.map((one) => (
          <p key={`${one.name}${one.at}`} className={css.muted}>
            {one.name || "A member"}, <Ago at={one.at} />,{" "}
            {one.signed ? "signed with a passkey" : "attested by the server"}
          </p>
        ))}
        {action.edit_asks_anew && (
          <p className={css.muted}>An edit voids these approvals: others then approve what you wrote.</p>
        )}
      </Card>
      <Card
        title={editing ? "What was proposed, exactly" : "What will run, exactly"}
        actions={
          <Button size="compact-xs" variant="subtle" onClick={() => void copy(action.canonical)}>
            Copy
          </Button>
        }
      >
        <pre className={css.bytes}>
          {withUnseen(action.canonical).map((part, at) =>
            part.unseen ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text have no other name
              <mark key={at}>{part.text}</mark>
            ) : (
              part.text
            ),
          )}
        </pre>
        {action.digest && (
          <p className={css.muted} title={action.digest}>
            SHA-256 {action.digest.slice(0, 16)}…
          </p>
        )}
      </Card>
    </>
  );
}

async function copy(text: string) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied.", "good");
  } catch {
    toast("The browser did not let it be copied.", "bad");
  }
}
