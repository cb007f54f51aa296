import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../shared/api/client";
import { holds } from "../../shared/api/rights";
import type { Halt, Session } from "../../shared/api/types";
import { Ago, Note } from "../../shared/ui/kit";
import { toast } from "../../shared/ui/toasts";
import { WhyDialog } from "../../shared/ui/why-dialog";
import { haltsQuery } from "./queue-queries";

/** What is halted, by whom, and who lets it go on. */
export function Halts({ session }: { session: Session }) {
  const client = useQueryClient();
  const halts = useQuery(haltsQuery);
  const [resuming, setResuming] = useState<Halt | null>(null);
  const act = async (reason: string) => {
    await api.post("/v1/resume", { ...(resuming?.loop ? { scope: resuming.loop } : {}), reason });
    toast("The halt is lifted.", "good");
    await client.invalidateQueries(haltsQuery);
  };
  return (
    <>
      {(halts.data ?? []).map((halt) => {
        const own = halt.by === session.member.id;
        const may = holds(session, halt.loop ?? "*", "orchestrator");
        return (
          <Note
            key={halt.scope}
            tone="bad"
            title={halt.loop ? `${halt.loop} is halted` : "Everything is halted"}
            action={
              may && !own ? (
                <Button size="xs" onClick={() => setResuming(halt)}>
                  Resume…
                </Button>
              ) : undefined
            }
          >
            By {own ? "you" : (halt.by_name ?? "a machine")}, <Ago at={halt.at} />: {halt.reason || "no reason given"}.{" "}
            {own && "A second person lifts it, not you."}
          </Note>
        );
      })}
      <WhyDialog
        title="Lift the halt?"
        action="Resume"
        opened={resuming !== null}
        onClose={() => setResuming(null)}
        act={act}
      >
        <p>Timers, automatic routes and gates go on at once. The halt and both your names stay in the ledger.</p>
      </WhyDialog>
    </>
  );
}
