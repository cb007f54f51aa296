/** The policy of a loop file in YAML: the common ways of writing it, and nothing cleverer. */
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

type Line = { start: number; end: number; text: string; indent: number; bare: boolean };
type Place = Block & { start: number; end: number };

const KEY = /^( *)([A-Za-z_][\w-]*) *:(?= |$)/;

export function yamlLayout(source: string): Layout | null {
  const lines = linesOf(source);
  // Quoted or explicit keys, several documents, and files that are one flow mapping are left to people.
  if (lines.some((line) => /^(\{|\?|["']|---.*\S\s*$|\.\.\.|%)/.test(line.text) && line.text.trimEnd() !== "---"))
    return null;
  if (lines.filter((line) => line.text.trimEnd() === "---").length > 1) return null;
  const heads = lines.flatMap((line, n) => (/^policy *:/.test(line.text) ? [n] : []));
  if (heads.length > 1) return null;
  const newline = source.includes("\r\n") ? "\r\n" : "\n";
  const [head] = heads;
  if (head === undefined) return appended(source, newline);
  const headLine = lines[head] as Line;
  const given = /^policy *:(?: +|$)(.*)$/.exec(headLine.text);
  if (!given) return null;
  const { value, comment } = withoutComment(given[1] ?? "");
  const body = bodyOf(lines, head);
  if (/^\{(?!\s*\}$)/.test(value)) return flowLayout(source, headLine, [headLine, ...body]);
  const empty = /^\{\s*\}$/.test(value) || value === "~" || value === "null" || value === "";
  if (!empty || (value !== "" && body.some((line) => !line.bare))) return null;
  if (!body.some((line) => !line.bare)) return emptied(source, headLine, comment, newline);
  return blockLayout(source, headLine, comment, body, newline);
}

function linesOf(source: string): Line[] {
  const lines: Line[] = [];
  for (let start = 0; start < source.length; ) {
    const at = source.indexOf("\n", start);
    const end = at < 0 ? source.length : at + 1;
    const text = source.slice(start, end).replace(/\r?\n$/, "");
    const indent = /^ */.exec(text)?.[0].length ?? 0;
    lines.push({ start, end, text, indent, bare: /^\s*(#.*)?$/.test(text) });
    start = end;
  }
  return lines;
}

/** The lines below a top-level key, without the blank lines and unindented comments that trail it. */
function bodyOf(lines: readonly Line[], head: number): Line[] {
  let end = head + 1;
  for (let n = head + 1; n < lines.length; n += 1) {
    const line = lines[n] as Line;
    if (line.bare && (line.indent === 0 || line.text.trim() === "")) continue;
    if (/^\S/.test(line.text)) break;
    end = n + 1;
  }
  return lines.slice(head + 1, end);
}

function blockLayout(source: string, head: Line, comment: string, body: Line[], newline: string): Layout | null {
  const indent = body.find((line) => !line.bare)?.indent ?? 0;
  const starts: number[] = [];
  for (const [n, line] of body.entries()) {
    // A tab is never indentation in YAML.
    if (!line.bare && /^ *\t/.test(line.text)) return null;
    if (line.bare || line.indent > indent) continue;
    if (line.indent < indent) return null;
    if (line.text.startsWith("- ", indent) || line.text.trim() === "-") continue;
    if (!KEY.test(line.text)) return null;
    starts.push(n);
  }
  const places: Place[] = [];
  const names = new Set<string>();
  for (const [n, from] of starts.entries()) {
    const name = KEY.exec(body[from]?.text ?? "")?.[2] ?? "";
    if (names.has(name)) return null;
    names.add(name);
    const method = METHODS.find((one) => one === name);
    if (!method) continue;
    let to = starts[n + 1] ?? body.length;
    while (to > from + 1 && body[to - 1]?.bare) to -= 1;
    const own = body.slice(from, to);
    const [first, last] = [own[0] as Line, own.at(-1) as Line];
    places.push({ method, leaves: leavesOf(source, own), start: first.start, end: last.end });
  }
  const last = body.at(-1) as Line;
  const replace: Layout["replace"] = (method, leaves) => {
    const line = method ? `${" ".repeat(indent)}${method}: ${flow(treeOf(leaves))}` : null;
    if (places.length === 0 && line) {
      const gap = tail(source, last.end) ? "" : newline;
      return edited(source, [{ start: last.end, end: last.end, text: `${gap}${line}${newline}` }]);
    }
    const edits = places.map(
      (place, n): Edit => ({ ...place, text: n === 0 && line ? `${line}${trailing(source, place)}` : "" }),
    );
    const bare = !method && places.length === names.size;
    if (bare) edits.push({ start: head.start, end: head.start + head.text.length, text: `policy: {}${comment}` });
    return edited(source, edits);
  };
  return { blocks: places, replace, token };
}

/** A policy that is one flow mapping, as in `policy: { confidence: { auto_at: 0.9 } }`. */
function flowLayout(source: string, head: Line, lines: readonly Line[]): Layout | null {
  const end = (lines.filter((line) => !line.bare).at(-1) ?? head).end;
  let members: FlowMember[];
  try {
    members = new Reader(source).members(source.indexOf("{", head.start), end);
  } catch {
    return null;
  }
  if (new Set(members.map(({ name }) => name)).size !== members.length) return null;
  const places = members.flatMap((member): (Place & FlowMember)[] => {
    const method = METHODS.find((one) => one === member.name);
    if (!method) return [];
    return [{ ...member, method, leaves: new Reader(source).leaves(member.valueStart, member.end) }];
  });
  return {
    blocks: places,
    token,
    replace: (method, leaves) => {
      const text = method ? `${method}: ${flow(treeOf(leaves))}` : "";
      const last = members.at(-1);
      if (places.length === 0) {
        return last && text ? edited(source, [{ start: last.end, end: last.end, text: `, ${text}` }]) : source;
      }
      return edited(
        source,
        places.map((place, n): Edit => {
          if (n === 0 && text) return { start: place.start, end: place.end, text };
          const after = /^\s*,\s*/.exec(source.slice(place.end));
          if (after) return { start: place.start, end: place.end + after[0].length, text: "" };
          const before = /,\s*$/.exec(source.slice(0, place.start));
          return { start: before ? before.index : place.start, end: place.end, text: "" };
        }),
      );
    },
  };
}

/** What ends a block's line: its comment, where it is the only line, and the line's end. */
function trailing(source: string, place: Place): string {
  const own = source.slice(place.start, place.end);
  const end = tail(source, place.end);
  const one = own.slice(0, own.length - end.length);
  const comment = one.includes("\n") ? "" : (/}( +#.*)$/.exec(one)?.[1] ?? "");
  return comment + end;
}

/** The line end before a place in the text. */
function tail(source: string, at: number): string {
  return /\r?\n$/.exec(source.slice(Math.max(0, at - 2), at))?.[0] ?? "";
}

function emptied(source: string, head: Line, comment: string, newline: string): Layout {
  return {
    blocks: [],
    token,
    replace: (method, leaves) =>
      method
        ? `${source.slice(0, head.start)}policy:${comment}${newline}  ${method}: ${flow(treeOf(leaves))}${newline}${source.slice(head.end)}`
        : source,
  };
}

function appended(source: string, newline: string): Layout {
  const gap = source === "" || source.endsWith("\n") ? "" : newline;
  return {
    blocks: [],
    token,
    replace: (method, leaves) =>
      method ? `${source}${gap}policy:${newline}  ${method}: ${flow(treeOf(leaves))}${newline}` : source,
  };
}

function withoutComment(text: string): { value: string; comment: string } {
  const at = /(^|\s)#/.exec(text);
  const value = (at ? text.slice(0, at.index) : text).trim();
  return { value, comment: at ? ` ${text.slice(at.index).trim()}` : "" };
}

function flow(tree: Tree): string {
  const parts = [...tree].map(([name, below]) => `${name}: ${below instanceof Map ? flow(below) : token(below)}`);
  return `{ ${parts.join(", ")} }`;
}

function token({ value }: Value): string {
  if (typeof value === "number") return written(value);
  if (typeof value === "boolean") return String(value);
  return /^[A-Za-z_][\w-]*$/.test(value) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value)
    ? value
    : JSON.stringify(value);
}

/** The values of a block; null where it is written in a way that is not understood. */
function leavesOf(source: string, lines: readonly Line[]): Leaf[] | null {
  const reader = new Reader(source);
  try {
    return reader.below(lines, "");
  } catch {
    return null;
  }
}

type FlowMember = { name: string; start: number; valueStart: number; end: number };

class Reader {
  private at = 0;
  private end = 0;

  constructor(private readonly source: string) {}

  /** Reads `key: …` in the first line, and the lines below it. */
  below(lines: readonly Line[], path: string): Leaf[] {
    const [first, ...rest] = lines;
    const key = first && KEY.exec(first.text);
    if (!first || !key) throw new Error("no key");
    this.at = first.start + key[0].length;
    this.end = (rest.filter((line) => !line.bare).at(-1) ?? first).end;
    this.space(false);
    const next = this.source[this.at];
    const value = this.at < this.end && next !== "\n" && next !== "\r" && next !== undefined;
    if (value) {
      const leaves = this.value(path);
      this.space(true);
      if (this.at < this.end) throw new Error("more than a value");
      return leaves;
    }
    return this.block(rest, path, first.indent);
  }

  /** The members of a flow mapping, behind which nothing may follow. */
  members(start: number, end: number): FlowMember[] {
    [this.at, this.end] = [start + 1, end];
    const found: FlowMember[] = [];
    for (;;) {
      this.space(true);
      if (this.source[this.at] === "}") break;
      const from = this.at;
      const name = this.take(/[A-Za-z_][\w-]*/y);
      this.space(true);
      this.take(/:(?=[\s{])/y);
      this.space(true);
      const valueStart = this.at;
      this.pass();
      found.push({ name, start: from, valueStart, end: this.at });
      this.space(true);
      if (this.source[this.at] === ",") this.at += 1;
      else if (this.source[this.at] !== "}") throw new Error("no end of a mapping");
    }
    this.at += 1;
    this.space(true);
    if (this.at < this.end) throw new Error("more than a mapping");
    return found;
  }

  /** The values of a flow mapping that stands at a place; null where they are not understood. */
  leaves(start: number, end: number): Leaf[] | null {
    [this.at, this.end] = [start, end];
    try {
      return this.source[start] === "{" ? this.flow("") : null;
    } catch {
      return null;
    }
  }

  /** Passes over a flow collection or a plain scalar, whatever is in it. */
  private pass(): void {
    const open = this.source[this.at];
    if (open !== "{" && open !== "[") {
      this.scalar("");
      return;
    }
    this.at += 1;
    while (this.source[this.at] !== (open === "{" ? "}" : "]")) {
      const next = this.source[this.at];
      if (next === undefined || this.at >= this.end || next === "}" || next === "]") throw new Error("not closed");
      if (next === "{" || next === "[") this.pass();
      else if (next === '"' || next === "'") this.take(/"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'/y);
      else if (next === "#" || next === "&" || next === "*" || next === "!") throw new Error("not understood");
      else this.at += 1;
    }
    this.at += 1;
  }

  private block(lines: readonly Line[], path: string, above: number): Leaf[] {
    const indent = lines.find((line) => !line.bare)?.indent ?? 0;
    if (indent <= above) throw new Error("nothing below");
    const starts = lines.flatMap((line, n) => (!line.bare && line.indent === indent ? [n] : []));
    return starts.flatMap((from, n) => {
      const own = lines.slice(from, starts[n + 1] ?? lines.length);
      const name = KEY.exec(own[0]?.text ?? "")?.[2];
      if (!name) throw new Error("no key");
      return this.below(own, path ? `${path}.${name}` : name);
    });
  }

  private value(path: string): Leaf[] {
    if (this.source[this.at] === "{") return this.flow(path);
    return [this.scalar(path)];
  }

  private flow(path: string): Leaf[] {
    const leaves: Leaf[] = [];
    this.at += 1;
    for (;;) {
      this.space(true);
      if (this.source[this.at] === "}") {
        this.at += 1;
        return leaves;
      }
      const name = this.take(/[A-Za-z_][\w-]*/y);
      this.space(true);
      this.take(/:(?=[\s{])/y);
      this.space(true);
      leaves.push(...this.value(path ? `${path}.${name}` : name));
      this.space(true);
      if (this.source[this.at] === ",") this.at += 1;
      else if (this.source[this.at] !== "}") throw new Error("no end of a mapping");
    }
  }

  private scalar(path: string): Leaf {
    const start = this.at;
    const text = this.take(/"[^"\\\n]*"|'[^'\n]*'|[A-Za-z0-9_.+-]+(?=\s|,|}|$)/y);
    const value = /^["']/.test(text) ? text.slice(1, -1) : text;
    return { path, start, end: this.at, value };
  }

  private take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.source)?.[0];
    if (!found || this.at + found.length > this.end) throw new Error("not understood");
    this.at += found.length;
    return found;
  }

  /** Skips blanks and comments; over line ends where asked to. */
  private space(lines: boolean): void {
    for (;;) {
      const next = this.source[this.at];
      if (this.at >= this.end || next === undefined) return;
      if (next === " " || (lines && (next === "\n" || next === "\r"))) this.at += 1;
      else if (next === "#" && /\s/.test(this.source[this.at - 1] ?? " ")) {
        const to = this.source.indexOf("\n", this.at);
        this.at = to < 0 ? this.end : Math.min(to, this.end);
      } else return;
    }
  }
}
