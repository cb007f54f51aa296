import { useMemo } from "react";
import { plural } from "../../shared/format/format";
import { hunks, lineDiff } from "./line-diff";
import css from "./policy.module.css";

/** A text against the one before, line by line. */
export function DiffView({ before, after, label }: { before: string; after: string; label: string }) {
  const lines = useMemo(() => lineDiff(before, after), [before, after]);
  const gone = lines.filter((line) => line.kind === "gone").length;
  const come = lines.filter((line) => line.kind === "new").length;
  if (gone + come === 0) return <p className={css.muted}>The text is the same.</p>;
  return (
    <section className={css.diff} aria-label={`${label}: ${plural(come, "line")} new, ${gone} gone`}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard */}
      <div className={css.diffScroll} tabIndex={0}>
        <table>
          <tbody>
            {hunks(lines).map((line, n) =>
              line ? (
                // biome-ignore lint/suspicious/noArrayIndexKey: lines may be alike and never move
                <tr key={n} data-kind={line.kind}>
                  <td className={css.diffNumber}>{line.before ?? ""}</td>
                  <td className={css.diffNumber}>{line.after ?? ""}</td>
                  <td className={css.diffSign}>
                    {line.kind === "same" ? "" : line.kind === "new" ? "+" : "−"}
                    <span className="sr-only">
                      {line.kind === "new" ? " new" : line.kind === "gone" ? " gone" : ""}
                    </span>
                  </td>
                  <td className={css.diffText}>{line.text || " "}</td>
                </tr>
              ) : (
                // biome-ignore lint/suspicious/noArrayIndexKey: a gap has no name
                <tr key={n} data-kind="gap">
                  <td colSpan={4}>⋯</td>
                </tr>
              ),
            )}
          </tbody>
        </table>
      </div>
    </section>
  );
}
