import { useRef } from "react";
import type { Problem } from "../../shared/api/error";
import css from "./policy.module.css";

type Props = { source: string; onChange: (source: string) => void; problems: readonly Problem[]; disabled: boolean };

/** The loop file as text; what is wrong with it stands at its line. */
export function SourceEditor({ source, onChange, problems, disabled }: Props) {
  const field = useRef<HTMLTextAreaElement>(null);
  const lines = source.split("\n").length;
  const faulty = new Set(problems.map((problem) => problem.line));
  const show = (problem: Problem) => {
    const at = offsetOf(source, problem.line ?? 1, problem.column ?? 1);
    const end = source.indexOf("\n", at);
    field.current?.focus();
    field.current?.setSelectionRange(at, end < 0 ? source.length : end);
  };
  return (
    <div className={css.editor}>
      <div className={css.editorField}>
        <pre className={css.gutter} aria-hidden="true">
          {Array.from({ length: lines }, (_, n) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line has no name but its number
            <span key={n} data-faulty={faulty.has(n + 1) || undefined}>
              {n + 1}
            </span>
          ))}
        </pre>
        <textarea
          ref={field}
          className={css.source}
          aria-label="Loop file"
          aria-invalid={problems.length > 0 || undefined}
          aria-describedby={problems.length > 0 ? "source-problems" : undefined}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          wrap="off"
          rows={lines}
          value={source}
          disabled={disabled}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      </div>
      {problems.length > 0 && (
        <ul id="source-problems" className={css.problems} aria-label="What is wrong with the loop file">
          {problems.map((problem) => (
            <li key={`${problem.line} ${problem.column} ${problem.message}`}>
              <button type="button" onClick={() => show(problem)}>
                line {problem.line ?? 1}, column {problem.column ?? 1}
              </button>{" "}
              {problem.message}
              {problem.hint && <span className={css.hint}>{problem.hint}</span>}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** The place of a line and column, both from 1, columns in code points. */
export function offsetOf(source: string, line: number, column: number): number {
  const lines = source.split("\n");
  const before = lines.slice(0, Math.max(0, line - 1)).reduce((sum, text) => sum + text.length + 1, 0);
  const text = Array.from(lines[line - 1] ?? "").slice(0, Math.max(0, column - 1));
  return Math.min(source.length, before + text.join("").length);
}
