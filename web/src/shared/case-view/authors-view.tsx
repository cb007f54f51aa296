import type { Judgment, LoopSpec } from "../api/types";
import { humanise } from "../format/format";
import { shareInWords } from "./authors";
import css from "./case-view.module.css";

/** Who wrote which stretch of a judgment's texts. */
export function AuthorsView({ judgment, spec }: { judgment: Judgment; spec: LoopSpec | undefined }) {
  const written = judgment.provenance;
  const share = written?.ai_share;
  if (!written || share === null || share === undefined) return null;
  return (
    <details className={css.authors}>
      <summary>Who wrote it: {shareInWords(share)}</summary>
      {Object.entries(written.spans).map(([name, spans]) => {
        const points = Array.from(String(judgment.answer?.[name] ?? ""));
        return (
          <p key={name} className={css.authored}>
            <strong>{spec?.answer[name]?.title ?? humanise(name)}: </strong>
            {spans.map((span) => {
              const words = points.slice(span.from, span.to).join("");
              if (span.by === "human") return <span key={span.from}>{words}</span>;
              const from = span.suggestion ? "suggested by" : "proposed by";
              return (
                <mark key={span.from} title={`${from} ${span.model ?? "a model"}`}>
                  <span className="sr-only"> by a model: </span>
                  {words}
                  <span className="sr-only"> (end) </span>
                </mark>
              );
            })}
          </p>
        );
      })}
      <p className={css.authorsNote}>Marked words are a model's: suggested by the co-pilot, or proposed.</p>
    </details>
  );
}
