import { memo, useLayoutEffect, useRef } from "react";
import type { InputKind, Json, JsonObject, LoopSpec } from "../api/types";
import { cut, type Span } from "../format/code-points";
import { humanise } from "../format/format";
import { Table } from "../ui/kit";
import css from "./case-view.module.css";
import { asPixels, describe, type Pixels, toRgba } from "./pixels";

export type Highlights = Record<string, Span[]>;

/** Everything that came in with a case, each field as its kind asks. */
export const InputView = memo(function InputView({
  input,
  spec,
  highlights,
}: {
  input: JsonObject;
  spec: LoopSpec | undefined;
  highlights?: Highlights;
}) {
  const names = spec ? Object.keys(spec.input).filter((name) => name in input) : [];
  for (const name of Object.keys(input)) if (!names.includes(name)) names.push(name);
  return (
    <div className={css.inputs}>
      {names.map((name) => {
        const field = spec?.input[name];
        return (
          <div key={name}>
            {names.length > 1 && <div className={css.inputTitle}>{field?.title ?? humanise(name)}</div>}
            <Field
              name={name}
              kind={field?.kind ?? guess(input[name])}
              value={input[name] ?? null}
              spans={highlights?.[name]}
            />
          </div>
        );
      })}
    </div>
  );
});

function guess(value: Json | undefined): InputKind {
  if (typeof value === "string") return "text";
  if (typeof value === "number") return "number";
  return asPixels(value) ? "image" : "json";
}

function Field({ name, kind, value, spans }: { name: string; kind: InputKind; value: Json; spans?: Span[] }) {
  if (kind === "image") return <ImageField name={name} value={value} />;
  if ((kind === "text" || kind === "html") && typeof value === "string")
    return <TextField text={value} spans={spans} />;
  if (kind === "number" && typeof value === "number")
    return <div className={css.number}>{value.toLocaleString("en-GB")}</div>;
  if (kind === "chat" && Array.isArray(value)) return <ChatField turns={value} />;
  if (kind === "table" && Array.isArray(value)) return <TableField name={name} rows={value} />;
  if (kind === "audio") {
    const source = sourceOf(value);
    // biome-ignore lint/a11y/useMediaCaption: the recording itself is what the person is asked about
    if (source) return <audio controls src={source} />;
  }
  if (kind === "pdf") {
    const source = sourceOf(value);
    if (source) return <a href={source}>Open the document</a>;
  }
  return <pre className={css.json}>{JSON.stringify(value, null, 2)}</pre>;
}

function TextField({ text, spans = [] }: { text: string; spans?: Span[] }) {
  let at = 0;
  return (
    <div className={css.text}>
      {cut(text, spans).map((piece) => {
        at += piece.text.length;
        if (!piece.span) return piece.text;
        return (
          <mark key={at} className={piece.span.label ? css.faint : css.mark} title={piece.span.label}>
            {piece.text}
          </mark>
        );
      })}
    </div>
  );
}

function ImageField({ name, value }: { name: string; value: Json }) {
  const pixels = asPixels(value);
  if (pixels) return <PixelImage image={pixels} />;
  const source = sourceOf(value);
  if (source) return <img className={css.photo} src={source} alt={humanise(name)} />;
  return <pre className={css.json}>{JSON.stringify(value, null, 2)}</pre>;
}

function PixelImage({ image }: { image: Pixels }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  // Before paint, so that a new case never shows the picture of the last one.
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    context?.putImageData(new ImageData(toRgba(image), image.width, image.height), 0, 0);
  }, [image]);
  return (
    <canvas
      ref={canvas}
      className={css.image}
      width={image.width}
      height={image.height}
      role="img"
      aria-label={describe(image)}
    />
  );
}

function sourceOf(value: Json): string | null {
  if (typeof value === "string") return /^(data:(image|audio|application\/pdf)|blob:)/.test(value) ? value : null;
  if (value && typeof value === "object" && !Array.isArray(value) && typeof value.media === "string") {
    return `/v1/media/${encodeURIComponent(value.media)}`;
  }
  return null;
}

function ChatField({ turns }: { turns: Json[] }) {
  let n = 0;
  return (
    <ol className={css.chat}>
      {turns.map((turn) => {
        const { role, content } = (turn ?? {}) as { role?: string; content?: Json };
        n += 1;
        return (
          <li key={n} className={css.turn} data-role={role}>
            <span className={css.role}>{humanise(String(role ?? "unknown"))}</span>
            {typeof content === "string" ? content : JSON.stringify(content)}
          </li>
        );
      })}
    </ol>
  );
}

function TableField({ name, rows }: { name: string; rows: Json[] }) {
  const objects = rows.map((row, n) => ({
    n,
    cells: (row && typeof row === "object" && !Array.isArray(row) ? row : { value: row }) as JsonObject,
  }));
  const titles = [...new Set(objects.flatMap((row) => Object.keys(row.cells)))];
  return (
    <Table<{ n: number; cells: JsonObject }>
      label={humanise(name)}
      rows={objects}
      rowKey={(row) => String(row.n)}
      columns={titles.map((title) => ({
        title: humanise(title),
        number: objects.every((row) => typeof (row.cells[title] ?? 0) === "number"),
        cell: (row) => shown(row.cells[title]),
      }))}
    />
  );
}

function shown(value: Json | undefined): string {
  if (value == null) return "–";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
