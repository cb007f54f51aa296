import type { FieldSpec, Json, JsonObject, LoopSpec, ToolSpec } from "../../shared/api/types";
import { length } from "../../shared/format/code-points";
import { errorsOf } from "./schema-errors";
import { asksForWords } from "./voice";

/** Whether a key that names an option sends at once: that one choice is all there is to say. */
export function isPlain(spec: LoopSpec): boolean {
  const fields = Object.values(spec.answer);
  const only = fields[0];
  return (
    fields.length === 1 &&
    only?.kind === "choice" &&
    !only.multi &&
    !spec.checklist?.some((item) => item.required) &&
    !asksForWords(spec)
  );
}

/** What keeps an answer from being sent, by field; empty when it may go. */
export function gaps(spec: LoopSpec, answer: JsonObject): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, field] of Object.entries(spec.answer)) {
    const problem = gap(field, answer[name]);
    if (problem) found[name] = problem;
  }
  return found;
}

function gap(field: FieldSpec, value: unknown): string | null {
  const missing = value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
  if (missing) return field.required === false ? null : "This is still missing.";
  if (field.kind === "number") {
    if (typeof value !== "number" || !Number.isFinite(value)) return "This has to be a number.";
    if (field.min !== undefined && value < field.min) return `At least ${field.min}.`;
    if (field.max !== undefined && value > field.max) return `At most ${field.max}.`;
  }
  if (field.kind === "action") return gapOfCall(value as Json, field.tools);
  if (field.kind === "text" && field.max_length && length(String(value)) > field.max_length) {
    return `At most ${field.max_length} characters.`;
  }
  return null;
}

function gapOfCall(value: Json, tools: Record<string, ToolSpec>): string | null {
  const call = (value ?? {}) as JsonObject;
  if ("respond" in call) return String(call.respond ?? "").trim() ? null : "Say what the answer is.";
  const tool = tools[String(call.tool)];
  if (!tool) return "No tool is chosen.";
  const wrong = Object.entries(errorsOf(tool.schema, (call.arguments ?? {}) as JsonObject))[0];
  return wrong ? `${wrong[0].slice(1).replaceAll("/", " › ") || "Arguments"}: ${wrong[1]}` : null;
}

/** The choice that option keys speak to: the first without a value, else the first. */
export function activeChoice(spec: LoopSpec, answer: JsonObject): string | null {
  const choices = Object.entries(spec.answer).filter(([, field]) => field.kind === "choice");
  const open = choices.find(([name, field]) => field.kind === "choice" && !field.multi && answer[name] === undefined);
  return (open ?? choices[0])?.[0] ?? null;
}
