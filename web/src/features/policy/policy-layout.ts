/** Where a loop file's text says what passes, whatever language it is written in. */

export const METHODS = ["confidence", "autonomy", "conformal"] as const;

/** A value in the text: where it stands, by a dotted path below the method. */
export type Leaf = { path: string; start: number; end: number; value: string };

/** One way to decide, as it stands in the text. Without leaves it is written in a way not understood. */
export type Block = { method: (typeof METHODS)[number]; leaves: Leaf[] | null };

/** The text around the policy's blocks, and how to change it there. */
export type Layout = {
  blocks: Block[];
  /** Puts a block in the place of those that are there; none takes them away. */
  replace: (method: (typeof METHODS)[number] | null, leaves: readonly Value[]) => string;
  /** Writes a value for a leaf. */
  token: (value: Value) => string;
};

/** A value to be written. */
export type Value = { path: string; value: number | string | boolean };

/** A number as people write it in a file. */
export function written(value: number): string {
  const short = String(Number(value.toPrecision(12)));
  return short.includes("e") ? value.toFixed(12).replace(/\.?0+$/, "") : short;
}

/** Values by their paths, as nested maps in order. */
export type Tree = Map<string, Tree | Value>;

export function treeOf(values: readonly Value[]): Tree {
  const root: Tree = new Map();
  for (const value of values) {
    const names = value.path.split(".");
    const last = names.pop() ?? "";
    let at = root;
    for (const name of names) {
      const below = at.get(name);
      const next: Tree = below instanceof Map ? below : new Map();
      at.set(name, next);
      at = next;
    }
    at.set(last, value);
  }
  return root;
}

export type Edit = { start: number; end: number; text: string };

/** Makes changes to a text that do not overlap. */
export function edited(source: string, edits: readonly Edit[]): string {
  return edits
    .toSorted((a, b) => b.start - a.start)
    .reduce((text, { start, end, text: put }) => text.slice(0, start) + put + text.slice(end), source);
}
