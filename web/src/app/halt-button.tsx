import { ActionIcon } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { api } from "../shared/api/client";
import { holds } from "../shared/api/rights";
import type { Session } from "../shared/api/types";
import { useCommand } from "../shared/hotkeys/use-command";
import { Icon } from "../shared/ui/icons";
import { toast } from "../shared/ui/toasts";
import { WhyDialog } from "../shared/ui/why-dialog";

/** Stops the machine from any page: the loop on the page, or everything. */
export function HaltButton({ session, loop }: { session: Session; loop: string | null }) {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const which = useId();
  const all = holds(session, "*", "reviewer", "arbiter", "orchestrator");
  // Whoever works in some loops only names one of them.
  const named = session.roles.filter((grant) => grant.loop !== "*" && holds(session, grant.loop, ...WORKERS));
  const loops = [
    ...new Set([...(loop && holds(session, loop, ...WORKERS) ? [loop] : []), ...named.map((g) => g.loop)]),
  ];
  const may = all || loops.length > 0;
  useCommand("halt", () => setAsking(true), may);
  if (!may) return null;
  const act = async (reason: string, form: FormData) => {
    const scope = String(form.get("scope") ?? "");
    await api.post("/v1/halt", { reason, ...(scope ? { scope } : {}) });
    toast(`${scope || "Everything"} is halted. A second person lifts it.`, "good");
    await client.invalidateQueries();
  };
  return (
    <>
      <ActionIcon onClick={() => setAsking(true)} aria-label="Halt…" title="Halt…" size={32}>
        <Icon name="stop" size={18} />
      </ActionIcon>
      <WhyDialog title="Halt?" action="Halt" opened={asking} onClose={() => setAsking(false)} act={act}>
        <p>
          No gate opens and no machine's decision takes effect until a second person lifts it. People go on reviewing.
        </p>
        <label htmlFor={which}>What is halted</label>
        <select id={which} name="scope">
          {all && <option value="">Everything</option>}
          {loops.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </WhyDialog>
    </>
  );
}

const WORKERS = ["reviewer", "arbiter", "orchestrator"] as const;
