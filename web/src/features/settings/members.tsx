import { Button, Modal, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api } from "../../shared/api/client";
import { explain } from "../../shared/api/error";
import type { Member, Page, RoleGrant } from "../../shared/api/types";
import { Ago, Badge, Card, Failure, Skeleton, Table } from "../../shared/ui/kit";
import { toast } from "../../shared/ui/toasts";
import { Grants, grantsInWords } from "./grants";
import { Once } from "./once";
import css from "./settings.module.css";

const KEY = ["members"];

export function Members({ self }: { self: string }) {
  const client = useQueryClient();
  const [editing, setEditing] = useState<Member | "new" | null>(null);
  const [invited, setInvited] = useState<Member | null>(null);
  const members = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api.get<Page<Member>>("/v1/members?limit=500", { signal }),
    select: (page) => page.items,
  });
  const disable = useMutation({
    mutationFn: (member: Member) => api.patch(`/v1/members/${member.id}`, { disabled: !member.disabled_at }),
    onSuccess: () => client.invalidateQueries({ queryKey: KEY }),
    onError: (error) => toast(`Nothing was changed: ${explain(error)}`, "bad"),
  });
  return (
    <>
      {invited?.signin_link && (
        <Once title={`${invited.name} was invited`} secret={invited.signin_link}>
          Send this sign-in link to them. It works once and is shown only now.
        </Once>
      )}
      <Card
        title="Members"
        flush
        actions={
          <Button size="xs" variant="filled" onClick={() => setEditing("new")}>
            Invite a member
          </Button>
        }
      >
        {members.isError && <Failure what="The members could not be read" error={members.error} />}
        {members.isPending && <Skeleton height={120} />}
        {members.data && (
          <Table
            label="Members"
            rows={members.data}
            rowKey={(member) => member.id}
            columns={[
              {
                title: "Name",
                cell: (member) => (
                  <>
                    <strong>{member.name}</strong>
                    <div className={css.muted}>{member.email}</div>
                  </>
                ),
              },
              { title: "Roles", cell: (member) => grantsInWords(member.roles ?? []) },
              { title: "Skills", cell: (member) => (member.skills ?? []).join(", ") },
              { title: "Since", cell: (member) => <Ago at={member.created_at} /> },
              {
                title: "State",
                cell: (member) =>
                  member.disabled_at ? (
                    <Badge tone="neutral">disabled</Badge>
                  ) : (
                    <Badge tone="good">{member.identified_at ? "active, identified" : "active"}</Badge>
                  ),
              },
              {
                title: "Change",
                cell: (member) => (
                  <span className={css.buttons}>
                    <Button size="xs" onClick={() => setEditing(member)} aria-label={`Edit ${member.name}`}>
                      Edit
                    </Button>
                    {member.id !== self && (
                      <Button
                        size="xs"
                        variant="subtle"
                        onClick={() => disable.mutate(member)}
                        aria-label={`${member.disabled_at ? "Enable" : "Disable"} ${member.name}`}
                      >
                        {member.disabled_at ? "Enable" : "Disable"}
                      </Button>
                    )}
                  </span>
                ),
              },
            ]}
          />
        )}
      </Card>
      <Modal
        opened={editing !== null}
        onClose={() => setEditing(null)}
        title={editing === "new" ? "Invite a member" : "Edit member"}
        closeButtonProps={{ "aria-label": "Close" }}
      >
        {editing !== null && (
          <MemberForm
            member={editing === "new" ? null : editing}
            own={editing !== "new" && editing.id === self}
            onDone={(member) => {
              setEditing(null);
              setInvited(member);
              void client.invalidateQueries({ queryKey: KEY });
            }}
          />
        )}
      </Modal>
    </>
  );
}

type FormProps = { member: Member | null; own: boolean; onDone: (member: Member) => void };

function MemberForm({ member, own, onDone }: FormProps) {
  const [roles, setRoles] = useState<RoleGrant[]>(member?.roles ?? [{ loop: "*", role: "reviewer" }]);
  const save = useMutation({
    mutationFn: ({ name, email, skills }: { name: string; email: string; skills: string[] }) =>
      member
        ? api.patch<Member>(`/v1/members/${member.id}`, own ? { name } : { name, roles, skills })
        : api.post<Member>("/v1/members", { name, email, roles }),
    onSuccess: onDone,
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const skills = String(form.get("skills") ?? "")
      .split(",")
      .map((skill) => skill.trim())
      .filter(Boolean);
    save.mutate({ name: String(form.get("name")), email: String(form.get("email") ?? ""), skills });
  };
  return (
    <form className={css.form} onSubmit={submit}>
      <TextInput name="name" label="Name" required defaultValue={member?.name} data-autofocus />
      {!member && (
        <TextInput
          name="email"
          type="email"
          label="E-mail"
          required
          description="They get in by a one-time link; no password is needed."
        />
      )}
      {own ? (
        <p className={css.muted}>Nobody changes their own rights.</p>
      ) : (
        <Grants value={roles} onChange={setRoles} />
      )}
      {member && !own && (
        <TextInput
          name="skills"
          label="Skills"
          defaultValue={(member.skills ?? []).join(", ")}
          description="What queues ask for, separated by commas."
        />
      )}
      {save.isError && <Failure what="Nothing was saved" error={save.error} />}
      <Button type="submit" variant="filled" loading={save.isPending}>
        {member ? "Save" : "Invite"}
      </Button>
    </form>
  );
}
