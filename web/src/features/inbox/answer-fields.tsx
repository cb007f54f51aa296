import { lazy, Suspense } from "react";
import type { ActionShown, FieldSpec, Json, LoopSpec, Proposal } from "../../shared/api/types";
import { valueInWords } from "../../shared/case-view/answer-view";
import type { Authored } from "../../shared/case-view/authors";
import { optionsOf } from "../../shared/case-view/options";
import { humanise, percent } from "../../shared/format/format";
import { Kbd, Skeleton } from "../../shared/ui/kit";
import { ActionHead } from "./action-card";
import { ActionField } from "./action-field";
import { activeChoice } from "./answer-draft";
import { type Authors, authorsOf, isServed } from "./authors-draft";
import css from "./inbox.module.css";
import type { Trouble } from "./inbox-store";

const FormField = lazy(() => import("./form-field"));
const CopilotField = lazy(() => import("./copilot/copilot-field"));

type Props = {
  spec: LoopSpec;
  answer: Record<string, Json>;
  proposal: Proposal | null;
  action: ActionShown | null;
  editing: boolean;
  problems: Record<string, string>;
  serverProblem: Trouble | null;
  checked: Record<string, boolean>;
  onCheck: (id: string, value: boolean) => void;
  onChoose: (field: string, value: string, pressedAt?: number) => void;
  onChange: (field: string, value: Json | undefined, authors?: Authored[]) => void;
  /** The case, where its texts have a co-pilot. */
  copilot: { caseId: string; authors: Authors } | null;
};

/** The answer of the loop, a widget per field; options answer to their keys. */
export function AnswerFields(props: Props) {
  const { spec } = props;
  const fields = Object.entries(spec.answer);
  return (
    <div className={css.fields}>
      {fields.map(([name, field]) => {
        const fromServer = props.serverProblem?.path?.split("/").includes(name)
          ? props.serverProblem.message
          : undefined;
        const problem = props.problems[name] ?? fromServer;
        return (
          <div key={name}>
            {fields.length > 1 && (
              <div className={css.fieldTitle} id={`field-${name}`}>
                {field.title ?? humanise(name)}
                {field.required === false && <span className={css.optional}> optional</span>}
              </div>
            )}
            <Field {...props} name={name} field={field} problem={problem} />
            {problem && (
              <p className={css.problem} role="alert">
                {problem}
              </p>
            )}
          </div>
        );
      })}
      <Checklist {...props} />
    </div>
  );
}

type FieldProps = Props & { name: string; field: FieldSpec; problem?: string };

function Field(props: FieldProps) {
  const { field, name, answer, editing, proposal, onChange } = props;
  const label = field.title ?? humanise(name);
  if (field.kind === "choice") return <ChoiceField {...props} />;
  if (field.kind === "action") {
    return (
      <>
        {props.action && <ActionHead action={props.action} />}
        <ActionField
          label={label}
          tools={field.tools}
          shown={props.action}
          proposed={proposal?.output[name]}
          value={answer[name]}
          editing={editing}
          onChange={(value) => onChange(name, value)}
        />
      </>
    );
  }
  if (!editing) {
    return (
      <div className={css.proposed}>{proposal ? valueInWords(proposal.output[name] ?? null, field) : "hidden"}</div>
    );
  }
  if (field.kind === "number") {
    return (
      <span className={css.numberField}>
        <input
          className={css.input}
          type="number"
          step="any"
          aria-label={label}
          min={field.min}
          max={field.max}
          value={typeof answer[name] === "number" ? (answer[name] as number) : ""}
          onChange={(event) => onChange(name, event.target.value === "" ? undefined : event.target.valueAsNumber)}
        />
        {field.unit}
      </span>
    );
  }
  if (field.kind === "text" && props.copilot && isServed(props.spec, name)) {
    const { caseId, authors } = props.copilot;
    const text = typeof answer[name] === "string" ? (answer[name] as string) : "";
    return (
      <Suspense fallback={<Skeleton height={120} />}>
        <CopilotField
          key={caseId}
          label={label}
          place={{ loop: props.spec.loop, caseId, field: name }}
          value={text}
          authors={authorsOf(authors, name, text, proposal)}
          invalid={props.problem !== undefined}
          onChange={(next, spans) => onChange(name, next || undefined, spans)}
        />
      </Suspense>
    );
  }
  if (field.kind === "text") {
    return (
      <textarea
        className={css.input}
        rows={4}
        aria-label={label}
        value={typeof answer[name] === "string" ? (answer[name] as string) : ""}
        onChange={(event) => onChange(name, event.target.value || undefined)}
      />
    );
  }
  return (
    <Suspense fallback={<Skeleton height={120} />}>
      <FormField label={label} schema={field.schema} value={answer[name]} onChange={(value) => onChange(name, value)} />
    </Suspense>
  );
}

function ChoiceField({ spec, field, name, answer, proposal, onChoose }: FieldProps) {
  if (field.kind !== "choice") return null;
  const options = optionsOf(field);
  const proposed = proposal?.output[name];
  const chosen = answer[name];
  const has = (value: Json | undefined, one: string) => (Array.isArray(value) ? value.includes(one) : value === one);
  const shares = proposal?.probabilities?.[name];
  // Keys speak to one field at a time; only that one shows them.
  const active = activeChoice(spec, answer) === name;
  const short = options.every((option) => option.label.length <= 3);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a grid in every browser
    <div
      className={css.options}
      data-short={short || undefined}
      role="group"
      aria-label={field.title ?? humanise(name)}
    >
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          className={css.option}
          aria-pressed={has(chosen, option.value)}
          data-proposed={has(proposed, option.value) || undefined}
          title={option.help ?? undefined}
          onClick={(event) => onChoose(name, option.value, event.timeStamp)}
        >
          {active && option.key && option.key !== option.label.toLowerCase() && <Kbd name={option.key} />}
          <span className={css.optionLabel}>{option.label}</span>
          {has(proposed, option.value) && (
            <span className={css.optionNote}>
              <span className={css.optionWord}>proposed</span>
              {shares?.[option.value] !== undefined && (
                <span className={css.optionShare}> {percent(shares[option.value], 0)}</span>
              )}
            </span>
          )}
        </button>
      ))}
    </div>
  );
}

function Checklist({ spec, checked, onCheck }: Props) {
  if (!spec.checklist?.length) return null;
  return (
    <fieldset className={css.checklist}>
      <legend>Before you decide</legend>
      {spec.checklist.map((item) => (
        <label key={item.id}>
          <input
            type="checkbox"
            checked={checked[item.id] ?? false}
            onChange={(event) => onCheck(item.id, event.target.checked)}
          />
          {item.text}
          {item.required && <span className={css.optional}> required</span>}
        </label>
      ))}
    </fieldset>
  );
}
