import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Delivery, Webhook } from "../../shared/api/types";
import { Webhooks, wanted } from "./webhooks";

const hook: Webhook = {
  id: "whk_1",
  url: "https://example.org/hook",
  kinds: ["case.decided"],
  loops: [],
  payload: "thin",
  state: "active",
  failures: 0,
  created_at: "2026-01-01T00:00:00Z",
  updated_at: "2026-01-01T00:00:00Z",
};

const dead: Delivery = {
  id: "msg_1",
  kind: "case.decided",
  subject: "case_1",
  state: "dead",
  attempts: 12,
  status: 500,
  took_ms: 12,
  error: "it answered 500",
  created_at: "2026-01-01T00:00:00Z",
};

let hooks: Webhook[];
let sent: { method: string; path: string; body: unknown }[];

beforeEach(() => {
  hooks = [];
  sent = [];
  vi.stubGlobal("fetch", async (input: RequestInfo | URL, init?: RequestInit) => {
    const path = String(input instanceof Request ? input.url : input).replace(/^https?:\/\/[^/]+/, "");
    const method = init?.method ?? "GET";
    if (method !== "GET") sent.push({ method, path, body: init?.body ? JSON.parse(String(init.body)) : null });
    const reply = (body: unknown, status = 200) =>
      new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
    if (path.startsWith("/v1/loops")) return reply({ items: [{ name: "refunds" }] });
    if (path.includes("/deliveries")) return reply({ items: [dead] });
    if (path.endsWith("/test")) return reply({ ...dead, state: "done", status: 204 });
    if (path.endsWith("/replay")) return reply({ count: 1 });
    if (path.endsWith("/rotate"))
      return reply({ ...hook, secret: "whsec_new", old_secret_until: "2026-01-02T00:00:00Z" });
    if (method === "POST") {
      hooks = [hook];
      return reply({ ...hook, secret: "whsec_first" }, 201);
    }
    if (method === "PATCH") {
      hooks = [{ ...hook, state: "active" }];
      return reply(hooks[0]);
    }
    return reply({ items: hooks });
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
        <Webhooks />
      </QueryClientProvider>
    </MantineProvider>,
  );
}

describe("webhooks", () => {
  it("shows the secret once, when one was added", async () => {
    page();
    await screen.findByText("No webhooks yet");
    fireEvent.click(screen.getByRole("button", { name: "Add a webhook" }));
    fireEvent.change(await screen.findByLabelText(/Address/), { target: { value: hook.url } });
    fireEvent.click(screen.getByLabelText("A decision takes effect"));
    fireEvent.click(await screen.findByLabelText("refunds"));
    fireEvent.click(screen.getByRole("button", { name: "Add the webhook" }));
    await screen.findByText("whsec_first");
    expect(sent[0]).toEqual({
      method: "POST",
      path: "/v1/webhooks",
      body: { url: hook.url, kinds: ["case.decided"], loops: ["refunds"], payload: "thin" },
    });
  });

  it("tests, sends again and changes the secret", async () => {
    hooks = [hook];
    page();
    fireEvent.click(await screen.findByRole("button", { name: `Deliveries to ${hook.url}` }));
    await screen.findByText("given up");
    screen.getByText("it answered 500");
    fireEvent.click(screen.getByRole("button", { name: "Send msg_1 again" }));
    fireEvent.click(screen.getByRole("button", { name: "Send a test" }));
    fireEvent.click(screen.getByRole("button", { name: "Change the secret" }));
    await screen.findByText("whsec_new");
    await waitFor(() =>
      expect(sent.map((one) => one.path.split("/").at(-1)).sort()).toEqual(["replay", "rotate", "test"]),
    );
    expect(sent.find((one) => one.path.endsWith("/replay"))?.body).toEqual({ id: "msg_1" });
  });

  it("says why the server disabled one, and resumes it", async () => {
    hooks = [{ ...hook, state: "disabled", why: "it answered 410 Gone", failures: 1 }];
    page();
    fireEvent.click(await screen.findByRole("button", { name: `Deliveries to ${hook.url}` }));
    expect((await screen.findByRole("alert")).textContent).toContain("410 Gone");
    fireEvent.click(screen.getByRole("button", { name: `Resume ${hook.url}` }));
    await waitFor(() => expect(sent[0]?.body).toEqual({ paused: false }));
  });

  it("says in words what is sent", () => {
    expect(wanted(hook)).toBe("decided · all loops");
    expect(wanted({ kinds: [], loops: ["a", "b"], payload: "full" })).toBe("everything · a, b · with content");
  });
});
