import { Button, Modal } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useId } from "react";
import { autonomyQuery } from "../../shared/api/queries";
import { Failure } from "../../shared/ui/kit";
import { toast } from "../../shared/ui/toasts";
import css from "./autonomy.module.css";

type Props = {
  loop: string;
  title: string;
  action: string;
  done: string;
  opened: boolean;
  onClose: () => void;
  act: (reason: string, form: FormData) => Promise<unknown>;
  children: ReactNode;
};

/** Asks why, and does it in the person's name. */
export function ReasonDialog({ loop, title, action, done, opened, onClose, act, children }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title={title} closeButtonProps={{ "aria-label": "Close" }}>
      {opened && (
        <Ask loop={loop} action={action} done={done} onClose={onClose} act={act}>
          {children}
        </Ask>
      )}
    </Modal>
  );
}

function Ask({ loop, action, done, onClose, act, children }: Omit<Props, "title" | "opened">) {
  const client = useQueryClient();
  const id = useId();
  const sign = useMutation({
    mutationFn: (form: FormData) => act(String(form.get("reason") ?? "").trim(), form),
    onSuccess: async () => {
      toast(done, "good");
      onClose();
      await client.invalidateQueries(autonomyQuery(loop));
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    sign.mutate(new FormData(event.currentTarget));
  };
  return (
    <form className={css.ask} onSubmit={submit}>
      {children}
      <div className={css.field}>
        <label htmlFor={id}>Why</label>
        <textarea id={id} name="reason" rows={2} required maxLength={2000} data-autofocus />
      </div>
      <p className={css.muted}>It is recorded in the ledger with your name.</p>
      {sign.isError && <Failure what="Nothing was changed" error={sign.error} />}
      <div className={css.buttons}>
        <Button type="submit" variant="filled" loading={sign.isPending}>
          {action}
        </Button>
        <Button variant="subtle" onClick={onClose}>
          Leave it
        </Button>
      </div>
    </form>
  );
}
