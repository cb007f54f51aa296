import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Session } from "../../shared/api/types";
import { QueuePage } from "./queue-page";

const session = {
  member: { id: "mem_1", name: "Ada" },
  roles: [{ loop: "*", role: "orchestrator" }],
} as unknown as Session;

let waiting: string[];
let paused: object | null;
let refuses: boolean;
/** Settles the count; until then the server is counting. */
let counted: Promise<void>;
let sent: { path: string; body: Record<string, unknown> }[];
let client: QueryClient;

const reply = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });

beforeEach(() => {
  [waiting, paused, refuses, counted, sent] = [["case_1", "case_2", "case_3"], null, false, Promise.resolve(), []];
  vi.stubGlobal("fetch", async (path: string, init?: RequestInit) => {
    if (init?.method !== "POST") {
      if (path.includes("/cases")) return reply({ items: waiting.map((id) => ({ id, key: id, status: "queued" })) });
      if (path.startsWith("/v1/queues"))
        return reply({ items: [{ loop: "tickets", queue: "default", waiting: waiting.length, claimed: 0, paused }] });
      return reply({ name: "tickets", title: "Tickets", spec: { answer: {}, queues: { vip: {} } } });
    }
    const body = JSON.parse(String(init.body)) as { filter?: { cases?: string[] } } & Record<string, unknown>;
    if (body.dry_run) {
      await counted;
      const asked = body.filter?.cases;
      return reply({ count: asked ? asked.filter((id) => waiting.includes(id)).length : waiting.length });
    }
    sent.push({ path, body });
    if (refuses) return reply({ code: "count_changed", detail: "2 cases fit now" }, 409);
    return reply({ id: "blk_1", state: "done", changed: 1, skipped: 0 });
  });
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

async function page() {
  client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <QueuePage loop="tickets" queue="default" session={session} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  await screen.findByRole("link", { name: "case_1" });
}

const button = (name: string | RegExp) => screen.findByRole<HTMLButtonElement>("button", { name });
const why = () => screen.getByLabelText<HTMLTextAreaElement>("Why");
const readAgain = () => act(() => client.refetchQueries({ type: "active" }));

describe("changing many cases", () => {
  it("changes what was selected when it was asked for, whatever is decided meanwhile", async () => {
    await page();
    fireEvent.click(screen.getByLabelText("Select case_1"));
    fireEvent.click(await button("Priority…"));
    await button("Change 1 case");
    fireEvent.change(why(), { target: { value: "it is late" } });
    waiting = ["case_2", "case_3"];
    await readAgain();
    await screen.findByText("Of 1 case, 0 cases will be changed.");
    expect((await button("Change 0 cases")).disabled).toBe(true);
    expect(why().value).toBe("it is late");
    waiting = ["case_1"];
    await readAgain();
    fireEvent.click(await button("Change 1 case"));
    await waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]?.body).toMatchObject({ filter: { queue: "default", cases: ["case_1"] }, expect: 1 });
  });

  it("keeps what is written when nothing waits any more", async () => {
    await page();
    fireEvent.click(await button("Priority…"));
    await button("Change 3 cases");
    fireEvent.change(why(), { target: { value: "they are late" } });
    waiting = [];
    await readAgain();
    await screen.findByText("Nothing waits here");
    expect(why().value).toBe("they are late");
  });

  it("cannot be sent before it is counted, and counts anew after a refusal", async () => {
    let settle = () => {};
    counted = new Promise((resolve) => {
      settle = resolve;
    });
    await page();
    fireEvent.click(await button("Priority…"));
    await screen.findByText("Counting…");
    expect((await button("Change")).disabled).toBe(true);
    settle();
    fireEvent.change(why(), { target: { value: "they are late" } });
    const change = await button("Change 3 cases");
    await waitFor(() => expect(change.disabled).toBe(false));
    [refuses, waiting] = [true, ["case_1", "case_2"]];
    fireEvent.click(change);
    await screen.findByText(/Nothing was changed/);
    await button("Change 2 cases");
    expect(sent[0]?.body).toMatchObject({ filter: { queue: "default" }, expect: 3 });
    expect(why().value).toBe("they are late");
  });
});

it("asks to pause to the end, though somebody else paused meanwhile", async () => {
  await page();
  fireEvent.click(await button("Pause…"));
  await screen.findByText("Pause default?");
  paused = { by_name: "Bob", since: "2026-01-01T00:00:00Z", reason: "lunch", clock: "runs" };
  await readAgain();
  await screen.findByText("This queue is paused");
  expect(screen.queryByText("Resume default?")).toBeNull();
  fireEvent.change(why(), { target: { value: "training" } });
  fireEvent.click(await button("Pause"));
  await waitFor(() => expect(sent.map(({ path }) => path)).toEqual(["/v1/queues/pause"]));
});
