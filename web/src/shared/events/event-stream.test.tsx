import { act, cleanup, renderHook, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { startEvents, useReopened, useStreamState } from "./event-stream";

/** The streams that were asked for, each to be ended. */
let streams: { url: string; end: () => void }[];
let stop: () => void;

beforeEach(() => {
  streams = [];
  vi.stubGlobal("fetch", async (url: string) => {
    let end = () => {};
    const body = new ReadableStream<Uint8Array>({
      start: (control) => {
        end = () => control.close();
      },
    });
    streams.push({ url, end });
    return new Response(body);
  });
});

afterEach(() => {
  stop();
  cleanup();
  vi.unstubAllGlobals();
});

function listen() {
  const again = vi.fn();
  const { result } = renderHook(() => {
    useReopened(again);
    return useStreamState();
  });
  return { again, state: () => result.current };
}

it("says when the stream is open again, since what happened meanwhile does not come", async () => {
  const { again, state } = listen();
  stop = startEvents();
  await waitFor(() => expect(state()).toBe("open"));
  expect(again).not.toHaveBeenCalled();
  act(() => streams[0]?.end());
  await waitFor(() => expect(state()).toBe("lost"));
  await waitFor(() => expect(again).toHaveBeenCalledTimes(1), { timeout: 5000 });
  expect(state()).toBe("open");
  // No event told where to go on from.
  expect(streams[1]?.url).toContain("from=latest");
});

it("says so in tabs that are told by another one", async () => {
  const { again, state } = listen();
  vi.stubGlobal("navigator", { locks: { request: () => new Promise(() => undefined) } });
  stop = startEvents();
  const leader = new BroadcastChannel("tandem.events");
  leader.postMessage({ type: "state", state: "open" });
  await waitFor(() => expect(state()).toBe("open"));
  expect(again).not.toHaveBeenCalled();
  // Another tab reads the stream from now on, and this one never saw it lost.
  leader.postMessage({ type: "opened" });
  await waitFor(() => expect(again).toHaveBeenCalledTimes(1));
  leader.close();
  expect(streams).toEqual([]);
});
