import { Button, Modal } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api } from "../../shared/api/client";
import { holds } from "../../shared/api/rights";
import type { Case, Decision, Session } from "../../shared/api/types";
import { AppealView } from "../../shared/case-view/appeal-view";
import { Ago, Card, Failure } from "../../shared/ui/kit";
import { toast } from "../../shared/ui/toasts";
import css from "./cases.module.css";

/** Whether this person may contest the decision for the person affected. The server has the last word. */
export function mayContest(one: Case, session: Session): boolean {
  return (
    one.decision?.appeal?.open === true && holds(session, one.loop, "submitter", "reviewer", "arbiter", "orchestrator")
  );
}

/** Appeals against the decisions of a case, newest first, and the way to lodge one. */
export function Appeals({ one, session }: { one: Case; session: Session }) {
  const [asking, setAsking] = useState(false);
  const client = useQueryClient();
  const withdraw = useMutation({
    mutationFn: () => api.post(`/v1/cases/${one.id}/appeal/withdraw`, {}),
    onSuccess: async () => {
      toast("The appeal is withdrawn.", "good");
      await client.invalidateQueries();
    },
  });
  const appeals = (one.appeals ?? []).toReversed();
  const right = one.decision?.appeal;
  if (appeals.length === 0 && !right) return null;
  const lodge = mayContest(one, session) && (
    <Button size="compact-sm" onClick={() => setAsking(true)}>
      Lodge an appeal
    </Button>
  );
  return (
    <Card title={appeals.length > 1 ? "Appeals, newest first" : "Appeal"} actions={lodge || undefined}>
      <div className={css.stack}>
        {right?.open && <Until right={right} />}
        {appeals.map((appeal) => (
          <div key={appeal.n} className={css.stack}>
            <AppealView appeal={appeal} />
            {appeal.own && appeal.state === "open" && (
              <div className={css.actions}>
                <Button size="xs" onClick={() => withdraw.mutate()} loading={withdraw.isPending}>
                  Withdraw it
                </Button>
              </div>
            )}
          </div>
        ))}
        {withdraw.isError && <Failure what="The appeal was not withdrawn" error={withdraw.error} />}
        {!right?.open && appeals.length === 0 && <p className={css.muted}>It can no longer be contested.</p>}
      </div>
      <Modal
        opened={asking}
        onClose={() => setAsking(false)}
        title="Lodge an appeal"
        closeButtonProps={{ "aria-label": "Close" }}
      >
        <Lodge one={one} onDone={() => setAsking(false)} />
      </Modal>
    </Card>
  );
}

function Until({ right }: { right: NonNullable<Decision["appeal"]> }) {
  return (
    <p>
      The person affected can contest this decision until <Ago at={right.until} />. Somebody who took no part in it then
      decides anew.
    </p>
  );
}

function Lodge({ one, onDone }: { one: Case; onDone: () => void }) {
  const client = useQueryClient();
  const lodge = useMutation({
    mutationFn: (body: { by: string; statement: string; evidence: { text: string }[] }) =>
      api.post(`/v1/cases/${one.id}/appeal`, body),
    onSuccess: async () => {
      toast("The appeal is lodged.", "good");
      onDone();
      await client.invalidateQueries();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const text = (name: string) => String(data.get(name) ?? "").trim();
    const evidence = text("evidence") ? [{ text: text("evidence") }] : [];
    lodge.mutate({ by: text("by"), statement: text("statement"), evidence });
  };
  return (
    <form className={css.ask} onSubmit={submit}>
      <p>For the person affected, in their words. You will not decide it yourself.</p>
      <label>
        Who contests the decision
        <input
          className={css.field}
          name="by"
          required
          maxLength={256}
          defaultValue={one.subject ?? ""}
          data-autofocus
        />
      </label>
      <label>
        Why it is wrong
        <textarea className={css.area} name="statement" required rows={5} maxLength={16_000} />
      </label>
      <label>
        Evidence (optional)
        <textarea className={css.area} name="evidence" rows={2} maxLength={16_000} />
      </label>
      {lodge.isError && <Failure what="The appeal was not lodged; your words are still here" error={lodge.error} />}
      <div className={css.actions}>
        <Button type="submit" variant="filled" loading={lodge.isPending}>
          Lodge the appeal
        </Button>
        <Button variant="subtle" onClick={onDone}>
          Leave it
        </Button>
      </div>
    </form>
  );
}
