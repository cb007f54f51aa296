/**
 * The colours of both themes, each designed on its own ground. Components use them as
 * `var(--td-…)`; the contrast test holds every pair that carries text or meaning.
 */
export type Tokens = {
  ground: string;
  surface: string;
  sunken: string;
  raised: string;
  line: string;
  edge: string;
  text: string;
  muted: string;
  accent: string;
  onAccent: string;
  accentHover: string;
  accentSoft: string;
  accentText: string;
  good: string;
  onGood: string;
  goodHover: string;
  goodSoft: string;
  goodText: string;
  bad: string;
  onBad: string;
  badSoft: string;
  badText: string;
  warnSoft: string;
  warnText: string;
  mark: string;
  markLine: string;
  focus: string;
  shadow: string;
};

export const light: Tokens = {
  ground: "#f6f6f8",
  surface: "#ffffff",
  sunken: "#f0f0f4",
  raised: "#ffffff",
  line: "#e2e2e9",
  edge: "#85889a",
  text: "#1a1b25",
  muted: "#565a6b",
  accent: "#4450c4",
  onAccent: "#ffffff",
  accentHover: "#3741ab",
  accentSoft: "#ebedfd",
  accentText: "#3a45b3",
  good: "#14713f",
  onGood: "#ffffff",
  goodHover: "#0f5c33",
  goodSoft: "#e2f4e9",
  goodText: "#0e6436",
  bad: "#b3261e",
  onBad: "#ffffff",
  badSoft: "#fdebe9",
  badText: "#a3211a",
  warnSoft: "#fdf1d8",
  warnText: "#7a4d00",
  mark: "#fff0b8",
  markLine: "#9a6a00",
  focus: "#4450c4",
  shadow: "0 1px 2px rgb(20 22 40 / 6%), 0 4px 16px rgb(20 22 40 / 5%)",
};

export const dark: Tokens = {
  ground: "#0e0f14",
  surface: "#16181f",
  sunken: "#111319",
  raised: "#1e212a",
  line: "#2a2d38",
  edge: "#747a8d",
  text: "#e9eaf1",
  muted: "#a3a8b8",
  accent: "#9aa5ff",
  onAccent: "#12142b",
  accentHover: "#b1baff",
  accentSoft: "#242848",
  accentText: "#b3bcff",
  good: "#5fce91",
  onGood: "#06210f",
  goodHover: "#7fdba8",
  goodSoft: "#14301f",
  goodText: "#7fdba8",
  bad: "#ff9a90",
  onBad: "#330805",
  badSoft: "#3a1a18",
  badText: "#ffaaa2",
  warnSoft: "#352a10",
  warnText: "#f3c969",
  mark: "#4a3c0c",
  markLine: "#e3b341",
  focus: "#9aa5ff",
  shadow: "0 1px 2px rgb(0 0 0 / 40%), 0 6px 20px rgb(0 0 0 / 30%)",
};

/** Pairs of foreground and ground with the ratio each must reach (WCAG 2.2: 4.5 text, 3 shapes). */
export const pairs: readonly (readonly [keyof Tokens, keyof Tokens, number])[] = [
  ["text", "ground", 4.5],
  ["text", "surface", 4.5],
  ["text", "sunken", 4.5],
  ["text", "raised", 4.5],
  ["text", "accentSoft", 4.5],
  ["text", "mark", 4.5],
  ["muted", "ground", 4.5],
  ["muted", "surface", 4.5],
  ["muted", "sunken", 4.5],
  ["muted", "raised", 4.5],
  ["muted", "accentSoft", 4.5],
  ["onAccent", "accent", 4.5],
  ["onAccent", "accentHover", 4.5],
  ["accentText", "surface", 4.5],
  ["accentText", "ground", 4.5],
  ["accentText", "sunken", 4.5],
  ["accentText", "accentSoft", 4.5],
  ["onGood", "good", 4.5],
  ["onGood", "goodHover", 4.5],
  ["goodText", "goodSoft", 4.5],
  ["goodText", "surface", 4.5],
  ["onBad", "bad", 4.5],
  ["badText", "badSoft", 4.5],
  ["badText", "surface", 4.5],
  ["badText", "ground", 4.5],
  ["warnText", "warnSoft", 4.5],
  ["warnText", "surface", 4.5],
  ["edge", "surface", 3],
  ["edge", "ground", 3],
  ["accent", "surface", 3],
  ["accent", "sunken", 3],
  ["good", "surface", 3],
  ["bad", "surface", 3],
  ["focus", "surface", 3],
  ["focus", "ground", 3],
  ["markLine", "surface", 3],
];

/** `--td-accent-soft` for `accentSoft`. */
export function cssName(name: string): string {
  return `--td-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

export function cssVariables(tokens: Tokens): Record<string, string> {
  return Object.fromEntries(Object.entries(tokens).map(([name, value]) => [cssName(name), value]));
}
