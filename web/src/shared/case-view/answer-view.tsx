import type { FieldSpec, Json, JsonObject, LoopSpec } from "../api/types";
import { humanise } from "../format/format";
import css from "./case-view.module.css";
import { optionsOf } from "./options";

/** An answer to be read: labels instead of values, fields in the loop's order. */
export function AnswerView({ answer, spec }: { answer: JsonObject; spec: LoopSpec | undefined }) {
  const names = Object.keys(answer);
  return (
    <dl className={css.answer}>
      {names.map((name) => (
        <div key={name} style={{ display: "contents" }}>
          <dt>{spec?.answer[name]?.title ?? humanise(name)}</dt>
          <dd>{valueInWords(answer[name] ?? null, spec?.answer[name])}</dd>
        </div>
      ))}
    </dl>
  );
}

export function valueInWords(value: Json, field: FieldSpec | undefined): string {
  if (value === null) return "–";
  if (field?.kind === "choice") {
    const options = optionsOf(field);
    const label = (one: Json) => options.find((option) => option.value === one)?.label ?? String(one);
    return Array.isArray(value) ? value.map(label).join(", ") || "none" : label(value);
  }
  if (typeof value === "number") {
    const unit = field?.kind === "number" && field.unit ? ` ${field.unit}` : "";
    return `${value.toLocaleString("en-GB")}${unit}`;
  }
  if (field?.kind === "action") return callInWords(value, field.tools);
  if (typeof value === "object") {
    return Object.entries(value)
      .map(([name, part]) => `${humanise(name)}: ${typeof part === "object" ? JSON.stringify(part) : String(part)}`)
      .join("\n");
  }
  return String(value);
}

/** A call as people write one: `Refund(order: A-17, amount: 240)`, or the answer given in its place. */
function callInWords(value: Json, tools: Record<string, { title?: string }>): string {
  if (!value || typeof value !== "object" || Array.isArray(value)) return String(value);
  if (typeof value.respond === "string") return `Answered: ${value.respond}`;
  const tool = String(value.tool);
  const given = value.arguments && typeof value.arguments === "object" ? Object.entries(value.arguments) : [];
  const parts = given.map(
    ([name, part]) => `${name}: ${typeof part === "object" ? JSON.stringify(part) : String(part)}`,
  );
  return `${tools[tool]?.title ?? humanise(tool)}(${parts.join(", ")})`;
}

/** One line for toasts and lists. */
export function answerInWords(answer: JsonObject | null | undefined, spec: LoopSpec | undefined): string {
  if (!answer) return "no answer";
  return Object.entries(answer)
    .map(([name, value]) => valueInWords(value, spec?.answer[name]).replaceAll("\n", ", "))
    .join(" · ");
}
