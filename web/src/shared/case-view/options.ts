import type { FieldSpec, OptionSpec } from "../api/types";

export type Option = { value: string; label: string; help: string | null; key: string | null };

/**
 * The options of a choice with the key of each: its own, else 1 to 9 and 0 in order, leaving out
 * digits that another option claimed.
 */
export function optionsOf(field: FieldSpec): Option[] {
  if (field.kind !== "choice") return [];
  const full = field.options.map((option: OptionSpec) =>
    typeof option === "string" ? { value: option, label: undefined, help: undefined, key: undefined } : option,
  );
  const taken = new Set(full.map((option) => option.key?.toLowerCase()));
  const digits = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"].filter((digit) => !taken.has(digit));
  return full.map((option) => ({
    value: option.value,
    label: option.label ?? option.value,
    help: option.help ?? null,
    key: option.key?.toLowerCase() ?? digits.shift() ?? null,
  }));
}
