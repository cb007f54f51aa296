import { useMemo } from "react";
import type { Json, JsonObject } from "../../shared/api/types";
import { humanise } from "../../shared/format/format";
import css from "./inbox.module.css";
import { errorsOf } from "./schema-errors";

type Props = {
  label: string;
  schema: JsonObject;
  value: Json | undefined;
  onChange: (value: Json | undefined) => void;
};

/** An object that fits a JSON Schema, two columns, errors beside the field they are about. */
export default function FormField({ label, schema, value, onChange }: Props) {
  const object = asObject(value);
  const errors = useMemo(() => errorsOf(schema, object), [schema, object]);
  return (
    <fieldset className={css.form}>
      <legend className="sr-only">{label}</legend>
      <Properties schema={schema} value={object} path="" errors={errors} onChange={onChange} />
    </fieldset>
  );
}

function asObject(value: Json | undefined): JsonObject {
  return value && typeof value === "object" && !Array.isArray(value) ? value : {};
}

type Level = {
  schema: JsonObject;
  value: JsonObject;
  path: string;
  errors: Record<string, string>;
  onChange: (value: Json) => void;
};

function Properties({ schema, value, path, errors, onChange }: Level) {
  const properties = (schema.properties ?? {}) as Record<string, JsonObject>;
  return Object.entries(properties).map(([name, property]) => {
    const at = `${path}/${name}`;
    const set = (next: Json | undefined) => {
      const object = { ...value };
      if (next === undefined) delete object[name];
      else object[name] = next;
      onChange(object);
    };
    const title = typeof property.title === "string" ? property.title : humanise(name);
    if (property.type === "object" && property.properties) {
      return (
        <fieldset key={name} className={css.form} data-nested>
          <legend>{title}</legend>
          <Properties schema={property} value={asObject(value[name])} path={at} errors={errors} onChange={set} />
        </fieldset>
      );
    }
    const id = `form${at.replaceAll("/", "-")}`;
    return (
      <div key={name} className={css.formRow}>
        <label htmlFor={id} title={typeof property.description === "string" ? property.description : undefined}>
          {title}
        </label>
        <div>
          <Leaf id={id} schema={property} value={value[name]} invalid={at in errors} onChange={set} />
          {errors[at] && (
            <p className={css.problem} id={`${id}-problem`}>
              {errors[at]}
            </p>
          )}
        </div>
      </div>
    );
  });
}

type LeafProps = {
  id: string;
  schema: JsonObject;
  value: Json | undefined;
  invalid: boolean;
  onChange: (value: Json | undefined) => void;
};

function Leaf({ id, schema, value, invalid, onChange }: LeafProps) {
  const common = {
    id,
    className: css.input,
    "aria-invalid": invalid || undefined,
    "aria-describedby": invalid ? `${id}-problem` : undefined,
  };
  if (Array.isArray(schema.enum)) {
    const options = schema.enum;
    return (
      <select
        {...common}
        value={options.indexOf(value ?? null)}
        onChange={(event) => onChange(options[Number(event.target.value)] ?? undefined)}
      >
        <option value={-1}>Choose…</option>
        {options.map((option, at) => (
          <option key={String(option)} value={at}>
            {String(option)}
          </option>
        ))}
      </select>
    );
  }
  if (schema.type === "boolean") {
    return (
      <input id={id} type="checkbox" checked={value === true} onChange={(event) => onChange(event.target.checked)} />
    );
  }
  if (schema.type === "number" || schema.type === "integer") {
    return (
      <input
        {...common}
        type="number"
        step={schema.type === "integer" ? 1 : "any"}
        value={typeof value === "number" ? value : ""}
        onChange={(event) => onChange(event.target.value === "" ? undefined : event.target.valueAsNumber)}
      />
    );
  }
  if (schema.type === "string" || schema.type === undefined) {
    const text = typeof value === "string" ? value : "";
    const long = typeof schema.maxLength === "number" ? schema.maxLength > 160 : text.length > 80;
    const date = schema.format === "date" ? "date" : "text";
    return long ? (
      <textarea {...common} rows={3} value={text} onChange={(event) => onChange(event.target.value || undefined)} />
    ) : (
      <input {...common} type={date} value={text} onChange={(event) => onChange(event.target.value || undefined)} />
    );
  }
  const items = (schema.items ?? {}) as JsonObject;
  if (schema.type === "array" && items.type === "string") {
    const lines = Array.isArray(value) ? value.map(String) : [];
    return (
      <textarea
        {...common}
        rows={3}
        placeholder="One per line"
        value={lines.join("\n")}
        onChange={(event) => onChange(event.target.value ? event.target.value.split("\n") : [])}
      />
    );
  }
  return <JsonLeaf {...common} value={value} onChange={onChange} />;
}

function JsonLeaf({
  value,
  onChange,
  ...common
}: {
  id: string;
  className: string | undefined;
  value: Json | undefined;
  onChange: (value: Json | undefined) => void;
}) {
  return (
    <textarea
      {...common}
      rows={4}
      spellCheck={false}
      defaultValue={value === undefined ? "" : JSON.stringify(value, null, 2)}
      onChange={(event) => {
        try {
          onChange(event.target.value ? (JSON.parse(event.target.value) as Json) : undefined);
          event.target.setCustomValidity("");
        } catch {
          event.target.setCustomValidity("This is not JSON yet.");
        }
      }}
    />
  );
}
