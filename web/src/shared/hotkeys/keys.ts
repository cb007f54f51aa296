/**
 * Key names: `a`, `shift+a`, `mod+k`, `?`, `escape`, `g i` (one after the other). `mod` is Command
 * on a Mac and Control elsewhere. Characters that need Shift on some layouts (`?`) are written as
 * the character itself.
 */

const NAMED: Record<string, string> = { " ": "space", esc: "escape" };

export const isMac = typeof navigator !== "undefined" && /mac|iphone|ipad/i.test(navigator.platform ?? "");

/** The name of a pressed key, as commands are written. */
export function keyName(event: Pick<KeyboardEvent, "key" | "shiftKey" | "metaKey" | "ctrlKey" | "altKey">): string {
  const lower = event.key.toLowerCase();
  const key = NAMED[lower] ?? lower;
  const parts: string[] = [];
  if (event.metaKey || event.ctrlKey) parts.push("mod");
  if (event.altKey) parts.push("alt");
  const letterOrNamed = key.length > 1 || (key >= "a" && key <= "z");
  if (event.shiftKey && letterOrNamed) parts.push("shift");
  parts.push(key);
  return parts.join("+");
}

/** Whether a press is a single character without Control, Command or Alt (WCAG 2.1.4). */
export function isSingle(name: string): boolean {
  return name.split(" ").every((press) => !/^(mod|alt)\+/.test(press) && press.replace("shift+", "").length === 1);
}

/** How a key is printed on a key cap. */
export function keyLabel(name: string): string {
  const words: Record<string, string> = {
    mod: isMac ? "⌘" : "Ctrl",
    shift: isMac ? "⇧" : "Shift",
    alt: isMac ? "⌥" : "Alt",
    escape: "Esc",
    enter: "Enter",
    space: "Space",
    arrowup: "↑",
    arrowdown: "↓",
    arrowleft: "←",
    arrowright: "→",
  };
  return name
    .split(" ")
    .map((press) =>
      press
        .split("+")
        .map((part) => words[part] ?? part.toUpperCase())
        .join(isMac ? "" : "+"),
    )
    .join(" then ");
}
