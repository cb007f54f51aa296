import { useRef } from "react";
import { Note } from "../../shared/ui/kit";
import { NumberField } from "./number-field";
import css from "./policy.module.css";
import type { Costs, GroupBy, Method, Policy } from "./policy-text";

const CHOICES: { method: Method; title: string; words: string }[] = [
  {
    method: "confidence",
    title: "A threshold you choose",
    words: "Cases pass at a confidence. You watch the error.",
  },
  {
    method: "autonomy",
    title: "Autonomy it earns",
    words: "You say what error is allowed. The threshold follows from evidence, and is lost by it.",
  },
  {
    method: "conformal",
    title: "One plausible answer",
    words: "Cases pass where a set of plausible answers holds exactly one.",
  },
  { method: "review", title: "Full review", words: "Nothing passes without a person." },
];

const FRESH: Record<Method, Policy> = {
  review: { method: "review" },
  confidence: { method: "confidence", auto_at: 0.9, audit_rate: 0.05 },
  autonomy: {
    method: "autonomy",
    target_error: 0.05,
    certainty: 0.95,
    audit_rate: 0.05,
    by: null,
    together: false,
    second_looks: 0,
    costs: null,
  },
  conformal: { method: "conformal", alpha: 0.1, audit_rate: 0.05 },
};

type Props = {
  policy: Policy;
  onChange: (policy: Policy) => void;
  costs: Costs;
  /** Says where the loop's mode lets nothing pass whatever is chosen here. */
  shut: boolean;
  disabled: boolean;
};

/** Which way cases pass, and its numbers. */
export function MethodForm({ policy, onChange, costs, shut, disabled }: Props) {
  const known = useRef<Partial<Record<Method, Policy>>>({});
  known.current[policy.method] = policy;
  return (
    <div className={css.form}>
      <fieldset className={css.methods} disabled={disabled}>
        <legend className="sr-only">How cases pass</legend>
        {CHOICES.map(({ method, title, words }) => (
          <label key={method} className={css.method} data-chosen={policy.method === method || undefined}>
            <input
              type="radio"
              name="method"
              checked={policy.method === method}
              onChange={() => onChange(known.current[method] ?? FRESH[method])}
            />
            <span>
              <strong>{title}</strong>
              <span className={css.hint}>{words}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {shut && policy.method !== "review" && (
        <Note tone="warn" title="This loop shows every case to a person">
          Its file says coverage: full. For anything to pass it has to say coverage: selective; change that in the loop
          file below.
        </Note>
      )}
      <Numbers policy={policy} onChange={onChange} costs={costs} disabled={disabled} />
    </div>
  );
}

function Numbers({ policy, onChange, costs, disabled }: Omit<Props, "shut">) {
  switch (policy.method) {
    case "review":
      return null;
    case "confidence":
      return (
        <div className={css.numbers}>
          <NumberField
            label="Threshold"
            value={policy.auto_at}
            onChange={(auto_at) => onChange({ ...policy, auto_at })}
            least={0}
            most={1}
            step={0.005}
            disabled={disabled}
          />
          <Audits policy={policy} onChange={onChange} least={0} disabled={disabled} />
        </div>
      );
    case "conformal":
      return (
        <div className={css.numbers}>
          <NumberField
            label="May miss the right answer (α)"
            value={policy.alpha}
            onChange={(alpha) => onChange({ ...policy, alpha })}
            least={0.001}
            most={0.5}
            step={0.01}
            percent
            disabled={disabled}
          />
          <Audits policy={policy} onChange={onChange} least={0} disabled={disabled} />
        </div>
      );
    case "autonomy":
      return (
        <>
          <div className={css.numbers}>
            <NumberField
              label="Error allowed"
              value={policy.target_error}
              onChange={(target_error) => onChange({ ...policy, target_error })}
              least={0.001}
              most={0.5}
              step={0.005}
              percent
              disabled={disabled}
            />
            <NumberField
              label="Certainty"
              value={policy.certainty}
              onChange={(certainty) => onChange({ ...policy, certainty })}
              least={0.5}
              most={0.999}
              step={0.01}
              percent
              disabled={disabled}
            />
            <Audits policy={policy} onChange={onChange} least={0.001} disabled={disabled} />
            <NumberField
              label="Looked at twice"
              value={policy.second_looks}
              onChange={(second_looks) => onChange({ ...policy, second_looks })}
              least={0}
              most={1}
              step={0.05}
              percent
              disabled={disabled}
            />
            <Groups by={policy.by} onChange={(by) => onChange({ ...policy, by })} disabled={disabled} />
          </div>
          {policy.by && (
            <label className={css.check}>
              <input
                type="checkbox"
                checked={policy.together}
                disabled={disabled}
                onChange={(event) => onChange({ ...policy, together: event.currentTarget.checked })}
              />
              The certainty is that of all groups together
            </label>
          )}
          <label className={css.check}>
            <input
              type="checkbox"
              checked={policy.costs !== null}
              disabled={disabled}
              onChange={(event) => onChange({ ...policy, costs: event.currentTarget.checked ? costs : null })}
            />
            Keep the costs below in the loop file
          </label>
        </>
      );
  }
}

type WithAudits = Exclude<Policy, { method: "review" }>;

function Audits({
  policy,
  onChange,
  least,
  disabled,
}: {
  policy: WithAudits;
  onChange: (policy: Policy) => void;
  least: number;
  disabled: boolean;
}) {
  return (
    <NumberField
      label="Checked afterwards"
      value={policy.audit_rate}
      onChange={(audit_rate) => onChange({ ...policy, audit_rate })}
      least={least}
      most={1}
      step={0.01}
      percent
      disabled={disabled}
    />
  );
}

function Groups({ by, onChange, disabled }: { by: GroupBy; onChange: (by: GroupBy) => void; disabled: boolean }) {
  const slice = useRef(by?.kind === "slice" ? by.name : null);
  return (
    <div className={css.number}>
      <label htmlFor="policy-by">Earned by</label>
      <select
        id="policy-by"
        disabled={disabled}
        value={by?.kind ?? "all"}
        onChange={(event) => {
          const kind = event.currentTarget.value;
          if (kind === "slice" && slice.current) onChange({ kind, name: slice.current });
          else onChange(kind === "class" ? { kind } : null);
        }}
      >
        <option value="all">all cases together</option>
        <option value="class">each proposed class</option>
        {slice.current && <option value="slice">each {slice.current}</option>}
      </select>
    </div>
  );
}
