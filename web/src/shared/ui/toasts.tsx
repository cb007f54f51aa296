import { useSyncExternalStore } from "react";
import { Icon } from "./icons";
import css from "./ui.module.css";

type Toast = { id: number; text: string; tone: "good" | "bad" | "neutral" };

const KEEP_MS = { good: 4000, neutral: 5000, bad: 12_000 };

let toasts: Toast[] = [];
let spoken = "";
let next = 1;
const listeners = new Set<() => void>();

function changed(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Shows a short message and says it to screen readers. */
export function toast(text: string, tone: Toast["tone"] = "neutral"): void {
  const id = next;
  next += 1;
  toasts = [...toasts.filter((shown) => shown.text !== text), { id, text, tone }].slice(-3);
  spoken = text;
  changed();
  setTimeout(() => dismiss(id), KEEP_MS[tone]);
}

/** Says something in the page's one live region without showing it. */
export function announce(text: string): void {
  spoken = spoken === text ? `${text} ` : text;
  changed();
}

function dismiss(id: number): void {
  toasts = toasts.filter((shown) => shown.id !== id);
  changed();
}

/** The page's one polite live region and its stack of messages. */
export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  const words = useSyncExternalStore(subscribe, () => spoken);
  return (
    <>
      <div className="sr-only" role="status" aria-live="polite">
        {words}
      </div>
      <div className={css.toasts}>
        {shown.map((item) => (
          <div key={item.id} className={css.toast} data-tone={item.tone}>
            <p>{item.text}</p>
            <button
              type="button"
              className={css.toastClose}
              onClick={() => dismiss(item.id)}
              aria-label="Close message"
            >
              <Icon name="cross" size={14} />
            </button>
          </div>
        ))}
      </div>
    </>
  );
}
