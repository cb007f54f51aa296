import { useEffect, useRef, useSyncExternalStore } from "react";
import type { CommandId } from "./catalog";
import { bind, bindRaw, currentSettings, keysOf, subscribe } from "./registry";

/** Answers to a command while the component is on the page. */
export function useCommand(id: CommandId, handler: (event: KeyboardEvent | null) => void, enabled = true): void {
  const latest = useRef(handler);
  latest.current = handler;
  useEffect(() => (enabled ? bind(id, (event) => latest.current(event)) : undefined), [id, enabled]);
}

/** Hears keys outside the catalog first; the handler says whether it took the key. */
export function useRawKeys(handler: (name: string, event: KeyboardEvent) => boolean): void {
  const latest = useRef(handler);
  latest.current = handler;
  useEffect(() => bindRaw((name, event) => latest.current(name, event)), []);
}

/** The first key of a command, kept up to date with the person's settings. */
export function useKey(id: CommandId): string | undefined {
  useSyncExternalStore(subscribe, currentSettings);
  return keysOf(id)[0];
}
