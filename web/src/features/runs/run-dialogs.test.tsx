import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { Toasts } from "../../shared/ui/toasts";
import { RunDialog } from "./run-dialogs";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it("stops all under the number that was confirmed, and orders anew for another loop", async () => {
  let running = 3;
  let status = 503;
  const orders: { key: string; body: unknown }[] = [];
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    const reply = (body: unknown, code = 200) =>
      new Response(JSON.stringify(body), { status: code, headers: { "content-type": "application/json" } });
    if (init.method !== "POST") {
      if (path.startsWith("/v1/loops")) return reply({ items: [{ name: "tickets" }] });
      return reply({ states: { running }, gates: [] });
    }
    const headers = init.headers as Record<string, string>;
    orders.push({ key: String(headers["idempotency-key"]), body: JSON.parse(String(init.body)) });
    return status === 200 ? reply({ runs: ["a", "b", "c", "d"] }) : reply({ detail: "later" }, status);
  });
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const onClose = vi.fn();
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <RunDialog asked={{ what: "stopAll", loop: null, fleet: undefined }} onClose={onClose} />
        <Toasts />
      </QueryClientProvider>
    </MantineProvider>,
  );
  const click = async (name: string) => fireEvent.click(await screen.findByRole("button", { name }));
  fireEvent.change(await screen.findByLabelText("Why"), { target: { value: "the day is over" } });
  await click("Go on to stop 3 runs");
  running = 4;
  await act(() => client.refetchQueries());
  screen.getByText("3 runs of every loop will be stopped");
  await click("Stop 3 runs now");
  await screen.findByText(/Not every run may have been told/);

  // The same order again is the same one, a loop alone is another.
  await click("Stop 3 runs now");
  await waitFor(() => expect(orders).toHaveLength(2));
  await screen.findByText(/Not every run may have been told/);
  await click("Back");
  expect(screen.getByLabelText<HTMLTextAreaElement>("Why").value).toBe("the day is over");
  await screen.findByRole("option", { name: "tickets" });
  running = 5;
  fireEvent.change(screen.getByLabelText("Which"), { target: { value: "tickets" } });
  await click("Go on to stop 5 runs");
  expect(screen.queryByText(/Not every run may have been told/)).toBeNull();
  status = 200;
  await click("Stop 5 runs now");
  await waitFor(() => expect(onClose).toHaveBeenCalled());
  expect(orders.map(({ body }) => body)).toEqual([
    { kind: "stop", reason: "the day is over" },
    { kind: "stop", reason: "the day is over" },
    { kind: "stop", reason: "the day is over", loop: "tickets" },
  ]);
  expect(orders[1]?.key).toBe(orders[0]?.key);
  expect(orders[2]?.key).not.toBe(orders[0]?.key);
  await screen.findAllByText(/4 runs told to stop, where 5 had been counted/);
});
