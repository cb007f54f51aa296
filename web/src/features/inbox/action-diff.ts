import type { Json, JsonObject } from "../../shared/api/types";

export type ChangedPlace = { path: string; before: string; after: string };

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What differs between two sets of arguments, by path, in words that fit one line each. */
export function changedPlaces(before: JsonObject, after: JsonObject, path = ""): ChangedPlace[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => {
    const [old, now] = [before[name], after[name]];
    const at = path ? `${path}.${name}` : name;
    if (isObject(old) && isObject(now)) return changedPlaces(old, now, at);
    if (JSON.stringify(old) === JSON.stringify(now)) return [];
    return [{ path: at, before: written(old), after: written(now) }];
  });
}

function written(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/**
 * Text as it is, with what the eye cannot see written out: control, zero-width, bidirectional and
 * tag characters, so that nobody approves what is not shown.
 */
export function withUnseen(text: string): { text: string; unseen: boolean }[] {
  const parts: { text: string; unseen: boolean }[] = [];
  for (const one of text) {
    const hidden = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u.test(one);
    const shown = hidden ? `U+${(one.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}` : one;
    const last = parts.at(-1);
    if (last && last.unseen === hidden && !hidden) last.text += shown;
    else parts.push({ text: shown, unseen: hidden });
  }
  return parts;
}
