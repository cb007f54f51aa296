/** The policy of a loop file in JSON. */
import {
  type Block,
  type Edit,
  edited,
  type Layout,
  type Leaf,
  METHODS,
  type Tree,
  treeOf,
  type Value,
  written,
} from "./policy-layout";

type Member = { name: string; start: number; valueStart: number; end: number };
type Place = Block & Member;

export function jsonLayout(source: string): Layout | null {
  try {
    JSON.parse(source);
    const root = members(source, skip(source, 0));
    if (!root || doubled(root)) return null;
    const policy = root.find((member) => member.name === "policy");
    if (!policy) return adding(source, root, (text) => `{ ${text} }`, "policy");
    const below = members(source, policy.valueStart);
    if (!below || doubled(below)) return null;
    const places = below.flatMap((member): Place[] => {
      const method = METHODS.find((one) => one === member.name);
      return method ? [{ ...member, method, leaves: leavesOf(source, member.valueStart, "") }] : [];
    });
    if (places.length === 0) return adding(source, below, null, null, policy);
    return {
      blocks: places,
      token,
      replace: (method, leaves) => {
        const edits = places.map((place, n): Edit => {
          if (n === 0 && method) return { ...place, text: `"${method}": ${flow(treeOf(leaves))}` };
          return { ...withComma(source, place), text: "" };
        });
        return edited(source, edits);
      },
    };
  } catch {
    return null;
  }
}

/** A layout without a block yet: one is added behind the members that are there. */
function adding(
  source: string,
  beside: readonly Member[],
  wrap: ((text: string) => string) | null,
  name: string | null,
  inside?: Member,
): Layout {
  return {
    blocks: [],
    token,
    replace: (method, leaves) => {
      if (!method) return source;
      const block = `"${method}": ${flow(treeOf(leaves))}`;
      const text = wrap && name ? `"${name}": ${wrap(block)}` : block;
      const last = beside.at(-1);
      if (last) {
        const gap = /\s*$/.exec(source.slice(0, last.start))?.[0] ?? " ";
        return edited(source, [{ start: last.end, end: last.end, text: `,${gap}${text}` }]);
      }
      const start = inside ? inside.valueStart : skip(source, 0);
      const end = inside ? inside.end : source.lastIndexOf("}") + 1;
      return edited(source, [{ start, end, text: `{ ${text} }` }]);
    },
  };
}

/** A member with the comma that joins it to its neighbours. */
function withComma(source: string, member: Member): { start: number; end: number } {
  const after = /^\s*,\s*/.exec(source.slice(member.end));
  if (after) return { start: member.start, end: member.end + after[0].length };
  const before = /,\s*$/.exec(source.slice(0, member.start));
  return { start: before ? before.index : member.start, end: member.end };
}

const doubled = (all: readonly Member[]) => new Set(all.map((member) => member.name)).size !== all.length;

function skip(source: string, at: number): number {
  let next = at;
  while (/\s/.test(source[next] ?? "")) next += 1;
  return next;
}

/** The end of the value that begins here. The text is known to be JSON. */
function valueEnd(source: string, at: number): number {
  if (source[at] === '"') {
    let end = at + 1;
    while (source[end] !== '"') end += source[end] === "\\" ? 2 : 1;
    return end + 1;
  }
  if (source[at] === "{" || source[at] === "[") {
    let end = skip(source, at + 1);
    while (source[end] !== "}" && source[end] !== "]") {
      if (source[end] === "," || source[end] === ":") end += 1;
      else end = valueEnd(source, end);
      end = skip(source, end);
    }
    return end + 1;
  }
  let end = at;
  while (end < source.length && !/[\s,}\]:]/.test(source[end] ?? "")) end += 1;
  return end;
}

/** The members of the object that begins here; null where it is no object. */
function members(source: string, at: number): Member[] | null {
  if (source[at] !== "{") return null;
  const found: Member[] = [];
  let next = skip(source, at + 1);
  while (source[next] !== "}") {
    const start = next;
    const nameEnd = valueEnd(source, start);
    const valueStart = skip(source, skip(source, nameEnd) + 1);
    const end = valueEnd(source, valueStart);
    found.push({ name: String(JSON.parse(source.slice(start, nameEnd))), start, valueStart, end });
    next = skip(source, end);
    if (source[next] === ",") next = skip(source, next + 1);
  }
  return found;
}

function leavesOf(source: string, at: number, path: string): Leaf[] | null {
  const below = members(source, at);
  if (!below || doubled(below)) return null;
  const leaves: Leaf[] = [];
  for (const member of below) {
    const name = path ? `${path}.${member.name}` : member.name;
    if (source[member.valueStart] === "{") {
      const inner = leavesOf(source, member.valueStart, name);
      if (!inner) return null;
      leaves.push(...inner);
    } else {
      const value: unknown = JSON.parse(source.slice(member.valueStart, member.end));
      if (!["number", "string", "boolean"].includes(typeof value)) return null;
      leaves.push({ path: name, start: member.valueStart, end: member.end, value: String(value) });
    }
  }
  return leaves;
}

function flow(tree: Tree): string {
  const parts = [...tree].map(([name, below]) => `"${name}": ${below instanceof Map ? flow(below) : token(below)}`);
  return `{ ${parts.join(", ")} }`;
}

function token({ value }: Value): string {
  return typeof value === "number" ? written(value) : JSON.stringify(value);
}
