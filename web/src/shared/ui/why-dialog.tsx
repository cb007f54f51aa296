import { Button, Modal } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useId } from "react";
import { Failure } from "./kit";
import css from "./why-dialog.module.css";

type Props = {
  title: string;
  action: string;
  opened: boolean;
  /** It cannot be done yet: what follows from it is not known. */
  disabled?: boolean;
  onClose: () => void;
  act: (reason: string, form: FormData) => Promise<unknown>;
  /** What follows from it, below the reason. */
  note?: string;
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

function Ask({ action, disabled, onClose, act, note, children }: Omit<Props, "title" | "opened">) {
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
      {note && <p className={css.note}>{note}</p>}
      {change.isError && <Failure what="Nothing was changed" error={change.error} />}
      <div className={css.buttons}>
        <Button type="submit" variant="filled" disabled={disabled} loading={change.isPending}>
          {action}
        </Button>
        <Button variant="subtle" onClick={onClose}>
          Leave it
        </Button>
      </div>
    </form>
  );
}
