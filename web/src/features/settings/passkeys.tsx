import { Button, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { api } from "../../shared/api/client";
import { explain } from "../../shared/api/error";
import { type Passkey, registerPasskey } from "../../shared/api/passkeys";
import type { Member, Page } from "../../shared/api/types";
import { Ago, Card, Empty, Failure, Skeleton, Table } from "../../shared/ui/kit";
import { toast } from "../../shared/ui/toasts";
import css from "./settings.module.css";

const KEY = ["passkeys"];

/** With which keys of my own do I sign approvals? */
export function Passkeys({ self }: { self: Member }) {
  const client = useQueryClient();
  const changed = () => void client.invalidateQueries({ queryKey: KEY });
  const keys = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api.get<Page<Passkey>>("/v1/passkeys", { signal }),
    select: (page) => page.items,
  });
  const add = useMutation({
    mutationFn: (name: string) => registerPasskey(name, self),
    onSuccess: () => {
      toast("The passkey is registered.", "good");
      changed();
    },
  });
  const remove = useMutation({
    mutationFn: (key: Passkey) => api.remove(`/v1/passkeys/${key.id}`),
    onSuccess: changed,
    onError: (error) => toast(`The passkey is still there: ${explain(error)}`, "bad"),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    add.mutate(String(new FormData(event.currentTarget).get("name")));
  };
  return (
    <Card title="Passkeys">
      <p className={css.muted}>
        Where a loop asks for it, your passkey signs exactly what you approve. Elsewhere the server attests that it was
        you.
      </p>
      {keys.isError && <Failure what="Your passkeys could not be read" error={keys.error} />}
      {keys.isPending && <Skeleton height={60} />}
      {keys.data?.length === 0 && <Empty title="No passkeys yet" />}
      {keys.data && keys.data.length > 0 && (
        <Table
          label="Passkeys"
          rows={keys.data}
          rowKey={(key) => key.id}
          columns={[
            { title: "Name", cell: (key) => <strong>{key.name}</strong> },
            { title: "Registered", cell: (key) => <Ago at={key.created_at} /> },
            { title: "Signed last", cell: (key) => (key.last_used_at ? <Ago at={key.last_used_at} /> : "never") },
            {
              title: "Change",
              cell: (key) => (
                <Button
                  size="xs"
                  variant="danger"
                  onClick={() => remove.mutate(key)}
                  aria-label={`Remove the passkey ${key.name}`}
                >
                  Remove
                </Button>
              ),
            },
          ]}
        />
      )}
      <form className={css.form} onSubmit={submit}>
        <TextInput name="name" label="Name" placeholder="Laptop" required maxLength={100} />
        {add.isError && <Failure what="Nothing was registered" error={add.error} />}
        <Button type="submit" variant="filled" loading={add.isPending}>
          Register a passkey
        </Button>
      </form>
    </Card>
  );
}
