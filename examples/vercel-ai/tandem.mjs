// Tool approvals of the Vercel AI SDK, answered by people in Tandem. No dependency but `fetch`.
//
// A `tool-approval-request` among the messages becomes a case of a loop with that tool; what people
// decide comes back as the `tool-approval-response`. See docs/vercel-ai.md.

const WAIT = "60s";
const CONSUMER = "vercel-ai";

export class TandemError extends Error {
  constructor(status, problem) {
    super(problem.detail ?? `the server answers ${status}`);
    this.status = status;
    this.code = problem.code;
  }
}

/** A client; `loop` names the loop of every tool, or is a function of the tool's name. */
export function tandem({
  loop,
  url = process.env.TANDEM_URL,
  key = process.env.TANDEM_KEY,
  consumer = CONSUMER,
}) {
  const loopOf = typeof loop === "function" ? loop : () => loop;

  async function call(method, path, body) {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: body && JSON.stringify(body),
    });
    const json = await response.json().catch(() => ({}));
    if (!response.ok) throw new TandemError(response.status, json);
    return json;
  }

  /** Hands a call in. The same request is the same case, also after a restart. */
  async function ask({ approvalId, toolName, input }) {
    const name = loopOf(toolName);
    if (!name) throw new Error(`no loop is named for the tool ${toolName}: it is not run`);
    const { spec } = await call("GET", `/v1/loops/${encodeURIComponent(name)}`);
    const field = Object.keys(spec.answer).find((at) => spec.answer[at].tools?.[toolName]);
    if (!field) throw new Error(`the loop ${name} has no action with the tool ${toolName}`);
    const shown = Object.keys(spec.input).filter((at) => input?.[at] !== undefined);
    return call("POST", `/v1/loops/${encodeURIComponent(name)}/cases`, {
      key: `vercel-ai/${approvalId}`,
      input: Object.fromEntries(shown.map((at) => [at, input[at]])),
      proposal: { output: { [field]: { tool: toolName, arguments: input } } },
    });
  }

  /** Waits for the decision and takes its grant. Whatever keeps the gate shut is thrown. */
  async function settle(request, asked) {
    let found = asked;
    while (!found.decision && found.status !== "cancelled") {
      found = await call("GET", `/v1/cases/${found.id}?wait=${WAIT}`);
    }
    const { decision } = found;
    const answer = (approved, reason) => ({
      type: "tool-approval-response",
      approvalId: request.approvalId,
      approved,
      ...(reason ? { reason } : {}),
    });
    if (!decision) return answer(false, "The request was withdrawn.");
    const said = (found.judgments ?? [])
      .filter((judgment) => decision.judgments.includes(judgment.id) && judgment.comment)
      .map((judgment) => judgment.comment);
    const because = (text) => [text, ...said].filter(Boolean).join(" ");
    const [output] = Object.values(decision.output ?? {});
    if (output?.respond) return answer(false, because(`A person answers: ${output.respond}`));
    if (decision.outcome === "modified") {
      // This SDK runs a call as it was made, or not at all: the grant is left alone.
      const other = JSON.stringify(output.arguments);
      return answer(false, because(`A person would allow it with these arguments: ${other}.`));
    }
    if (decision.outcome !== "approved") {
      return answer(false, because((decision.reason_codes ?? []).join(", ")) || "Rejected.");
    }
    await consume(found.id, decision.digest);
    return answer(true, because(""));
  }

  async function consume(id, digest) {
    for (;;) {
      try {
        return await call("POST", `/v1/cases/${id}/consume`, { digest, consumer });
      } catch (error) {
        if (error.code !== "not_sealed") throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  /**
   * The message that answers every open request of a conversation; `null` where none is open. All
   * are handed in before the first is waited for, so people see them together.
   */
  async function decide(messages) {
    const requests = pending(messages);
    if (requests.length === 0) return null;
    const asked = await Promise.all(requests.map(ask));
    const content = [];
    for (const [at, request] of requests.entries()) {
      content.push(await settle(request, asked[at]));
    }
    return { role: "tool", content };
  }

  /** Runs `generate` (generateText or an agent's) until no request is open. */
  async function run(generate, { prompt, messages = [{ role: "user", content: prompt }], ...rest }) {
    const so_far = [...messages];
    for (;;) {
      const answer = await decide(so_far);
      if (answer) so_far.push(answer);
      const result = await generate({ ...rest, messages: so_far });
      so_far.push(...result.response.messages);
      if (pending(so_far).length === 0) return result;
    }
  }

  return { decide, run };
}

/** Requests of the conversation that nobody has answered, with their calls. */
export function pending(messages) {
  const parts = messages.flatMap(({ content }) => (Array.isArray(content) ? content : []));
  const answered = new Set(
    parts.filter((p) => p.type === "tool-approval-response").map((p) => p.approvalId),
  );
  const calls = new Map(
    parts.filter((p) => p.type === "tool-call").map((p) => [p.toolCallId, p]),
  );
  return parts
    .filter((p) => p.type === "tool-approval-request" && !answered.has(p.approvalId))
    .map(({ approvalId, toolCallId }) => {
      const { toolName, input } = calls.get(toolCallId) ?? {};
      return { approvalId, toolName, input };
    });
}
