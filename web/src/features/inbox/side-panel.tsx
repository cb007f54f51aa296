import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { memo, type ReactNode, useEffect, useRef } from "react";
import { explain } from "../../shared/api/error";
import type { Claim, LoopSpec } from "../../shared/api/types";
import { valueInWords } from "../../shared/case-view/answer-view";
import { commentsQuery, postComment } from "../../shared/case-view/comments";
import { Saliency } from "../../shared/case-view/saliency";
import { Contributions, Probabilities, Reasons } from "../../shared/case-view/why-view";
import { humanise, percent } from "../../shared/format/format";
import { Ago, Card, Kbd } from "../../shared/ui/kit";
import { Markdown } from "../../shared/ui/markdown";
import { toast } from "../../shared/ui/toasts";
import { ActionCards } from "./action-card";
import { ConversationCard } from "./conversation-card";
import css from "./inbox.module.css";

type Props = {
  claim: Claim;
  spec: LoopSpec;
  hidden: boolean;
  editing: boolean;
  onToggleHidden: () => void;
  commenting: boolean;
  comment: string;
  onComment: OnComment;
  children: ReactNode;
};

/** Changes the comment on a case; false where that case is on top no more. */
type OnComment = (caseId: string, change: (before: string) => string) => boolean;

export function SidePanel(props: Props) {
  const { claim, spec, hidden, onToggleHidden, children } = props;
  return (
    <aside className={css.side} aria-label="About this case">
      {props.commenting && <CommentBox caseId={claim.case.id} text={props.comment} onChange={props.onComment} />}
      {claim.action && !hidden && <ActionCards action={claim.action} editing={props.editing} />}
      <Why claim={claim} spec={spec} hidden={hidden} onToggleHidden={onToggleHidden} />
      <ConversationCard
        key={claim.case.id}
        one={claim.case}
        replies={(spec.review?.quick_replies as string[] | undefined) ?? []}
      />
      {children}
    </aside>
  );
}

const Why = memo(function Why({
  claim,
  spec,
  hidden,
  onToggleHidden,
}: {
  claim: Claim;
  spec: LoopSpec;
  hidden: boolean;
  onToggleHidden: () => void;
}) {
  const reasons = claim.reasons ?? claim.case.route?.reasons ?? [];
  const proposal = claim.blind ? null : claim.proposal;
  const telling = (claim.explanation?.contributions ?? []).filter((one) => Math.abs(one.weight) >= 0.005);
  const placed = telling.find((one) => one.region);
  const guidelines = claim.guidelines ?? spec.guidelines;
  const label = (field: string, value: string) => valueInWords(value, spec.answer[field]);
  return (
    <>
      <Card title="Why you see this">
        {claim.appeal ? (
          <p>Somebody affected contests what was decided, and you took no part in it.</p>
        ) : claim.blind ? (
          <p>Answer first: the proposal stays hidden until you have answered.</p>
        ) : reasons.length ? (
          <Reasons reasons={reasons} />
        ) : (
          <p>The loop sends this case to a person.</p>
        )}
      </Card>
      {proposal && !claim.action && (
        <Card
          title="Proposal"
          actions={
            <Button size="compact-xs" variant="subtle" onClick={onToggleHidden} rightSection={<Kbd name="h" />}>
              {hidden ? "Show" : "Hide"}
            </Button>
          }
        >
          {hidden ? (
            <p className={css.muted}>Hidden.</p>
          ) : (
            <div className={css.stack}>
              <Confidence value={proposal.confidence} />
              <Probabilities proposal={proposal} labels={label} />
              {proposal.model && <p className={css.muted}>by {proposal.model}</p>}
            </div>
          )}
        </Card>
      )}
      {!hidden && claim.explanation && (
        <Card
          title={`What speaks for ${claim.explanation.class ? `“${label(Object.keys(spec.answer)[0] ?? "", claim.explanation.class)}”` : "it"}`}
        >
          {telling.length > 0 ? (
            <>
              <Saliency value={claim.case.input[placed?.field ?? ""]} contributions={telling} />
              <Contributions contributions={telling} />
            </>
          ) : (
            <p className={css.muted}>Nothing in particular: the model has seen too few cases like this.</p>
          )}
        </Card>
      )}
      {guidelines && (
        <Card title="Guidelines">
          <div className={css.guidelines}>
            <Markdown text={guidelines} />
          </div>
        </Card>
      )}
    </>
  );
});

function Confidence({ value }: { value: unknown }) {
  const fields = typeof value === "number" ? { "": value } : ((value ?? {}) as Record<string, number>);
  const entries = Object.entries(fields).filter(([, share]) => typeof share === "number");
  if (entries.length === 0) return <p className={css.muted}>No confidence given.</p>;
  return entries.map(([field, share]) => (
    <p key={field} className={css.confidence}>
      <span>{field && entries.length > 1 ? humanise(field.replace(/^\//, "")) : "Confidence"}</span>
      <strong>{percent(share)}</strong>
    </p>
  ));
}

function CommentBox({ caseId, text, onChange }: { caseId: string; text: string; onChange: OnComment }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const client = useQueryClient();
  const comments = useQuery(commentsQuery(caseId));
  useEffect(() => {
    field.current?.focus();
  }, []);
  const send = async () => {
    const words = text.trim();
    if (!words) return;
    // From here on it no longer goes with the judgment, and what is written next is another comment.
    onChange(caseId, () => "");
    try {
      await postComment(caseId, words);
    } catch (error) {
      const kept = onChange(caseId, (since) => [words, since].filter(Boolean).join("\n"));
      toast(`The comment was not added: ${explain(error)} ${kept ? "It is kept here." : `It said: ${words}`}`, "bad");
      return;
    }
    toast("Comment added.", "good");
    await client.invalidateQueries(commentsQuery(caseId));
  };
  return (
    <Card title="Comments">
      <div className={css.stack}>
        {comments.data?.map((comment) => (
          <p key={comment.id} className={css.comment}>
            {comment.body}
            <span className={css.muted}>
              {" "}
              <Ago at={comment.at} />
            </span>
          </p>
        ))}
        <textarea
          ref={field}
          className={css.input}
          rows={3}
          aria-label="Your comment"
          placeholder="Add now, or leave it here: it goes with your judgment"
          value={text}
          onChange={(event) => onChange(caseId, () => event.target.value)}
        />
        <Button size="xs" onClick={send} disabled={!text.trim()}>
          Add comment
        </Button>
      </div>
    </Card>
  );
}
