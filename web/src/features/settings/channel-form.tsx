import { Button, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api } from "../../shared/api/client";
import type { Channel, ChannelKind, Page } from "../../shared/api/types";
import { Failure, Note } from "../../shared/ui/kit";
import css from "./settings.module.css";

/** What a broker is asked for: name of the field, label, for which kind and way, and whether it must be given. */
const FIELDS = [
  ["url", "Address", "both", true],
  ["user", "User", "both", false],
  ["secret", "Name of the secret", "both", false],
  ["stream", "Stream", "nats in", true],
  ["subject", "Subject", "nats in", false],
  ["subject", "Subject", "nats out", true],
  ["queue", "Queue", "amqp in", true],
  ["exchange", "Exchange", "amqp out", false],
  ["routing_key", "Routing key", "amqp out", true],
] as const;

/** Kind, way and place of a new channel. */
export function ChannelForm({ kinds, onDone }: { kinds: ChannelKind[]; onDone: (made: Channel) => void }) {
  const [kind, setKind] = useState("helpdesk");
  const [direction, setDirection] = useState<"in" | "out">("out");
  const chosen = kinds.find((one) => one.kind === kind);
  const way = chosen?.directions.includes(direction) ? direction : "out";
  const names = useQuery({
    queryKey: ["loops", "names"],
    queryFn: ({ signal }) => api.get<Page<{ name: string }>>("/v1/loops?limit=500", { signal }),
    select: (page) => page.items.map((loop) => loop.name),
  });
  const save = useMutation({
    mutationFn: (body: object) => api.post<Channel>("/v1/channels", body),
    onSuccess: onDone,
  });
  const fields = FIELDS.filter(([, , of]) => kind !== "helpdesk" && (of === "both" || of === `${kind} ${way}`));
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const said = (name: string) => String(data.get(name) ?? "").trim();
    const base = { name: said("name"), kind, direction: way, payload: data.get("full") ? "full" : "thin" };
    if (kind === "helpdesk") {
      try {
        save.mutate({ ...base, desk: JSON.parse(said("desk")) });
      } catch {
        save.mutate({ ...base, desk: said("desk") });
      }
      return;
    }
    const given = fields.map(([name]) => [name, said(name)] as const).filter(([, value]) => value);
    const place = { broker: Object.fromEntries(given) };
    save.mutate(way === "in" ? { ...base, loop: said("loop"), ...place } : { ...base, ...place });
  };
  return (
    <form className={css.form} onSubmit={submit}>
      <TextInput name="name" label="Name" required data-autofocus />
      <label className={css.label}>
        Kind
        <select value={kind} onChange={(event) => setKind(event.target.value)}>
          {kinds.map((one) => (
            <option key={one.kind} value={one.kind}>
              {one.title}
            </option>
          ))}
        </select>
      </label>
      {chosen?.enable && (
        <Note tone="warn" title="Not in this build">
          It can be set up now and works once the server is built with <code>{chosen.enable}</code>
        </Note>
      )}
      {chosen && chosen.directions.length > 1 && (
        <label className={css.label}>
          Way
          <select value={way} onChange={(event) => setDirection(event.target.value as "in" | "out")}>
            <option value="in">Messages become cases</option>
            <option value="out">Messages tell of cases</option>
          </select>
        </label>
      )}
      {way === "in" && (
        <label className={css.label}>
          Loop
          <select name="loop">
            {names.data?.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      )}
      {fields.map(([name, label, of, required]) => (
        <TextInput key={`${name} ${of}`} name={name} label={label} required={required} />
      ))}
      {kind === "helpdesk" && (
        <Textarea
          name="desk"
          label="Templates"
          description="JSON, as in docs/helpdesk.md"
          required
          rows={10}
          styles={{ input: { fontFamily: "monospace" } }}
        />
      )}
      {way === "out" && (
        <label className={css.check}>
          <input type="checkbox" name="full" />
          Let messages hold input, proposal and answer as well
        </label>
      )}
      {save.isError && <Failure what="Nothing was saved" error={save.error} />}
      <Button type="submit" variant="filled" loading={save.isPending}>
        Add the channel
      </Button>
    </form>
  );
}
