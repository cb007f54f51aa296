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
  if (typeof value === "object") {
    return Object.entries(value)
      .map(([name, part]) => `${humanise(name)}: ${typeof part === "object" ? JSON.stringify(part) : String(part)}`)
      .join("\n");
  }
  return String(value);
}

/** One line for toasts and lists. */
export function answerInWords(answer: JsonObject | null | undefined, spec: LoopSpec | undefined): string {
  if (!answer) return "no answer";
  return Object.entries(answer)
    .map(([name, value]) => valueInWords(value, spec?.answer[name]).replaceAll("\n", ", "))
    .join(" · ");
}
