import { lazy, Suspense } from "react";
import type { ActionShown, Json, JsonObject, ToolSpec } from "../../shared/api/types";
import { Skeleton } from "../../shared/ui/kit";
import { changedPlaces } from "./action-diff";
import css from "./inbox.module.css";

const FormField = lazy(() => import("./form-field"));

type Props = {
  label: string;
  tools: Record<string, ToolSpec>;
  shown: ActionShown | null;
  proposed: Json | undefined;
  value: Json | undefined;
  editing: boolean;
  onChange: (value: Json | undefined) => void;
};

const asObject = (value: Json | undefined): JsonObject =>
  value && typeof value === "object" && !Array.isArray(value) ? value : {};

/** A call of a tool: its arguments as a form, and what differs from what was proposed. */
export function ActionField({ label, tools, shown, proposed, value, editing, onChange }: Props) {
  const before = asObject(proposed);
  const now = editing ? asObject(value) : before;
  if ("respond" in now) {
    return (
      <label className={css.respond}>
        <span>Answer in place of the call: nothing runs, the agent gets this text.</span>
        <textarea
          className={css.input}
          rows={4}
          aria-label="Answer in place of the call"
          value={String(now.respond ?? "")}
          onChange={(event) => onChange({ respond: event.target.value })}
        />
      </label>
    );
  }
  const names = Object.keys(tools);
  const tool = String(now.tool ?? shown?.tool ?? names[0] ?? "");
  const given = asObject(now.arguments);
  const changes = editing ? changedPlaces(asObject(before.arguments), given) : [];
  return (
    <div className={css.call}>
      {editing && names.length > 1 && (
        <select
          className={css.input}
          aria-label="Tool"
          value={tool}
          onChange={(event) => onChange({ tool: event.target.value, arguments: given })}
        >
          {names.map((name) => (
            <option key={name} value={name}>
              {tools[name]?.title ?? name}
            </option>
          ))}
        </select>
      )}
      {editing ? (
        <Suspense fallback={<Skeleton height={120} />}>
          <FormField
            label={label}
            schema={tools[tool]?.schema ?? {}}
            value={given}
            onChange={(next) => onChange({ tool, arguments: next ?? {} })}
          />
        </Suspense>
      ) : (
        <dl className={css.arguments}>
          {Object.entries(given).map(([name, part]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{typeof part === "string" ? part : JSON.stringify(part)}</dd>
            </div>
          ))}
          {Object.keys(given).length === 0 && <p className={css.muted}>Called without arguments.</p>}
        </dl>
      )}
      {changes.length > 0 && (
        <ul className={css.diff} aria-label="Changes to the proposal">
          {changes.map((change) => (
            <li key={change.path}>
              <code>{change.path}</code> <del>{change.before}</del> <ins>{change.after}</ins>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
