import { Button, Textarea } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../shared/api/client";
import type { Chain, ChainLink, ChainTest } from "../../shared/api/types";
import { percent } from "../../shared/format/format";
import { Badge, Card, Code, Failure, Table } from "../../shared/ui/kit";

/** Who proposes, and how each of them fares. */
export function ChainCard({ loop }: { loop: string }) {
  const chain = useQuery({
    queryKey: ["chain", loop],
    queryFn: ({ signal }) => api.get<Chain>(`/v1/loops/${encodeURIComponent(loop)}/chain`, { signal }),
    refetchInterval: 5_000,
  });
  if (!chain.data || chain.data.links.length === 0) return null;
  return (
    <Card title={`Chain${chain.data.waiting > 0 ? `: ${chain.data.waiting} waiting` : ""}`} flush>
      <Table
        label="Links of the chain"
        rows={chain.data.links}
        rowKey={(link) => link.link}
        columns={[
          { title: "Link", cell: (link) => (link.place ? `${link.link} at ${link.place}` : link.link) },
          { title: "State", cell: (link) => <Badge tone={tone(link)}>{standing(link)}</Badge> },
          { title: "Asked", cell: (link) => link.calls },
          { title: "Answered", cell: (link) => (link.answered == null ? "–" : percent(link.answered)) },
          { title: "Median / 95 %", cell: (link) => duration(link) },
          {
            title: "Last failure",
            cell: (link) => (link.last_failure ? `${link.last_failure.outcome}: ${link.last_failure.why}` : "–"),
          },
        ]}
      />
      <Try loop={loop} />
    </Card>
  );
}

function Try({ loop }: { loop: string }) {
  const [input, setInput] = useState("{}");
  const tried = useMutation({
    mutationFn: () =>
      api.post<ChainTest>(`/v1/loops/${encodeURIComponent(loop)}/chain/test`, { input: JSON.parse(input) as unknown }),
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        tried.mutate();
      }}
    >
      <Textarea
        label="Input to try, as JSON"
        rows={2}
        value={input}
        onChange={(event) => setInput(event.currentTarget.value)}
      />
      <Button type="submit" size="xs" loading={tried.isPending}>
        Ask every link
      </Button>
      {tried.isError && <Failure what="The chain could not be tried" error={tried.error} />}
      {tried.data && <Code label="What each link said">{JSON.stringify(tried.data.tries, null, 2)}</Code>}
    </form>
  );
}

/** Whether a link is asked now. */
export function standing(link: ChainLink): string {
  if (link.breaker === "open") return "left alone";
  if (link.breaker === "half_open") return "about to be tried";
  return link.calls === 0 ? "not asked yet" : "asked";
}

function tone(link: ChainLink): "good" | "bad" | "neutral" {
  if (link.breaker === "open" || link.breaker === "half_open") return "bad";
  return link.calls === 0 ? "neutral" : "good";
}

/** How long it takes. */
export function duration(link: ChainLink): string {
  return link.p50_ms == null || link.p95_ms == null ? "–" : `${link.p50_ms} / ${link.p95_ms} ms`;
}
