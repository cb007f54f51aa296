import { Modal } from "@mantine/core";
import { type CommandSpec, catalog, type Scope, scopeNames } from "../../shared/hotkeys/catalog";
import { currentSettings, isBound, keysOf } from "../../shared/hotkeys/registry";
import { Kbd } from "../../shared/ui/kit";
import css from "./commands.module.css";

/** Every key, from the same list that the handlers use. */
export function HelpSheet({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const scopes = Object.keys(scopeNames) as Scope[];
  return (
    <Modal opened={opened} onClose={onClose} title="Keys" size="lg" closeButtonProps={{ "aria-label": "Close" }}>
      {!currentSettings().single && <p className={css.off}>Single-character keys are switched off in the settings.</p>}
      <div className={css.sheet}>
        {scopes.map((scope) => (
          <section key={scope} aria-label={scopeNames[scope]}>
            <h2>{scopeNames[scope]}</h2>
            <dl>
              {scope === "inbox" && (
                <div className={css.row}>
                  <dt>Choose an option; a plain choice is sent at once</dt>
                  <dd>
                    <Kbd name="0" /> to <Kbd name="9" />
                  </dd>
                </div>
              )}
              {catalog
                .filter((command: CommandSpec) => command.scope === scope)
                .map((command) => (
                  <div key={command.id} className={css.row} data-idle={!isBound(command.id) || undefined}>
                    <dt>{command.label}</dt>
                    <dd>
                      {keysOf(command.id).map((key) => (
                        <Kbd key={key} name={key} />
                      ))}
                    </dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
