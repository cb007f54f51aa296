import { Button, Modal, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api } from "../../shared/api/client";
import { explain } from "../../shared/api/error";
import type { AwsCredentials, Key, Page, RoleGrant } from "../../shared/api/types";
import { Ago, Badge, Card, Empty, Failure, Skeleton, Table } from "../../shared/ui/kit";
import { toast } from "../../shared/ui/toasts";
import { Grants, grantsInWords } from "./grants";
import { Once } from "./once";
import css from "./settings.module.css";

const KEY = ["keys"];

export function Keys() {
  const client = useQueryClient();
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<Key | null>(null);
  const [made, setMade] = useState<Key | null>(null);
  const keys = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api.get<Page<Key>>("/v1/keys?limit=500", { signal }),
    select: (page) => page.items,
  });
  const revoke = useMutation({
    mutationFn: (key: Key) => api.remove(`/v1/keys/${key.id}`),
    onSuccess: () => client.invalidateQueries({ queryKey: KEY }),
    onError: (error) => toast(`The key still works: ${explain(error)}`, "bad"),
    onSettled: () => setRevoking(null),
  });
  const aws = useMutation({
    mutationFn: (key: Key) => api.post<AwsCredentials>(`/v1/keys/${key.id}/aws`, {}),
    onError: (error) => toast(`There are no credentials: ${explain(error)}`, "bad"),
  });
  return (
    <>
      {aws.data && (
        <Once
          title={`AWS credentials of the key ${aws.variables.name}`}
          secret={`export AWS_ACCESS_KEY_ID=${aws.data.access_key_id} AWS_SECRET_ACCESS_KEY=${aws.data.secret_access_key}`}
        >
          For clients that sign their requests, as boto3 does. They may do what the key may do, and end with it.
        </Once>
      )}
      {made?.secret && (
        <Once title={`The key ${made.name} was made`} secret={made.secret}>
          Copy the secret now: it is not shown again.
        </Once>
      )}
      <Card
        title="Keys"
        flush
        actions={
          <Button size="xs" variant="filled" onClick={() => setMaking(true)}>
            Make a key
          </Button>
        }
      >
        {keys.isError && <Failure what="The keys could not be read" error={keys.error} />}
        {keys.isPending && <Skeleton height={120} />}
        {keys.data?.length === 0 && (
          <Empty title="No keys yet">
            <p>Programs sign in with a key: make one for each of them, with the roles it needs and no more.</p>
          </Empty>
        )}
        {keys.data && keys.data.length > 0 && (
          <Table
            label="Keys"
            rows={keys.data}
            rowKey={(key) => key.id}
            columns={[
              { title: "Name", cell: (key) => <strong>{key.name}</strong> },
              { title: "Begins with", cell: (key) => <code>{key.prefix}…</code> },
              { title: "Roles", cell: (key) => grantsInWords(key.roles) },
              { title: "Last used", cell: (key) => <Ago at={key.last_used_at} /> },
              { title: "State", cell: (key) => state(key) },
              {
                title: "Change",
                cell: (key) =>
                  !key.revoked_at && (
                    <span className={css.buttons}>
                      <Button
                        size="xs"
                        variant="subtle"
                        loading={aws.isPending && aws.variables.id === key.id}
                        onClick={() => aws.mutate(key)}
                        aria-label={`AWS credentials of ${key.name}`}
                      >
                        AWS
                      </Button>
                      <Button
                        size="xs"
                        variant="danger"
                        onClick={() => setRevoking(key)}
                        aria-label={`Revoke ${key.name}`}
                      >
                        Revoke
                      </Button>
                    </span>
                  ),
              },
            ]}
          />
        )}
      </Card>
      <Modal
        opened={making}
        onClose={() => setMaking(false)}
        title="Make a key"
        closeButtonProps={{ "aria-label": "Close" }}
      >
        {making && (
          <KeyForm
            onDone={(key) => {
              setMaking(false);
              setMade(key);
              void client.invalidateQueries({ queryKey: KEY });
            }}
          />
        )}
      </Modal>
      <Modal
        opened={revoking !== null}
        onClose={() => setRevoking(null)}
        title="Revoke this key?"
        closeButtonProps={{ "aria-label": "Close" }}
      >
        <div className={css.form}>
          <p>Programs that use “{revoking?.name}” are refused from then on. This cannot be taken back.</p>
          <span className={css.buttons}>
            <Button variant="danger" loading={revoke.isPending} onClick={() => revoking && revoke.mutate(revoking)}>
              Revoke
            </Button>
            <Button variant="subtle" onClick={() => setRevoking(null)}>
              Keep it
            </Button>
          </span>
        </div>
      </Modal>
    </>
  );
}

function state(key: Key) {
  if (key.revoked_at) return <Badge tone="neutral">revoked</Badge>;
  if (key.expires_at && new Date(key.expires_at).getTime() < Date.now()) return <Badge tone="warn">expired</Badge>;
  return <Badge tone="good">active</Badge>;
}

function KeyForm({ onDone }: { onDone: (key: Key) => void }) {
  const [roles, setRoles] = useState<RoleGrant[]>([{ loop: "*", role: "submitter" }]);
  const make = useMutation({
    mutationFn: ({ name, days }: { name: string; days: number }) =>
      api.post<Key>("/v1/keys", {
        name,
        roles,
        ...(days ? { expires_at: new Date(Date.now() + days * 86_400_000).toISOString() } : {}),
      }),
    onSuccess: onDone,
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    make.mutate({ name: String(form.get("name")), days: Number(form.get("days")) });
  };
  return (
    <form className={css.form} onSubmit={submit}>
      <TextInput name="name" label="Name" description="Which program uses it" required data-autofocus />
      <label className={css.label}>
        Works for
        <select name="days" defaultValue="90">
          <option value="30">30 days</option>
          <option value="90">90 days</option>
          <option value="365">a year</option>
          <option value="0">ever</option>
        </select>
      </label>
      <Grants value={roles} onChange={setRoles} />
      {make.isError && <Failure what="No key was made" error={make.error} />}
      <Button type="submit" variant="filled" loading={make.isPending}>
        Make the key
      </Button>
    </form>
  );
}
