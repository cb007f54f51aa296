import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Keys } from "./keys";

let sent: string[];

beforeEach(() => {
  sent = [];
  vi.stubGlobal("fetch", async (input: RequestInfo | URL, init?: RequestInit) => {
    const path = String(input instanceof Request ? input.url : input).replace(/^https?:\/\/[^/]+/, "");
    if (init?.method && init.method !== "GET") sent.push(`${init.method} ${path}`);
    const body = path.endsWith("/aws")
      ? { access_key_id: "TDMAB", secret_access_key: "s3cret" }
      : {
          items: [
            { id: "key_1", name: "old code", prefix: "tdm_abc", roles: [], created_at: "2026-01-01T00:00:00Z" },
            { id: "key_2", name: "gone", prefix: "tdm_def", roles: [], revoked_at: "2026-01-01T00:00:00Z" },
          ],
        };
    return new Response(JSON.stringify(body), { status: 200, headers: { "content-type": "application/json" } });
  });
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it("shows the AWS credentials of a key that is not revoked", async () => {
  render(
    <MantineProvider>
      <QueryClientProvider client={new QueryClient()}>
        <Keys />
      </QueryClientProvider>
    </MantineProvider>,
  );
  fireEvent.click(await screen.findByRole("button", { name: "AWS credentials of old code" }));
  await screen.findByText("export AWS_ACCESS_KEY_ID=TDMAB AWS_SECRET_ACCESS_KEY=s3cret");
  expect(sent).toEqual(["POST /v1/keys/key_1/aws"]);
  expect(screen.queryByRole("button", { name: "AWS credentials of gone" })).toBeNull();
});
