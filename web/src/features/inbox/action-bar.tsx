import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import type { CommandId } from "../../shared/hotkeys/catalog";
import { useKey } from "../../shared/hotkeys/use-command";
import { Icon, type IconName } from "../../shared/ui/icons";
import { Kbd } from "../../shared/ui/kit";
import css from "./inbox.module.css";

type Props = {
  canApprove: boolean;
  canReject: boolean;
  canSend: boolean;
  blocked: boolean;
  plain: boolean;
  undo: ReactNode;
  onApprove: () => void;
  onReject: () => void;
  onEdit: () => void;
  onSend: () => void;
  onEscalate: () => void;
  onSkip: () => void;
  onComment: () => void;
  /** Opens the fields for words, where they are not on the page. */
  onWords?: () => void;
  /** For calls of tools: ask the agent to change it, or answer in its place. */
  onChanges?: () => void;
  onRespond?: () => void;
};

export function ActionBar(props: Props) {
  const { canApprove, canSend, blocked } = props;
  return (
    <div className={css.actions}>
      <div className={css.buttons} role="toolbar" aria-label="Decide">
        {canApprove && (
          <Action
            command="inbox.approve"
            icon="check"
            label="Approve"
            variant="good"
            onClick={props.onApprove}
            disabled={blocked}
          />
        )}
        {canSend && (
          <Action
            command="inbox.send"
            icon="check"
            label="Send"
            variant={canApprove ? "default" : "filled"}
            onClick={props.onSend}
            disabled={blocked}
          />
        )}
        {props.canReject && (
          <Action
            command="inbox.reject"
            icon="cross"
            label="Reject"
            variant="danger"
            onClick={props.onReject}
            disabled={blocked}
          />
        )}
        {!props.plain && <Action command="inbox.edit" icon="edit" label="Edit" onClick={props.onEdit} />}
        {props.onChanges && (
          <Action
            command="inbox.changes"
            icon="undo"
            label="Request changes"
            onClick={props.onChanges}
            disabled={blocked}
          />
        )}
        {props.onRespond && (
          <Action command="inbox.respond" icon="comment" label="Answer instead" onClick={props.onRespond} />
        )}
        <Action command="inbox.escalate" icon="up" label="Escalate" onClick={props.onEscalate} disabled={blocked} />
        <Action command="inbox.skip" icon="skip" label="Skip" onClick={props.onSkip} disabled={blocked} />
        <Action command="inbox.comment" icon="comment" label="Comment" onClick={props.onComment} />
        {props.onWords && <Action command="inbox.words" icon="comment" label="Say why" onClick={props.onWords} />}
      </div>
      {props.undo}
    </div>
  );
}

function Action({
  command,
  icon,
  label,
  variant = "default",
  onClick,
  disabled,
}: {
  command: CommandId;
  icon: IconName;
  label: string;
  variant?: string;
  onClick: () => void;
  disabled?: boolean;
}) {
  const key = useKey(command);
  return (
    <Button
      variant={variant}
      onClick={onClick}
      disabled={disabled}
      leftSection={<Icon name={icon} />}
      rightSection={key ? <Kbd name={key} /> : undefined}
    >
      {label}
    </Button>
  );
}
