import { Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";
import { loopsQuery } from "../../shared/api/queries";
import { type CommandSpec, catalog } from "../../shared/hotkeys/catalog";
import { isBound, keysOf, run } from "../../shared/hotkeys/registry";
import { Kbd } from "../../shared/ui/kit";
import css from "./commands.module.css";
import { matches } from "./match";

type Entry = { id: string; label: string; hint: string; keys: readonly string[]; act: () => void };

/** Everything that can be done or opened from here, by name. */
export function CommandPalette({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      withCloseButton={false}
      padding={0}
      size="lg"
      yOffset="12vh"
      attributes={{ content: { "aria-label": "Command palette" } }}
    >
      {opened && <Palette onClose={onClose} />}
    </Modal>
  );
}

function Palette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const entries = useEntries(text);
  const list = useRef<HTMLDivElement>(null);
  const shown = entries.filter((entry) => matches(text, `${entry.label} ${entry.hint}`)).slice(0, 12);
  const active = Math.min(at, Math.max(0, shown.length - 1));
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: "nearest" });
  }, [active]);
  const choose = (entry: Entry | undefined) => {
    if (!entry) return;
    onClose();
    // The dialog has to be gone before a command asks where the focus is.
    setTimeout(entry.act, 0);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) {
      event.preventDefault();
      setAt((active + step + shown.length) % Math.max(1, shown.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      choose(shown[active]);
    }
  };
  return (
    <>
      <input
        className={css.search}
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={shown[active] ? `palette-${shown[active].id}` : undefined}
        aria-label="Search commands, loops and cases"
        placeholder="What do you want to do?"
        data-autofocus
        autoFocus
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div className={css.results} id="palette-list" role="listbox" aria-label="Results" ref={list}>
        {shown.map((entry, n) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are heard by the search field, which keeps the focus
          <div
            key={entry.id}
            id={`palette-${entry.id}`}
            role="option"
            aria-selected={n === active}
            tabIndex={-1}
            onClick={() => choose(entry)}
            onPointerMove={() => setAt(n)}
          >
            <span>{entry.label}</span>
            <span className={css.hint}>{entry.hint}</span>
            {entry.keys[0] && <Kbd name={entry.keys[0]} />}
          </div>
        ))}
      </div>
      {shown.length === 0 && <p className={css.none}>Nothing is called that. A case or a run opens by its id.</p>}
    </>
  );
}

function useEntries(text: string): Entry[] {
  const loops = useQuery(loopsQuery);
  const [, navigate] = useLocation();
  return useMemo(() => {
    const commands = catalog
      .filter(
        (command: CommandSpec) => command.id !== "palette" && isBound(command.id as (typeof catalog)[number]["id"]),
      )
      .map((command) => ({
        id: command.id,
        label: command.label,
        hint: "",
        keys: keysOf(command.id),
        act: () => run(command.id),
      }));
    const pages = (loops.data ?? []).flatMap((loop) => [
      {
        id: `live-${loop.name}`,
        label: loop.title ?? loop.name,
        hint: "live page",
        keys: [],
        act: () => navigate(`/loops/${loop.name}/live`),
      },
      {
        id: `runs-${loop.name}`,
        label: loop.title ?? loop.name,
        hint: "control room of this loop",
        keys: [],
        act: () => navigate(`/runs?loop=${loop.name}`),
      },
      {
        id: `cases-${loop.name}`,
        label: loop.title ?? loop.name,
        hint: "cases",
        keys: [],
        act: () => navigate(`/loops/${loop.name}/cases`),
      },
      {
        id: `inbox-${loop.name}`,
        label: loop.title ?? loop.name,
        hint: "inbox of this loop",
        keys: [],
        act: () => navigate(`/inbox/${loop.name}`),
      },
      {
        id: `policy-${loop.name}`,
        label: loop.title ?? loop.name,
        hint: "policy tuner",
        keys: [],
        act: () => navigate(`/loops/${loop.name}/policy`),
      },
      {
        id: `autonomy-${loop.name}`,
        label: loop.title ?? loop.name,
        hint: "earned autonomy",
        keys: [],
        act: () => navigate(`/loops/${loop.name}/autonomy`),
      },
      {
        id: `loop-${loop.name}`,
        label: loop.title ?? loop.name,
        hint: "loop file and versions",
        keys: [],
        act: () => navigate(`/loops/${loop.name}`),
      },
    ]);
    const id = text.trim();
    const jump = /^case_\w+$/.test(id)
      ? [{ id: "case", label: id, hint: "open this case", keys: [], act: () => navigate(`/cases/${id}`) }]
      : /^run_\w+$/.test(id)
        ? [{ id: "run", label: id, hint: "open this run", keys: [], act: () => navigate(`/runs/${id}`) }]
        : [];
    return [...jump, ...commands, ...pages];
  }, [loops.data, navigate, text]);
}
