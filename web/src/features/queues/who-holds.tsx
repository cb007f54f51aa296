import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../shared/api/client";
import { queuesQuery } from "../../shared/api/queries";
import { holds } from "../../shared/api/rights";
import type { Seats, Session } from "../../shared/api/types";
import { plural } from "../../shared/format/format";
import { Ago, Card, Empty, Failure, Table } from "../../shared/ui/kit";
import { toast } from "../../shared/ui/toasts";
import { WhyDialog } from "../../shared/ui/why-dialog";
import { seatsQuery } from "./queue-queries";
import css from "./queues.module.css";

/** Who holds seats, and whose should be free? */
export function WhoHolds({ session }: { session: Session }) {
  const may = holds(session, null, "orchestrator");
  const client = useQueryClient();
  const seats = useQuery({ ...seatsQuery, enabled: may });
  const [freeing, setFreeing] = useState<Seats | null>(null);
  if (!may) return null;
  const act = async (reason: string) => {
    if (!freeing) return;
    const body = { member: freeing.member, loop: freeing.loop, reason };
    const { released } = await api.post<{ released: number }>("/v1/queues/release", body);
    toast(`${plural(released, "seat")} of ${freeing.name} ${released === 1 ? "is" : "are"} free.`, "good");
    await Promise.all([client.invalidateQueries(seatsQuery), client.invalidateQueries(queuesQuery)]);
  };
  return (
    <Card title="Who holds seats" flush={(seats.data?.length ?? 0) > 0}>
      {seats.isError && <Failure what="Who holds seats could not be read" error={seats.error} />}
      {seats.data?.length === 0 && <Empty title="Nobody holds a seat" />}
      {seats.data && seats.data.length > 0 && (
        <Table
          label="Who holds seats"
          rows={seats.data}
          rowKey={(held) => `${held.loop}/${held.member}`}
          columns={[
            { title: "Who", cell: (held) => <strong>{held.name || "somebody"}</strong> },
            { title: "Loop", cell: (held) => held.loop },
            { title: "Seats", number: true, cell: (held) => held.seats },
            { title: "Since", cell: (held) => <Ago at={held.since} /> },
            {
              title: "Change",
              cell: (held) => (
                <Button
                  size="xs"
                  onClick={() => setFreeing(held)}
                  aria-label={`Free the seats of ${held.name} in ${held.loop}`}
                >
                  Free…
                </Button>
              ),
            },
          ]}
        />
      )}
      <WhyDialog
        title={`Free the seats of ${freeing?.name ?? ""}?`}
        action="Free the seats"
        opened={freeing !== null}
        onClose={() => setFreeing(null)}
        act={act}
      >
        <p className={css.muted}>
          What they typed stays in their browser; sending it is refused, and others may take the cases.
        </p>
      </WhyDialog>
    </Card>
  );
}
