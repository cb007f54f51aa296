import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { CasesPage } from "./cases-page";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it("filters by what is typed, keeps the focus there, and follows the address", async () => {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (path: string) => {
    asked.push(path);
    const body = path.includes("/cases") ? { items: [] } : { name: "tickets", spec: { answer: {} } };
    return new Response(JSON.stringify(body), { headers: { "content-type": "application/json" } });
  });
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  history.replaceState(null, "", "/loops/tickets/cases");
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <CasesPage loop="tickets" />
      </QueryClientProvider>
    </MantineProvider>,
  );
  const queue = screen.getByLabelText<HTMLInputElement>("Queue");
  queue.focus();
  fireEvent.change(queue, { target: { value: "vip " } });
  fireEvent.keyDown(queue, { key: "Enter" });
  await waitFor(() => expect(asked.some((path) => path.includes("queue=vip"))).toBe(true));
  expect(location.search).toBe("?queue=vip");
  expect(queue.value).toBe("vip");
  expect(document.activeElement).toBe(queue);
  act(() => history.pushState(null, "", "/loops/tickets/cases"));
  await waitFor(() => expect(queue.value).toBe(""));
});
