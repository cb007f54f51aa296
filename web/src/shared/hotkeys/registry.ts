import { type CommandId, type CommandSpec, catalog } from "./catalog";
import { isSingle, keyName } from "./keys";

type Handler = (event: KeyboardEvent | null) => void;
type Settings = { keys: Partial<Record<CommandId, string[]>>; single: boolean };

const STORE = "tandem.keys";
const SEQUENCE_MS = 1200;

const handlers = new Map<CommandId, Handler[]>();
const rawKeys: ((name: string, event: KeyboardEvent) => boolean)[] = [];
const listeners = new Set<() => void>();
let settings = load();
let prefix: { name: string; at: number } | null = null;

function load(): Settings {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORE) ?? "null");
    if (stored && typeof stored === "object") return { keys: {}, single: true, ...stored };
  } catch {
    // Unreadable settings count as none.
  }
  return { keys: {}, single: true };
}

function save(next: Settings): void {
  settings = next;
  localStorage.setItem(STORE, JSON.stringify(next));
  for (const listener of listeners) listener();
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const currentSettings = (): Settings => settings;

/** The keys of a command: the person's own, or those of the catalog. */
export function keysOf(id: CommandId): readonly string[] {
  return settings.keys[id] ?? specOf(id).keys;
}

export function specOf(id: CommandId): CommandSpec {
  const found = catalog.find((command) => command.id === id);
  if (!found) throw new Error(`no command ${id}`);
  return found;
}

/** Gives a command another key; null takes the person's own away again. */
export function remap(id: CommandId, keys: string[] | null): void {
  const next = { ...settings.keys };
  if (keys) next[id] = keys;
  else delete next[id];
  save({ ...settings, keys: next });
}

/** Switches single-character keys on or off (WCAG 2.1.4). */
export function setSingleKeys(single: boolean): void {
  save({ ...settings, single });
}

export function resetKeys(): void {
  save({ keys: {}, single: true });
}

/** Commands that answer to the same key where both may be heard. */
export function conflicts(key: string, id: CommandId): CommandSpec[] {
  const scope = specOf(id).scope;
  return catalog.filter(
    (other) =>
      other.id !== id &&
      (other.scope === scope || other.scope === "global" || scope === "global") &&
      keysOf(other.id).some((taken) => taken === key || taken.startsWith(`${key} `) || key.startsWith(`${taken} `)),
  );
}

/** Binds a handler to a command until the returned function is called. The newest binding wins. */
export function bind(id: CommandId, handler: Handler): () => void {
  const stack = handlers.get(id) ?? [];
  stack.push(handler);
  handlers.set(id, stack);
  return () => {
    const at = stack.lastIndexOf(handler);
    if (at >= 0) stack.splice(at, 1);
  };
}

/** Binds keys that are not in the catalog, such as the options' own; asked before commands are. */
export function bindRaw(handler: (name: string, event: KeyboardEvent) => boolean): () => void {
  rawKeys.push(handler);
  return () => {
    const at = rawKeys.lastIndexOf(handler);
    if (at >= 0) rawKeys.splice(at, 1);
  };
}

export function isBound(id: CommandId): boolean {
  return (handlers.get(id)?.length ?? 0) > 0;
}

export function run(id: CommandId, event: KeyboardEvent | null = null): void {
  handlers.get(id)?.at(-1)?.(event);
}

function inTextField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button", "submit"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

function find(name: string, inText: boolean): CommandSpec | undefined {
  return catalog.find(
    (command: CommandSpec) =>
      (!inText || command.inText) && isBound(command.id as CommandId) && keysOf(command.id as CommandId).includes(name),
  );
}

function startsSequence(name: string): boolean {
  return catalog.some((command) => isBound(command.id) && keysOf(command.id).some((key) => key.startsWith(`${name} `)));
}

/** Hears every key press of the page. Held keys never repeat a command. */
export function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || event.repeat) return;
  const name = keyName(event);
  const inText = inTextField(event.target);
  const inDialog = document.querySelector("[role=dialog][aria-modal=true]") !== null;
  if (inDialog && name !== "mod+k") return;
  const single = isSingle(name);
  if (single && !settings.single) return;
  const sequence = prefix && event.timeStamp - prefix.at < SEQUENCE_MS ? `${prefix.name} ${name}` : null;
  prefix = null;
  const command = (sequence && !inText && find(sequence, false)) || null;
  if (!command && !inText && rawKeys.toReversed().some((handler) => handler(name, event))) {
    event.preventDefault();
    return;
  }
  const chosen = command ?? find(name, inText);
  if (chosen) {
    event.preventDefault();
    run(chosen.id as CommandId, event);
  } else if (!inText && startsSequence(name)) {
    prefix = { name, at: event.timeStamp };
  }
}
