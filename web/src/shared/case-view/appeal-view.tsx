import type { Appeal, AppealState } from "../api/types";
import type { IconName } from "../ui/icons";
import { Ago, Badge, type Tone } from "../ui/kit";
import css from "./appeal-view.module.css";

const STATES: Record<AppealState, [string, Tone, IconName]> = {
  open: ["open", "warn", "clock"],
  upheld: ["decision upheld", "good", "check"],
  overturned: ["decision overturned", "accent", "undo"],
  withdrawn: ["withdrawn", "neutral", "cross"],
};

export const appealStates = Object.fromEntries(
  Object.entries(STATES).map(([state, [words]]) => [state, words]),
) as Record<AppealState, string>;

/** What somebody affected says against a decision, and what became of it. */
export function AppealView({ appeal }: { appeal: Appeal }) {
  const [words, tone, icon] = STATES[appeal.state];
  return (
    <div className={css.appeal}>
      <p className={css.head}>
        <strong>{appeal.by}</strong>
        <Badge tone={tone} icon={icon}>
          {words}
        </Badge>
        {appeal.overdue && (
          <Badge tone="bad" icon="clock">
            overdue
          </Badge>
        )}
      </p>
      <p className={css.statement}>{appeal.statement}</p>
      {appeal.evidence.length > 0 && (
        <ul className={css.evidence} aria-label="Evidence">
          {appeal.evidence.map((piece) => (
            <li key={`${piece.title ?? ""}${piece.media ?? piece.text}`}>
              {piece.title && <strong>{piece.title}: </strong>}
              {piece.media ? (
                <a href={`/v1/media/${encodeURIComponent(piece.media)}`} target="_blank" rel="noreferrer">
                  {piece.title ? "open the file" : "a file"}
                </a>
              ) : (
                piece.text
              )}
            </li>
          ))}
        </ul>
      )}
      <p className={css.muted}>
        lodged <Ago at={appeal.lodged_at} />
        {appeal.closed_at ? (
          <>
            , closed <Ago at={appeal.closed_at} />
          </>
        ) : (
          <>
            , due <Ago at={appeal.deadline} />
            {appeal.meanwhile === "suspended" ? "; the decision is not in force until then" : "; the decision stands"}
          </>
        )}
      </p>
    </div>
  );
}
