import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { useState } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Authored, person, whole } from "../../../shared/case-view/authors";
import CopilotField from "./copilot-field";

type Reply = { status?: number; body: unknown; hold?: Promise<void> };
let replies: Reply[] = [];
let asked: Record<string, unknown>[] = [];
let latest: { text: string; authors: Authored[] } = { text: "", authors: [] };

function Harness({ start = "" }: { start?: string }) {
  const [state, setState] = useState({ text: start, authors: whole(start, person) });
  latest = state;
  return (
    <CopilotField
      label="Reply"
      place={{ loop: "replies", caseId: "case_1", field: "reply" }}
      value={state.text}
      authors={state.authors}
      invalid={false}
      onChange={(text, authors) => setState({ text, authors })}
    />
  );
}

const suggestion = (text: string, at: number, id = "sug_1", hunks: unknown[] = []) => ({
  id,
  from: at,
  to: at,
  text,
  hunks,
});
const offer = (...suggestions: unknown[]): Reply => ({ body: { link: "w", took_ms: 1, suggestions } });
const field = () => screen.getByLabelText<HTMLTextAreaElement>("Reply");
const ghost = () => document.querySelector("[aria-hidden=true] span")?.textContent ?? null;
const words = (by: string) =>
  latest.authors.filter((span) => span.by === by).map((span) => latest.text.slice(span.from, span.to));

async function write(text: string) {
  field().focus();
  fireEvent.change(field(), { target: { value: text, selectionEnd: text.length } });
  await pass(460);
}
const pass = (ms: number) => act(async () => void (await vi.advanceTimersByTimeAsync(ms)));
async function press(key: string, more: KeyboardEventInit = {}) {
  let free = true;
  await act(async () => {
    free = fireEvent.keyDown(field(), { key, ...more });
  });
  return free;
}

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  [replies, asked] = [[], []];
  vi.stubGlobal("fetch", async (_: string, init: RequestInit) => {
    asked.push(JSON.parse(String(init.body)) as Record<string, unknown>);
    const reply = replies.shift() ?? offer(suggestion("", 0));
    await reply.hold;
    if (init.signal?.aborted) throw new DOMException("gone", "AbortError");
    const status = reply.status ?? 200;
    return new Response(JSON.stringify(reply.body), { status, headers: { "content-type": "application/json" } });
  });
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("a text with a co-pilot", () => {
  it("shows words at the cursor, and takes them only by a key", async () => {
    replies = [offer(suggestion(" you for waiting", 5))];
    render(<Harness />);
    await write("Thank");
    expect(asked).toEqual([{ case: "case_1", field: "reply", text: "Thank", cursor: 5, kind: "continue", count: 1 }]);
    expect([ghost(), latest.text]).toEqual([" you for waiting", "Thank"]);
    expect(await press("Tab")).toBe(false);
    expect([ghost(), latest.text]).toEqual([null, "Thank you for waiting"]);
    expect([words("human"), words("model")]).toEqual([["Thank"], [" you for waiting"]]);
    expect(screen.getByText("AI 76 % · human 24 %")).toBeTruthy();
    // With nothing shown, Tab leaves the field as everywhere.
    expect(await press("Tab")).toBe(true);
  });

  it("takes a word, and drops the rest with Escape", async () => {
    replies = [offer(suggestion(" you for waiting", 5))];
    render(<Harness />);
    await write("Thank");
    expect(await press("ArrowRight", { ctrlKey: true })).toBe(false);
    expect([latest.text, ghost()]).toEqual(["Thank you ", "for waiting"]);
    expect(await press("Escape")).toBe(false);
    expect([latest.text, ghost()]).toEqual(["Thank you ", null]);
    expect(await press("Escape")).toBe(true);
    expect(words("model")).toEqual([" you "]);
  });

  it("goes through others with Alt and a bracket", async () => {
    replies = [offer(suggestion("a", 1)), offer(suggestion("b", 1, "sug_2"), suggestion("c", 1, "sug_3"))];
    render(<Harness />);
    await write("x");
    await press("]", { altKey: true, code: "BracketRight" });
    await pass(0);
    expect([asked[1]?.count, ghost()]).toEqual([3, "b"]);
    await press("]", { altKey: true, code: "BracketRight" });
    expect([asked.length, ghost()]).toEqual([2, "c"]);
    await press("Tab");
    expect(latest.authors.at(-1)).toMatchObject({ by: "model", suggestion: "sug_3" });
  });

  it("drops what comes after the person went on", async () => {
    let release = () => {};
    const hold = new Promise<void>((resolve) => {
      release = resolve;
    });
    replies = [{ ...offer(suggestion(" late", 3)), hold }];
    render(<Harness />);
    await write("one");
    fireEvent.change(field(), { target: { value: "one two", selectionEnd: 7 } });
    release();
    await pass(10);
    expect([ghost(), latest.text]).toEqual([null, "one two"]);
    expect(words("model")).toEqual([]);
  });

  it("leaves the text alone when the model fails, and asks less", async () => {
    replies = [{ status: 424, body: { code: "no_suggestion", detail: "no model had a suggestion" } }];
    render(<Harness />);
    await write("one");
    expect(screen.getByText("No model had a suggestion")).toBeTruthy();
    await write("one two");
    expect([asked.length, latest.text]).toEqual([1, "one two"]);
    await pass(20_000);
    await write("one two three");
    expect(asked.length).toBe(2);
  });

  it("asks nothing where it is switched off", async () => {
    render(<Harness />);
    fireEvent.click(screen.getByRole("switch"));
    await write("one");
    expect(asked).toEqual([]);
    expect(localStorage.getItem("tandem.copilot")).toBe("off");
  });

  it("reviews a revision change by change, by keys alone", async () => {
    const hunks = [
      { from: 5, to: 7, text: "Ms" },
      { from: 17, to: 20, text: "have" },
    ];
    replies = [offer({ ...suggestion("Dear Ms. Lee, we have it", 0), to: 23, hunks })];
    render(<Harness start="Dear Mr. Lee, we got it" />);
    fireEvent.click(screen.getByText(/^Revise/));
    const input = screen.getByLabelText("Revise the text");
    expect(document.activeElement).toBe(input);
    fireEvent.change(input, { target: { value: "mind the name" } });
    fireEvent.submit(input);
    await pass(0);
    expect(asked[0]).toMatchObject({ kind: "revise", instruction: "mind the name" });
    const review = screen.getByRole("group", { name: "Review changes" });
    expect(document.activeElement).toBe(review);
    expect(latest.text).toBe("Dear Mr. Lee, we got it");
    const key = (name: string) => fireEvent.keyDown(document.activeElement ?? review, { key: name });
    key("n");
    key("y");
    key("Enter");
    await pass(20);
    expect(latest.text).toBe("Dear Mr. Lee, we have it");
    expect(words("model")).toEqual(["have"]);
    expect(document.activeElement).toBe(field());
  });
});
