/** One place in a document that is wrong: a loop file, an answer, a batch line. */
export type Problem = {
  line?: number;
  column?: number;
  path?: string;
  code?: string;
  message: string;
  hint?: string;
};

/** An answer of the server that is not a success, or no answer at all (status 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string = "",
    readonly path: string | null = null,
    readonly problems: Problem[] = [],
    readonly retryAfterS: number | null = null,
  ) {
    super(detail || title);
    this.name = "ApiError";
  }

  /** Whether the same request may succeed a moment later. */
  get transient(): boolean {
    return this.status === 0 || this.status === 429 || (this.status >= 502 && this.status <= 504);
  }
}

/** Reads a problem+json answer; a body of another kind still gives a usable error. */
export async function readProblem(response: Response): Promise<ApiError> {
  const fallback = `The server answered ${response.status}`;
  let body: Record<string, unknown> = {};
  try {
    const parsed: unknown = await response.json();
    if (parsed && typeof parsed === "object") body = parsed as Record<string, unknown>;
  } catch {
    // A proxy's HTML page or an empty body: the status has to speak for itself.
  }
  const text = (name: string) => (typeof body[name] === "string" ? (body[name] as string) : null);
  const retry = body.retry_after_s ?? response.headers.get("retry-after");
  return new ApiError(
    response.status,
    text("code") ?? "http_error",
    text("title") ?? fallback,
    text("detail") ?? "",
    text("path"),
    Array.isArray(body.problems) ? (body.problems as Problem[]) : [],
    retry == null ? null : Number(retry),
  );
}

/** What to tell a person about any failure. */
export function explain(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  const said = error instanceof ApiError ? error.detail || error.title : words;
  return said.charAt(0).toUpperCase() + said.slice(1);
}
