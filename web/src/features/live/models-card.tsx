import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "../../shared/api/client";
import type { ModelRow } from "../../shared/api/types";
import { count, percent } from "../../shared/format/format";
import { Ago, Badge, Card, type Column, Empty, Failure, Table } from "../../shared/ui/kit";
import { toast } from "../../shared/ui/toasts";
import css from "./live.module.css";
import { nameOf, refusalInWords, shadowVerdict, shareInWords, versus } from "./models-words";

const SHOWN = 6;

type Props = { loop: string; models: ModelRow[] | undefined; may: boolean; busy: string | null };

/** The loop's models: what each is worth, and which one acts. */
export function ModelsCard({ loop, models, may, busy }: Props) {
  const client = useQueryClient();
  const promote = useMutation({
    mutationFn: (model: ModelRow) =>
      api.post(`/v1/loops/${encodeURIComponent(loop)}/models/${model.version}/promote`, {
        reason: "promoted on the live page",
      }),
    onSuccess: async (_, model) => {
      toast(`${nameOf(model)} is live`, "good");
      await client.invalidateQueries({ queryKey: ["models", loop] });
      await client.invalidateQueries({ queryKey: ["live", loop] });
    },
  });
  const shown = pick(models ?? []);
  return (
    <Card
      title="Models"
      flush
      actions={busy && <Badge tone="accent">{busy === "train" ? "training" : "rescoring"}</Badge>}
    >
      {promote.isError && <Failure what="The model was not promoted" error={promote.error} />}
      {shown.length ? (
        <Table
          label="Models"
          rows={shown}
          rowKey={(model) => String(model.version)}
          columns={columns(shown, may, (model) => promote.mutate(model), promote.isPending)}
        />
      ) : (
        <Empty title="No model yet">
          <p>The first one is trained as soon as there are enough labelled cases, or registered from outside.</p>
        </Empty>
      )}
    </Card>
  );
}

/** The newest, and whichever is live. */
function pick(models: ModelRow[]): ModelRow[] {
  const newest = models.slice(0, SHOWN);
  const live = models.find((model) => model.stage === "live");
  return live && !newest.includes(live) ? [...newest.slice(0, SHOWN - 1), live] : newest;
}

function columns(
  models: ModelRow[],
  may: boolean,
  promote: (model: ModelRow) => void,
  pending: boolean,
): Column<ModelRow>[] {
  const all: (Column<ModelRow> | false)[] = [
    { title: "Model", cell: nameOf },
    {
      title: "Stage",
      cell: (model) => <Badge tone={model.stage === "live" ? "good" : "neutral"}>{model.stage}</Badge>,
    },
    { title: "Cases", number: true, cell: (model) => count(model.trained_on) },
    { title: "Accuracy", number: true, cell: (model) => percent(model.metrics?.accuracy?.estimate) },
    models.some((model) => model.score || model.refusal) && {
      title: "Frozen set",
      cell: (model) =>
        model.score ? (
          <Two first={shareInWords(model.score.accuracy)} second={versus(model.compared)} />
        ) : (
          "not measured"
        ),
    },
    models.some((model) => model.shadow) && {
      title: "In the shadow",
      cell: (model) =>
        model.shadow && <Two first={shareInWords(model.shadow.right)} second={shadowVerdict(model.shadow)} />,
    },
    { title: "Made", cell: (model) => <Ago at={model.created_at} /> },
    may && {
      title: "Act",
      cell: (model) => model.stage !== "live" && <Promote model={model} promote={promote} pending={pending} />,
    },
  ];
  return all.filter((column) => column !== false);
}

function Two({ first, second }: { first: string; second: string }) {
  return (
    <>
      <div>{first}</div>
      {second && <div className={css.second}>{second}</div>}
    </>
  );
}

function Promote({
  model,
  promote,
  pending,
}: {
  model: ModelRow;
  promote: (model: ModelRow) => void;
  pending: boolean;
}) {
  const refusal = refusalInWords(model);
  if (refusal) return <div className={css.second}>{refusal}</div>;
  return (
    <Button size="compact-sm" variant="default" disabled={pending} onClick={() => promote(model)}>
      Promote
    </Button>
  );
}
