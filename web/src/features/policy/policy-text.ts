/**
 * Finds and changes how a loop file decides what passes, and touches nothing else: the rest of the
 * text stays as its author wrote it, byte for byte. What is not understood for certain is refused,
 * and people edit the text themselves.
 */
import { type Edit, edited, type Layout, type Leaf, type Value } from "./policy-layout";
import { jsonLayout } from "./policy-text-json";
import { yamlLayout } from "./policy-text-yaml";

export type Costs = { error: number; review: number };
/** `null`: all cases together; `class`: by proposed class; else the name of a slice. */
export type GroupBy = null | { kind: "class" } | { kind: "slice"; name: string };

export type Policy =
  | { method: "review" }
  | { method: "confidence"; auto_at: number; audit_rate: number }
  | {
      method: "autonomy";
      target_error: number;
      certainty: number;
      audit_rate: number;
      by: GroupBy;
      /** Whether the certainty is that of all groups together. */
      together: boolean;
      /** Share of agreements that a second person judges again, unseen. */
      second_looks: number;
      costs: Costs | null;
    }
  | { method: "conformal"; alpha: number; audit_rate: number };

export type Method = Policy["method"];

const DEFAULTS: Record<Exclude<Method, "review">, Record<string, number>> = {
  confidence: { audit_rate: 0 },
  autonomy: { certainty: 0.95, audit_rate: 0.05, second_looks: 0 },
  conformal: { audit_rate: 0.05 },
};

const ALLOWED: Record<Exclude<Method, "review">, RegExp> = {
  confidence: /^(auto_at|audit_rate)$/,
  autonomy: /^(target_error|certainty|audit_rate|by|by\.slice|together|second_looks|costs\.(error|review))$/,
  conformal: /^(alpha|audit_rate)$/,
};

function layoutOf(source: string, format: string): Layout | null {
  return format === "json" ? jsonLayout(source) : yamlLayout(source);
}

/** How the file decides; null where that cannot be told for certain. */
export function readPolicy(source: string, format: string): Policy | null {
  const layout = layoutOf(source, format);
  if (!layout || layout.blocks.length > 1) return null;
  const [block] = layout.blocks;
  if (!block) return { method: "review" };
  const { method, leaves } = block;
  if (!leaves?.every((leaf) => ALLOWED[method].test(leaf.path))) return null;
  const text = (path: string) => leaves.find((leaf) => leaf.path === path)?.value;
  const number = (path: string): number => {
    const value = text(path);
    return value === undefined ? (DEFAULTS[method][path] ?? Number.NaN) : asNumber(value);
  };
  const policy = ((): Policy => {
    switch (method) {
      case "confidence":
        return { method, auto_at: number("auto_at"), audit_rate: number("audit_rate") };
      case "conformal":
        return { method, alpha: number("alpha"), audit_rate: number("audit_rate") };
      case "autonomy": {
        const [by, slice] = [text("by"), text("by.slice")];
        const costs = text("costs.error") === undefined && text("costs.review") === undefined;
        return {
          method,
          target_error: number("target_error"),
          certainty: number("certainty"),
          audit_rate: number("audit_rate"),
          by: by === "class" ? { kind: "class" } : slice ? { kind: "slice", name: slice } : null,
          together: text("together") === "true",
          second_looks: number("second_looks"),
          costs: costs ? null : { error: number("costs.error"), review: number("costs.review") },
        };
      }
    }
  })();
  const [by, together] = [text("by"), text("together")];
  const odd = (by !== undefined && by !== "class") || (together !== undefined && !/^(true|false)$/.test(together));
  return odd || !numbersOf(policy).every(Number.isFinite) ? null : policy;
}

/** The text with another policy in it; null where it cannot be changed safely. */
export function writePolicy(source: string, format: string, policy: Policy): string | null {
  const layout = layoutOf(source, format);
  const before = readPolicy(source, format);
  if (!layout || !before) return null;
  if (samePolicy(before, policy)) return source;
  if (policy.method === "review") return layout.replace(null, []);
  const wanted = valuesOf(policy);
  const block = layout.blocks[0];
  const spliced = block?.method === policy.method && block.leaves ? splice(source, layout, block.leaves, wanted) : null;
  const written = spliced ?? layout.replace(policy.method, wanted);
  // What was written has to read as what was wanted.
  const read = readPolicy(written, format);
  return read && samePolicy(read, policy) ? written : null;
}

export function samePolicy(a: Policy, b: Policy): boolean {
  return a.method === b.method && JSON.stringify(valuesOf(a)) === JSON.stringify(valuesOf(b));
}

/** How a loop file that the server has read decides. */
export function policyOf(spec: Record<string, unknown> | undefined): Policy {
  const given = (name: string) => (spec?.[name] ?? null) as Record<string, unknown> | null;
  const [confidence, autonomy, conformal] = [given("confidence"), given("autonomy"), given("conformal")];
  if (autonomy) {
    const { by } = autonomy;
    return {
      method: "autonomy",
      target_error: Number(autonomy.target_error),
      certainty: Number(autonomy.certainty ?? DEFAULTS.autonomy.certainty),
      audit_rate: Number(autonomy.audit_rate ?? DEFAULTS.autonomy.audit_rate),
      by:
        by === "class"
          ? { kind: "class" }
          : by
            ? { kind: "slice", name: String((by as Record<string, unknown>).slice) }
            : null,
      together: autonomy.together === true,
      second_looks: Number(autonomy.second_looks ?? DEFAULTS.autonomy.second_looks),
      costs: (autonomy.costs as Costs | undefined) ?? null,
    };
  }
  if (conformal) {
    const { alpha, audit_rate } = conformal;
    return { method: "conformal", alpha: Number(alpha), audit_rate: Number(audit_rate ?? 0.05) };
  }
  if (confidence) {
    const { auto_at, audit_rate } = confidence;
    return { method: "confidence", auto_at: Number(auto_at), audit_rate: Number(audit_rate ?? 0) };
  }
  return { method: "review" };
}

function numbersOf(policy: Policy): number[] {
  return valuesOf(policy).flatMap(({ value }) => (typeof value === "number" ? [value] : []));
}

function valuesOf(policy: Policy): Value[] {
  switch (policy.method) {
    case "review":
      return [];
    case "confidence":
      return [
        { path: "auto_at", value: policy.auto_at },
        { path: "audit_rate", value: policy.audit_rate },
      ];
    case "conformal":
      return [
        { path: "alpha", value: policy.alpha },
        { path: "audit_rate", value: policy.audit_rate },
      ];
    case "autonomy":
      return [
        { path: "target_error", value: policy.target_error },
        { path: "certainty", value: policy.certainty },
        { path: "audit_rate", value: policy.audit_rate },
        ...(policy.by?.kind === "class" ? [{ path: "by", value: "class" }] : []),
        ...(policy.by?.kind === "slice" ? [{ path: "by.slice", value: policy.by.name }] : []),
        // Without groups there is nothing to hold together.
        ...(policy.together && policy.by ? [{ path: "together", value: true }] : []),
        ...(policy.second_looks > 0 ? [{ path: "second_looks", value: policy.second_looks }] : []),
        ...(policy.costs
          ? [
              { path: "costs.error", value: policy.costs.error },
              { path: "costs.review", value: policy.costs.review },
            ]
          : []),
      ];
  }
}

/** Changes only the values that differ; null where a value has to come or to go. */
function splice(source: string, layout: Layout, leaves: readonly Leaf[], wanted: readonly Value[]): string | null {
  const method = layout.blocks[0]?.method;
  const changes: Edit[] = [];
  for (const value of wanted) {
    const leaf = leaves.find(({ path }) => path === value.path);
    if (leaf) {
      const same =
        typeof value.value === "number" ? asNumber(leaf.value) === value.value : leaf.value === String(value.value);
      if (!same) changes.push({ start: leaf.start, end: leaf.end, text: layout.token(value) });
    } else if (!method || DEFAULTS[method][value.path] !== value.value) return null;
  }
  if (leaves.some((leaf) => !wanted.some(({ path }) => path === leaf.path))) return null;
  return edited(source, changes);
}

function asNumber(text: string): number {
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
}
