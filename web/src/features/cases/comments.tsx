import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { commentsQuery, postComment } from "../../shared/case-view/comments";
import { Ago, Card, Failure } from "../../shared/ui/kit";
import css from "./cases.module.css";

export function Comments({ caseId }: { caseId: string }) {
  const [text, setText] = useState("");
  const client = useQueryClient();
  const comments = useQuery(commentsQuery(caseId));
  const post = useMutation({
    mutationFn: (said: string) => postComment(caseId, said.trim()),
    onSuccess: (_, said) => {
      // What was written on meanwhile stays.
      setText((now) => (now === said ? "" : now));
      return client.invalidateQueries(commentsQuery(caseId));
    },
  });
  return (
    <Card title="Comments">
      <div className={css.stack}>
        {comments.data?.map((comment) => (
          <div key={comment.id} className={css.comment}>
            {comment.body}{" "}
            <span className={css.muted}>
              <Ago at={comment.at} />
            </span>
          </div>
        ))}
        {post.isError && <Failure what="The comment was not added; it is still here" error={post.error} />}
        <input
          className={css.field}
          aria-label="Your comment"
          placeholder="Write a comment"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <div className={css.actions}>
          <Button size="xs" onClick={() => post.mutate(text)} loading={post.isPending} disabled={!text.trim()}>
            Add comment
          </Button>
        </div>
      </div>
    </Card>
  );
}
