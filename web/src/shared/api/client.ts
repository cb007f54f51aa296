import { ApiError, readProblem } from "./error";

/** Browsers keep at most 64 KiB of requests alive behind a closed page. */
const KEEPALIVE_CHARACTERS = 16_000;

let csrf: string | null = null;
let member: string | null = null;
let onSignedOut: (() => void) | null = null;

/** Keeps the session's token for the header that every change needs. */
export function setCsrf(token: string | null): void {
  csrf = token;
}

/** Keeps who is signed in, for pages that say "you". */
export function setMember(id: string | null): void {
  member = id;
}

export const currentMember = (): string | null => member;

/** Calls back when the server no longer knows the session. */
export function whenSignedOut(callback: () => void): void {
  onSignedOut = callback;
}

export type RequestOptions = {
  signal?: AbortSignal;
  /** Names the request, so that sending it twice does it once. */
  idempotencyKey?: string;
  accept?: string;
  /** The body is sent as it is, as this type. */
  contentType?: string;
};

export function newIdempotencyKey(): string {
  return crypto.randomUUID();
}

async function send(method: string, path: string, body: unknown, options: RequestOptions): Promise<Response> {
  const headers: Record<string, string> = { accept: options.accept ?? "application/json" };
  if (method !== "GET") {
    if (csrf) headers["x-csrf-token"] = csrf;
    if (method === "POST") headers["idempotency-key"] = options.idempotencyKey ?? newIdempotencyKey();
  }
  if (body !== undefined) headers["content-type"] = options.contentType ?? "application/json";
  const text = body === undefined ? undefined : options.contentType ? String(body) : JSON.stringify(body);
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: text,
      // What a person just decided is sent even when they close the page at once.
      keepalive: method !== "GET" && (text?.length ?? 0) < KEEPALIVE_CHARACTERS,
      signal: options.signal,
      credentials: "same-origin",
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "unreachable", "The server cannot be reached");
  }
  if (response.ok) return response;
  const problem = await readProblem(response);
  if (problem.status === 401 && !path.startsWith("/v1/session")) onSignedOut?.();
  throw problem;
}

async function json<T>(response: Response): Promise<T> {
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

export const api = {
  get: async <T>(path: string, options: RequestOptions = {}): Promise<T> =>
    json<T>(await send("GET", path, undefined, options)),
  post: async <T>(path: string, body: unknown = {}, options: RequestOptions = {}): Promise<T> =>
    json<T>(await send("POST", path, body, options)),
  /** As `post`, with the status: some orders are taken (202) before they are carried out. */
  order: async <T>(path: string, body: unknown, options: RequestOptions = {}): Promise<{ status: number; body: T }> => {
    const response = await send("POST", path, body, options);
    return { status: response.status, body: await json<T>(response) };
  },
  put: async <T>(path: string, body: unknown, options: RequestOptions = {}): Promise<T> =>
    json<T>(await send("PUT", path, body, options)),
  patch: async <T>(path: string, body: unknown, options: RequestOptions = {}): Promise<T> =>
    json<T>(await send("PATCH", path, body, options)),
  remove: async <T = void>(path: string, options: RequestOptions = {}): Promise<T> =>
    json<T>(await send("DELETE", path, undefined, options)),
};

/** Writes a query string from the values that are set. */
export function query(values: Record<string, string | number | null | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `?${text}` : "";
}

/** Sends a request again while its failure looks passing; the key makes that safe. */
export async function persistently<T>(
  attempt: () => Promise<T>,
  delaysMs: readonly number[] = [250, 750, 1500],
): Promise<T> {
  for (let n = 0; ; n += 1) {
    try {
      return await attempt();
    } catch (error) {
      const delay = delaysMs[n];
      if (delay === undefined || !(error instanceof ApiError) || !error.transient) throw error;
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
  }
}
