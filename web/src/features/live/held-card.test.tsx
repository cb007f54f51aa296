import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import type { HeldDecision } from "../../shared/api/types";
import { HeldCard, secondsLeft } from "./held-card";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it("keeps why one vetoes when the decision took effect meanwhile, and shows the refusal", async () => {
  let items = [{ case: "case_1", key: "held-1", output: {}, left_s: 9, running: true }] as unknown as HeldDecision[];
  vi.stubGlobal("fetch", async (_: string, init?: RequestInit) => {
    const late = { code: "conflict", detail: "It took effect already" };
    const [body, status] = init?.method === "POST" ? [late, 409] : [{ items, watched: true }, 200];
    return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
  });
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <HeldCard loop="watched" spec={undefined} may />
      </QueryClientProvider>
    </MantineProvider>,
  );
  fireEvent.click(await screen.findByRole("button", { name: "Veto held-1" }));
  fireEvent.change(await screen.findByLabelText("Why"), { target: { value: "not this one" } });
  items = [];
  await act(() => client.refetchQueries());
  expect(screen.queryByRole("link", { name: "held-1" })).toBeNull();
  expect(screen.getByLabelText<HTMLTextAreaElement>("Why").value).toBe("not this one");
  fireEvent.click(screen.getByRole("button", { name: "Veto" }));
  await screen.findByText(/It took effect already/);
  expect(screen.getByLabelText<HTMLTextAreaElement>("Why").value).toBe("not this one");
});

it("a clock that runs loses seconds, and one that stands none", () => {
  expect(secondsLeft({ left_s: 12, running: true }, 1_000, 6_000)).toBe(7);
  expect(secondsLeft({ left_s: 12, running: false }, 1_000, 6_000)).toBe(12);
});

it("it is never less than nothing, nor more when the clocks differ", () => {
  expect(secondsLeft({ left_s: 2, running: true }, 1_000, 60_000)).toBe(0);
  expect(secondsLeft({ left_s: 2, running: true }, 5_000, 1_000)).toBe(2);
});
