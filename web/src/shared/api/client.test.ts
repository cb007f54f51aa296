import { afterEach, describe, expect, it, vi } from "vitest";
import { api, persistently, query, setCsrf } from "./client";
import { ApiError } from "./error";

function answer(status: number, body: unknown, headers: Record<string, string> = {}) {
  return new Response(JSON.stringify(body), { status, headers });
}

describe("api", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    setCsrf(null);
  });

  it("sends the token and a fresh idempotency key with every POST", async () => {
    const seen: Headers[] = [];
    vi.stubGlobal("fetch", async (_path: string, init: RequestInit) => {
      seen.push(new Headers(init.headers));
      return answer(200, { ok: true });
    });
    setCsrf("token-1");
    await api.post("/v1/claims", {});
    await api.post("/v1/claims", {});
    expect(seen[0]?.get("x-csrf-token")).toBe("token-1");
    expect(seen[0]?.get("idempotency-key")).toBeTruthy();
    expect(seen[0]?.get("idempotency-key")).not.toBe(seen[1]?.get("idempotency-key"));
  });

  it("turns problem+json into an error with code, path and problems", async () => {
    const problem = {
      title: "Not an option",
      detail: "`9a` is not an option of digit",
      code: "bad_option",
      path: "/answer/digit",
      problems: [{ line: 3, column: 7, message: "unknown name" }],
      retry_after_s: 2,
    };
    vi.stubGlobal("fetch", async () => answer(422, problem));
    const error = await api.post("/v1/x").catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 422, code: "bad_option", path: "/answer/digit", retryAfterS: 2 });
    expect((error as ApiError).problems[0]?.line).toBe(3);
  });

  it("says that the server cannot be reached when there is no answer", async () => {
    vi.stubGlobal("fetch", async () => {
      throw new TypeError("failed to fetch");
    });
    await expect(api.get("/v1/x")).rejects.toMatchObject({ status: 0, code: "unreachable" });
  });

  it("writes only the query values that are set", () => {
    expect(query({ status: "queued", queue: null, tag: undefined, limit: 5 })).toBe("?status=queued&limit=5");
    expect(query({ a: "" })).toBe("");
  });
});

describe("persistently", () => {
  it("tries passing failures again and gives up at once on others", async () => {
    let calls = 0;
    const flaky = async () => {
      calls += 1;
      if (calls < 3) throw new ApiError(503, "busy", "busy");
      return "done";
    };
    expect(await persistently(flaky, [0, 0, 0])).toBe("done");
    expect(calls).toBe(3);

    let conflicts = 0;
    const conflict = async () => {
      conflicts += 1;
      throw new ApiError(409, "stale_token", "stale");
    };
    await expect(persistently(conflict, [0, 0])).rejects.toMatchObject({ status: 409 });
    expect(conflicts).toBe(1);
  });
});
