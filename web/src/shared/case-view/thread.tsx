import type { Case, Message } from "../api/types";
import { Ago } from "../ui/kit";
import css from "./thread.module.css";

const SPEAKERS: Record<Message["from"], string> = {
  agent: "Agent",
  person: "Person",
  subject: "Person affected",
  note: "Note to the agent",
};

/** What was said before the case came in and since, oldest first. */
type Props = { one: Pick<Case, "transcript" | "attempted">; said: Message[]; unread?: ReadonlySet<string> };

export function Thread({ one, said, unread }: Props) {
  const before = one.transcript ?? [];
  return (
    <div className={css.thread}>
      {one.attempted && (
        <p className={css.tried}>
          <strong>Tried already:</strong> {one.attempted}
        </p>
      )}
      <ol className={css.list} aria-label="Conversation">
        {before.map((utterance, n) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: what was said before never changes
          <li key={`before-${n}`} className={css[utterance.from]}>
            <span className={css.who}>{SPEAKERS[utterance.from]}, before</span>
            {utterance.text}
          </li>
        ))}
        {said.map((message) => (
          <li key={message.id} className={css[message.from]}>
            <span className={css.who}>
              {SPEAKERS[message.from]}, <Ago at={message.at} />
              {unread?.has(message.id) && <span className={css.fresh}>new</span>}
            </span>
            {message.body}
          </li>
        ))}
      </ol>
    </div>
  );
}
