import type { Case, JsonObject, LoopSpec } from "../../shared/api/types";

/** A waiting call, with the digest of what is shown. */
export type Call = { case: string; key: string; tool: string; arguments: JsonObject; digest: string };

/** The calls of one tool among waiting cases. A call without a digest cannot be approved by one. */
export function callsOf(cases: readonly Case[], tool: string): Call[] {
  return cases.flatMap((one) => {
    const digest = one.proposal?.digest;
    const values = Object.values(one.proposal?.output ?? {});
    const call = values.find(
      (value): value is JsonObject =>
        typeof value === "object" && value !== null && !Array.isArray(value) && value.tool === tool,
    );
    const args = call?.arguments;
    if (!digest || !args || typeof args !== "object" || Array.isArray(args)) return [];
    return [{ case: one.id, key: one.key ?? one.id, tool, arguments: args, digest }];
  });
}

/** The tools of a loop, and whether approving their calls takes a passkey. */
export function toolsOf(spec: LoopSpec | undefined): { name: string; title: string; passkey: boolean }[] {
  const tools: { name: string; title: string; passkey: boolean }[] = [];
  for (const field of Object.values(spec?.answer ?? {})) {
    const own = (field as { tools?: Record<string, { title?: string; sign_off?: string }> }).tools ?? {};
    for (const [name, tool] of Object.entries(own)) {
      const asked = tool.sign_off ?? (spec?.review as { sign_off?: string } | undefined)?.sign_off;
      tools.push({ name, title: tool.title ?? name, passkey: asked === "webauthn" });
    }
  }
  return tools;
}

/** Arguments that are numbers in every call: what can be added up. */
export function sums(calls: readonly Call[]): string[] {
  const names = Object.keys(calls[0]?.arguments ?? {});
  return names.filter((name) => calls.every((call) => typeof call.arguments[name] === "number"));
}

/** What an argument adds up to. */
export function total(calls: readonly Call[], name: string): number {
  return calls.reduce((sum, call) => sum + Number(call.arguments[name] ?? 0), 0);
}
