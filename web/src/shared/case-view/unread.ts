import { useEffect, useRef, useState } from "react";
import type { Message } from "../api/types";

const key = (caseId: string) => `tandem.seen.${caseId}`;
/** So long something is shown before it counts as read. */
const READ_AFTER_MS = 1_500;
/** So many cases are remembered; the oldest are forgotten. */
const MOST = 200;
const INDEX = "tandem.seen";

/** What others said after the message that was read last; all of it where none was. */
export function unreadOf(said: readonly Pick<Message, "id" | "from">[], seen: string | null): string[] {
  const at = seen === null ? -1 : said.findIndex((message) => message.id === seen);
  return said
    .slice(at + 1)
    .flatMap((message) => (message.from === "person" || message.from === "note" ? [] : [message.id]));
}

function remember(caseId: string, message: string): void {
  try {
    localStorage.setItem(key(caseId), message);
    const known: string[] = JSON.parse(localStorage.getItem(INDEX) ?? "[]");
    const next = [...known.filter((id) => id !== caseId), caseId];
    for (const old of next.splice(0, Math.max(0, next.length - MOST))) localStorage.removeItem(key(old));
    localStorage.setItem(INDEX, JSON.stringify(next));
  } catch {
    // Without a store every message is new again; nothing is lost.
  }
}

function recall(caseId: string): string | null {
  try {
    return localStorage.getItem(key(caseId));
  } catch {
    return null;
  }
}

/**
 * The ids of messages that are new here. What is shown for a moment on a visible page counts as read, and
 * stays marked until the case is opened again.
 */
export function useUnread(caseId: string, said: readonly Message[]): ReadonlySet<string> {
  const [seen] = useState(() => recall(caseId));
  const unread = unreadOf(said, seen);
  const last = said.at(-1)?.id;
  const noted = useRef(seen);
  useEffect(() => {
    if (!last || last === noted.current) return;
    const note = () => {
      if (document.hidden) return;
      noted.current = last;
      remember(caseId, last);
    };
    const timer = setTimeout(note, READ_AFTER_MS);
    document.addEventListener("visibilitychange", note);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", note);
    };
  }, [caseId, last]);
  return new Set(unread);
}
