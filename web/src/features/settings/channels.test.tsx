import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Channel, ChannelKind, ChannelMessage } from "../../shared/api/types";
import { Channels, way } from "./channels";

const channel: Channel = {
  id: "chn_1",
  kind: "nats",
  name: "tickets",
  direction: "in",
  loop: "support",
  kinds: [],
  loops: [],
  payload: "thin",
  state: "active",
  health: { status: "up", failures: 0, done: 7, dead: 1, waiting: 3 },
  broker: { url: "tls://mq.example:4222" },
};

const letter: ChannelMessage = {
  id: "msg_1",
  kind: "case",
  subject: "shop.tickets",
  source: "/shop#9",
  state: "dead",
  attempts: 1,
  code: "invalid_input",
  path: "/data/input/text",
  error: "expected a text",
  created_at: "2026-01-01T00:00:00Z",
};

const KINDS: ChannelKind[] = [
  { kind: "nats", title: "NATS JetStream", available: true, directions: ["in", "out"] },
  {
    kind: "amqp",
    title: "AMQP 0.9.1 (RabbitMQ)",
    available: false,
    enable: "cargo build --release --features amqp",
    directions: ["in", "out"],
  },
  { kind: "helpdesk", title: "Help desk", available: true, directions: ["out"] },
];

let channels: Channel[];
let sent: { method: string; path: string; body: unknown }[];

beforeEach(() => {
  channels = [];
  sent = [];
  vi.stubGlobal("fetch", async (input: RequestInfo | URL, init?: RequestInit) => {
    const path = String(input instanceof Request ? input.url : input).replace(/^https?:\/\/[^/]+/, "");
    const method = init?.method ?? "GET";
    if (method !== "GET") sent.push({ method, path, body: init?.body ? JSON.parse(String(init.body)) : null });
    const reply = (body: unknown, status = 200) =>
      new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
    if (path.startsWith("/v1/loops")) return reply({ items: [{ name: "support" }] });
    if (path.endsWith("/kinds")) return reply({ items: KINDS });
    if (path.includes("/messages")) return reply({ items: [letter] });
    if (path.endsWith("/test")) return reply({ ok: true, detail: "connected", took_ms: 3 });
    if (path.endsWith("/replay")) return reply({ count: 1, refused: 0 });
    if (method === "POST") {
      channels = [channel];
      return reply(channel, 201);
    }
    return reply({ items: channels });
  });
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function page() {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <Channels />
      </QueryClientProvider>
    </MantineProvider>,
  );
}

describe("channels", () => {
  it("says how to get what this build lacks, and adds what it has", async () => {
    page();
    await screen.findByText("No channels yet");
    await screen.findByText("cargo build --release --features amqp");
    fireEvent.click(screen.getByRole("button", { name: "Add a channel" }));
    fireEvent.change(await screen.findByLabelText(/Name/), { target: { value: "tickets" } });
    fireEvent.change(screen.getByLabelText(/Kind/), { target: { value: "nats" } });
    fireEvent.change(await screen.findByLabelText(/Way/), { target: { value: "in" } });
    await screen.findByRole("option", { name: "support" });
    fireEvent.change(screen.getByLabelText(/Address/), { target: { value: "tls://mq.example" } });
    fireEvent.change(screen.getByLabelText(/Stream/), { target: { value: "SHOP" } });
    fireEvent.click(screen.getByRole("button", { name: "Add the channel" }));
    await screen.findByText("nats, cases for support");
    expect(sent[0]?.body).toEqual({
      name: "tickets",
      kind: "nats",
      direction: "in",
      payload: "thin",
      loop: "support",
      broker: { url: "tls://mq.example", stream: "SHOP" },
    });
  });

  it("shows what was no good, hands it in again and tests", async () => {
    channels = [{ ...channel, health: { ...channel.health, status: "down", error: "no loop", failures: 2 } }];
    page();
    fireEvent.click(await screen.findByRole("button", { name: "Messages of tickets" }));
    await screen.findByText("/data/input/text: expected a text");
    expect((await screen.findByRole("alert")).textContent).toContain("no loop");
    fireEvent.click(screen.getByRole("button", { name: "Hand in again: msg_1" }));
    fireEvent.click(screen.getByRole("button", { name: "Test tickets" }));
    await waitFor(() => expect(sent.map((one) => one.path.split("/").at(-1)).sort()).toEqual(["replay", "test"]));
    expect(sent.find((one) => one.path.endsWith("/replay"))?.body).toEqual({ id: "msg_1" });
  });

  it("says in words what a channel does", () => {
    expect(way(channel)).toBe("nats, cases for support");
    expect(way({ ...channel, direction: "out", kinds: ["case.decided"] })).toBe("nats, decided · all loops");
    expect(way({ ...channel, kind: "helpdesk", direction: "out", loops: ["a"] })).toBe("tickets for what waits · a");
  });
});
