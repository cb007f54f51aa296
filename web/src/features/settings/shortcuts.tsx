import { Button } from "@mantine/core";
import { useEffect, useState, useSyncExternalStore } from "react";
import { type CommandId, type CommandSpec, catalog, type Scope, scopeNames } from "../../shared/hotkeys/catalog";
import { keyName } from "../../shared/hotkeys/keys";
import {
  conflicts,
  currentSettings,
  keysOf,
  remap,
  resetKeys,
  setSingleKeys,
  subscribe,
} from "../../shared/hotkeys/registry";
import { Card, Kbd, Table } from "../../shared/ui/kit";
import { toast } from "../../shared/ui/toasts";
import css from "./settings.module.css";

/** Keys are the person's own: every one can be changed, and single characters switched off. */
export function Shortcuts() {
  const settings = useSyncExternalStore(subscribe, currentSettings);
  const [waiting, setWaiting] = useState<CommandId | null>(null);
  useCapture(waiting, () => setWaiting(null));
  return (
    <>
      <Card title="Single-character keys">
        <label className={css.check}>
          <input type="checkbox" checked={settings.single} onChange={(event) => setSingleKeys(event.target.checked)} />
          Letters and digits work as keys while no text field has the focus
        </label>
        <p className={css.muted}>
          Switch this off if you dictate, or if stray presses do harm. Keys with Ctrl or Command go on working.
        </p>
      </Card>
      {(Object.keys(scopeNames) as Scope[]).map((scope) => (
        <Card key={scope} title={scopeNames[scope]} flush>
          <Table
            label={scopeNames[scope]}
            rows={catalog.filter((command: CommandSpec) => command.scope === scope)}
            rowKey={(command) => command.id}
            columns={[
              { title: "Command", cell: (command) => command.label },
              {
                title: "Key",
                cell: (command) =>
                  waiting === command.id ? (
                    <strong role="status">press the new key, or Esc</strong>
                  ) : (
                    <span className={css.buttons}>
                      {keysOf(command.id).map((key) => (
                        <Kbd key={key} name={key} />
                      ))}
                    </span>
                  ),
              },
              {
                title: "Change",
                cell: (command) => (
                  <span className={css.buttons}>
                    <Button
                      size="xs"
                      onClick={() => setWaiting(command.id)}
                      aria-label={`Change the key: ${command.label}`}
                    >
                      Change
                    </Button>
                    {settings.keys[command.id] && (
                      <Button
                        size="xs"
                        variant="subtle"
                        onClick={() => remap(command.id, null)}
                        aria-label={`Reset the key: ${command.label}`}
                      >
                        Reset
                      </Button>
                    )}
                  </span>
                ),
              },
            ]}
          />
        </Card>
      ))}
      <div>
        <Button onClick={resetKeys}>Reset every key</Button>
      </div>
    </>
  );
}

/** The next key press becomes the key of the command, unless another one has it. */
function useCapture(id: CommandId | null, done: () => void): void {
  useEffect(() => {
    if (!id) return;
    const capture = (event: KeyboardEvent) => {
      if (["Shift", "Control", "Meta", "Alt", "Tab"].includes(event.key)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const key = keyName(event);
      const taken = key === "escape" ? [] : conflicts(key, id);
      if (taken[0]) toast(`That key already means “${taken[0].label}”.`, "bad");
      else if (key !== "escape") remap(id, [key]);
      done();
    };
    window.addEventListener("keydown", capture, { capture: true });
    return () => window.removeEventListener("keydown", capture, { capture: true });
  }, [id, done]);
}
