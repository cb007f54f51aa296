import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { NotificationSettings } from "./notification-settings";
import type { Channel } from "./notification-types";

const email: Channel = {
  id: "email",
  kind: "email",
  name: "E-mail by mail.example",
  health: "failing",
  failures: 2,
  failing_since: "2026-01-01T00:00:00Z",
  last_ok_at: null,
  last_error: "the server answered 451",
  waiting: 1,
  dead: 1,
  deliveries: [
    { state: "waiting", attempts: 2, error: "451", created_at: "2026-01-01T00:00:02Z", finished_at: null },
    {
      state: "dead",
      attempts: 1,
      error: "550 no such user",
      created_at: "2026-01-01T00:00:01Z",
      finished_at: "2026-01-01T00:00:03Z",
    },
  ],
};

let posted: string[];

beforeEach(() => {
  posted = [];
  vi.stubGlobal("fetch", async (input: RequestInfo | URL, init?: RequestInit) => {
    const path = String(input instanceof Request ? input.url : input).replace(/^https?:\/\/[^/]+/, "");
    if (init?.method === "POST") posted.push(path);
    const reply = (body: unknown) =>
      new Response(JSON.stringify(body), { status: 200, headers: { "content-type": "application/json" } });
    if (path.endsWith("/test")) return reply({ delivered: true, error: null, took_ms: 3 });
    if (path.endsWith("/channels")) return reply({ items: [email] });
    if (path.endsWith("/slack")) return reply({ account: null });
    return new Promise(() => undefined);
  });
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it("says how a way does, what became of its last messages, and sends a test", async () => {
  render(
    <MantineProvider>
      <QueryClientProvider client={new QueryClient()}>
        <NotificationSettings />
      </QueryClientProvider>
    </MantineProvider>,
  );
  await screen.findByText("E-mail by mail.example");
  expect(screen.getByText("failing")).toBeTruthy();
  expect(screen.getByText("the server answered 451")).toBeTruthy();
  fireEvent.click(screen.getByText("Last messages"));
  expect(screen.getByText("waits").closest("li")?.textContent).toContain("2 attempts · 451");
  expect(screen.getByText("given up").closest("li")?.textContent).toContain("550 no such user");
  fireEvent.click(screen.getByRole("button", { name: "Send a test to myself: E-mail by mail.example" }));
  await vi.waitFor(() => expect(posted).toEqual(["/v1/notifications/channels/email/test"]));
});
