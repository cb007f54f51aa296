import type { ReactNode } from "react";

/**
 * The part of Markdown that guidelines use: headings, paragraphs, lists, bold, emphasis and code.
 * Everything else, HTML above all, is shown as it was written.
 */
export function Markdown({ text }: { text: string }) {
  return blocksOf(text).map((block) => {
    const key = block.lines.join("\n");
    if (block.kind === "list") {
      return (
        <ul key={key}>
          {block.lines.map((line) => (
            <li key={line}>{inline(line)}</li>
          ))}
        </ul>
      );
    }
    if (block.kind === "heading") return <h3 key={key}>{inline(key)}</h3>;
    return <p key={key}>{inline(block.lines.join(" "))}</p>;
  });
}

export type Block = { kind: "paragraph" | "list" | "heading"; lines: string[] };

export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | null = null;
  const start = (kind: Block["kind"], line: string) => {
    open = { kind, lines: [line] };
    blocks.push(open);
  };
  for (const raw of text.split("\n")) {
    const line = raw.trim();
    const item = /^(?:[-*+]|\d+\.)\s+(.*)$/.exec(line)?.[1];
    const heading = /^#{1,6}\s+(.*)$/.exec(line)?.[1];
    const last = blocks.at(-1);
    if (line === "") open = null;
    else if (heading !== undefined) {
      start("heading", heading);
      open = null;
    } else if (item !== undefined) {
      if (open && last?.kind === "list") last.lines.push(item);
      else start("list", item);
    } else if (open && last?.kind === "list") last.lines.push(`${last.lines.pop() ?? ""} ${line}`);
    else if (open && last) last.lines.push(line);
    else start("paragraph", line);
  }
  return blocks;
}

function inline(text: string): ReactNode[] {
  let at = 0;
  return text.split(/(\*\*[^*]+\*\*|`[^`]+`|\*[^*\s][^*]*\*)/).map((part) => {
    at += part.length + 1;
    if (part.startsWith("**") && part.length > 4) return <strong key={at}>{part.slice(2, -2)}</strong>;
    if (part.startsWith("`") && part.length > 2) return <code key={at}>{part.slice(1, -1)}</code>;
    if (part.startsWith("*") && part.length > 2) return <em key={at}>{part.slice(1, -1)}</em>;
    return part;
  });
}
