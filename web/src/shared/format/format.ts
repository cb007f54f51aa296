/** Keeps a number and its unit on one line. */
export const NBSP = "\u00a0";

const number = new Intl.NumberFormat("en-GB");
const percentFormats = new Map<number, Intl.NumberFormat>();
const exact = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

export function count(value: number | null | undefined): string {
  return value == null || Number.isNaN(value) ? "–" : number.format(value);
}

/** A share as a percentage: `0.0137` is "1.4 %". */
export function percent(value: number | null | undefined, digits = 1): string {
  if (value == null || Number.isNaN(value)) return "–";
  let format = percentFormats.get(digits);
  if (!format) {
    format = new Intl.NumberFormat("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    percentFormats.set(digits, format);
  }
  return `${format.format(value * 100)}${NBSP}%`;
}

/** Milliseconds as people say them: "840 ms", "2.4 s", "3 min 5 s". */
export function duration(ms: number | null | undefined): string {
  if (ms == null || Number.isNaN(ms)) return "–";
  if (ms < 1000) return `${Math.round(ms)}${NBSP}ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)}${NBSP}s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.round((ms % 60_000) / 1000)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Seconds left as a clock: "1:07". */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** How long ago, in one unit: "12 s ago", "3 h ago", "in 5 min". */
export function ago(at: string | number | Date, now: number = Date.now()): string {
  const delta = now - new Date(at).getTime();
  if (Number.isNaN(delta)) return "–";
  const size = Math.abs(delta);
  const steps: [number, string][] = [
    [86_400_000, "d"],
    [3_600_000, "h"],
    [60_000, "min"],
    [1000, "s"],
  ];
  for (const [unit, name] of steps) {
    if (size >= unit) {
      const amount = Math.floor(size / unit);
      return delta >= 0 ? `${amount} ${name} ago` : `in ${amount} ${name}`;
    }
  }
  return "now";
}

export function exactTime(at: string | number | Date): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? String(at) : exact.format(date);
}

/** `lost_or_stolen_card` as "Lost or stolen card". */
export function humanise(code: string): string {
  const words = code.replaceAll(/[_.-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The end of an id, enough to tell two apart on one page. */
export function shortId(id: string): string {
  const [prefix, rest] = id.includes("_")
    ? [id.slice(0, id.indexOf("_") + 1), id.slice(id.indexOf("_") + 1)]
    : ["", id];
  return rest.length > 8 ? `${prefix}…${rest.slice(-6)}` : id;
}

export function plural(amount: number, one: string, many = `${one}s`): string {
  return `${count(amount)} ${amount === 1 ? one : many}`;
}
