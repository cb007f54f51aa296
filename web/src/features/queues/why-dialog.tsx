import { Button, Modal } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useId } from "react";
import { Failure } from "../../shared/ui/kit";
import css from "./queues.module.css";

type Props = {
  title: string;
  action: string;
  opened: boolean;
  onClose: () => void;
  act: (reason: string, form: FormData) => Promise<unknown>;
  children?: ReactNode;
};

/** Asks why, and does it in the person's name. */
export function WhyDialog({ title, opened, onClose, ...rest }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title={title} closeButtonProps={{ "aria-label": "Close" }}>
      {opened && <Ask {...rest} onClose={onClose} />}
    </Modal>
  );
}

function Ask({ action, onClose, act, children }: Omit<Props, "title" | "opened">) {
  const id = useId();
  const change = useMutation({
    mutationFn: (form: FormData) => act(String(form.get("reason") ?? "").trim(), form),
    onSuccess: onClose,
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    change.mutate(new FormData(event.currentTarget));
  };
  return (
    <form className={css.ask} onSubmit={submit}>
      {children}
      <div className={css.field}>
        <label htmlFor={id}>Why</label>
        <textarea id={id} name="reason" rows={2} required maxLength={2000} data-autofocus />
      </div>
      {change.isError && <Failure what="Nothing was changed" error={change.error} />}
      <div className={css.buttons}>
        <Button type="submit" variant="filled" loading={change.isPending}>
          {action}
        </Button>
        <Button variant="subtle" onClick={onClose}>
          Leave it
        </Button>
      </div>
    </form>
  );
}
