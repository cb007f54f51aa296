import { Button, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api } from "../../shared/api/client";
import type { Page, Webhook } from "../../shared/api/types";
import { Failure } from "../../shared/ui/kit";
import css from "./settings.module.css";

const KINDS = [
  ["case.decided", "A decision takes effect"],
  ["case.cancelled", "A case is cancelled"],
  ["case.unconsumed", "Nobody took up an approved call"],
  ["case.expired", "An approved call is no longer good"],
  ["case.execution_unknown", "Nobody says how a call went"],
  ["case.execution_failed", "A call failed"],
  ["case.taken_over", "A person takes a conversation over"],
  ["case.handed_back", "A conversation goes back to the agent"],
  ["appeal.lodged", "A decision is contested"],
  ["appeal.decided", "An appeal is decided"],
  ["appeal.withdrawn", "An appeal is taken back"],
  ["appeal.overdue", "An appeal is not decided in time"],
  ["examples.ready", "There is something new to learn from"],
  ["alert.raised", "A bound of a loop is passed"],
  ["alert.cleared", "An alert is over"],
  ["queue.overloaded", "More waits than people can look at"],
  ["queue.relieved", "People keep up again"],
  ["queue.paused", "A queue was paused"],
  ["queue.resumed", "A queue was resumed"],
  ["queue.released", "Seats of a person were freed"],
  ["queue.bulk", "Many cases were changed at once"],
] as const;

/** Address, messages and loops of a webhook; `null` makes a new one. */
export function WebhookForm({ hook, onDone }: { hook: Webhook | null; onDone: (hook: Webhook) => void }) {
  const [kinds, setKinds] = useState<string[]>(hook?.kinds ?? []);
  const [loops, setLoops] = useState<string[]>(hook?.loops ?? []);
  const [full, setFull] = useState(hook?.payload === "full");
  const names = useQuery({
    queryKey: ["loops", "names"],
    queryFn: ({ signal }) => api.get<Page<{ name: string }>>("/v1/loops?limit=500", { signal }),
    select: (page) => page.items.map((loop) => loop.name),
  });
  const save = useMutation({
    mutationFn: (url: string) => {
      const body = { url, kinds, loops, payload: full ? "full" : "thin" };
      return hook ? api.patch<Webhook>(`/v1/webhooks/${hook.id}`, body) : api.post<Webhook>("/v1/webhooks", body);
    },
    onSuccess: onDone,
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    save.mutate(String(new FormData(event.currentTarget).get("url")));
  };
  return (
    <form className={css.form} onSubmit={submit}>
      <TextInput
        name="url"
        type="url"
        label="Address"
        description="https, and reachable from the server"
        placeholder="https://example.org/tandem"
        required
        defaultValue={hook?.url}
        data-autofocus
      />
      <Choices title="Messages (none ticked: all)" all={KINDS} value={kinds} onChange={setKinds} />
      {names.data && names.data.length > 0 && (
        <Choices
          title="Loops (none ticked: all)"
          all={names.data.map((name) => [name, name] as const)}
          value={loops}
          onChange={setLoops}
        />
      )}
      <label className={css.check}>
        <input type="checkbox" checked={full} onChange={(event) => setFull(event.target.checked)} />
        Send input, proposal and answer as well
      </label>
      <p className={css.muted}>Otherwise a message holds ids, status and outcome, and no personal content.</p>
      {save.isError && <Failure what="Nothing was saved" error={save.error} />}
      <Button type="submit" variant="filled" loading={save.isPending}>
        {hook ? "Save" : "Add the webhook"}
      </Button>
    </form>
  );
}

function Choices({
  title,
  all,
  value,
  onChange,
}: {
  title: string;
  all: readonly (readonly [string, string])[];
  value: string[];
  onChange: (value: string[]) => void;
}) {
  return (
    <fieldset className={css.grants}>
      <legend>{title}</legend>
      {all.map(([name, label]) => (
        <label key={name} className={css.check}>
          <input
            type="checkbox"
            checked={value.includes(name)}
            onChange={(event) =>
              onChange(event.target.checked ? [...value, name] : value.filter((other) => other !== name))
            }
          />
          {label}
        </label>
      ))}
    </fieldset>
  );
}
