import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { Link } from "wouter";
import { caseQuery, loopQuery } from "../../shared/api/queries";
import { holds } from "../../shared/api/rights";
import type { Case, Judgment, LoopSpec, Proposal, Session } from "../../shared/api/types";
import { AnswerView, answerInWords, valueInWords } from "../../shared/case-view/answer-view";
import { AuthorsView } from "../../shared/case-view/authors-view";
import { InputView } from "../../shared/case-view/input-view";
import { byWhom, StatusBadge, standing } from "../../shared/case-view/status";
import { Probabilities, Reasons } from "../../shared/case-view/why-view";
import { useEvents } from "../../shared/events/event-stream";
import { duration, humanise, percent, shortId } from "../../shared/format/format";
import { Ago, Badge, Card, Facts, Failure, Note, PageBody, PageHead, Skeleton } from "../../shared/ui/kit";
import { Appeals } from "./appeals";
import { CaseActions } from "./case-actions";
import css from "./cases.module.css";
import { ChainTries } from "./chain-tries";
import { Comments } from "./comments";
import { ConversationOf } from "./conversation";
import { alarmInWords, gateFacts } from "./gate-words";
import { Timeline } from "./timeline";

/** Why was this decided? */
export function CasePage({ id, session }: { id: string; session: Session }) {
  const found = useQuery(caseQuery(id));
  const one = found.data;
  const view = useQuery({ ...loopQuery(one?.loop ?? "", one?.loop_version), enabled: one !== undefined });
  useFreshCase(id);
  if (found.isError) {
    return (
      <PageBody>
        <PageHead title="Case" />
        <Failure what={`The case ${shortId(id)} could not be read`} error={found.error} />
      </PageBody>
    );
  }
  if (!one) {
    return (
      <PageBody>
        <PageHead title="Case" />
        <Skeleton height={240} />
      </PageBody>
    );
  }
  const spec = view.data?.spec;
  return (
    <PageBody>
      <PageHead
        title={one.key ?? shortId(one.id)}
        lead={
          <>
            <Link href={`/loops/${one.loop}/cases`}>{spec?.title ?? humanise(one.loop)}</Link>, came in{" "}
            <Ago at={one.created_at} /> under version {one.loop_version}
          </>
        }
        actions={<CaseActions one={one} session={session} />}
      />
      <div className={css.split}>
        <div className={css.column}>
          <Decided one={one} spec={spec} />
          <Appeals one={one} session={session} />
          <Card title="What came in">
            <InputView input={one.input} spec={spec} />
          </Card>
          <Proposals one={one} spec={spec} />
          <Judgments one={one} spec={spec} />
          <ConversationOf one={one} />
          <Comments caseId={one.id} />
        </div>
        <div className={css.column}>
          <Routed one={one} />
          <ChainTries tries={one.chain ?? []} />
          {holds(session, one.loop, "reviewer", "arbiter", "orchestrator", "auditor") && <Timeline caseId={one.id} />}
        </div>
      </div>
    </PageBody>
  );
}

/** Reads the case again when an event says that it changed. */
function useFreshCase(id: string): void {
  const client = useQueryClient();
  const planned = useRef(false);
  useEvents((events) => {
    if (planned.current || !events.some((event) => event.case === id)) return;
    planned.current = true;
    setTimeout(() => {
      planned.current = false;
      for (const name of ["case", "timeline", "comments", "messages"])
        void client.invalidateQueries({ queryKey: [name, id] });
    }, 300);
  });
}

function Decided({ one, spec }: { one: Case; spec: LoopSpec | undefined }) {
  const decision = standing(one);
  const alarm = decision?.gate ? alarmInWords(decision.gate) : null;
  return (
    <Card title="Decision" actions={<StatusBadge status={one.status} />}>
      {!decision ? (
        <p>
          Not decided yet
          {one.progress && one.progress.needed > 0 ? `: ${one.progress.have} of ${one.progress.needed} judgments` : ""}.
        </p>
      ) : (
        <div className={css.stack}>
          {alarm && (
            <Note tone="warn" title={alarm.title}>
              {alarm.words}
            </Note>
          )}
          <div className={css.decision}>
            {decision.output ? answerInWords(decision.output, spec) : humanise(decision.outcome)}
          </div>
          <Facts
            rows={[
              [
                "Outcome",
                `${decision.outcome}, by ${byWhom(decision)}${decision.rule ? ` (${humanise(decision.rule).toLowerCase()})` : ""}`,
              ],
              ["Decided", <Ago key="at" at={decision.decided_at} />],
              [
                "State",
                <Badge
                  key="state"
                  tone={
                    decision.state === "effective"
                      ? "good"
                      : decision.state === "held"
                        ? "accent"
                        : decision.state === "suspended"
                          ? "warn"
                          : "neutral"
                  }
                >
                  {decision.state}
                </Badge>,
              ],
              ...(decision.effective_at
                ? [["Effective", <Ago key="effect" at={decision.effective_at} />] as const]
                : []),
              ...(decision.delivery ? [["Delivery", decision.delivery] as const] : []),
              ...(decision.ruling
                ? [["On appeal", `the earlier decision was ${decision.ruling.outcome}`] as const]
                : []),
              ...(decision.gate ? gateFacts(decision.gate) : []),
              ...(decision.gate ? [["Good until", <Ago key="until" at={decision.gate.expires_at} />] as const] : []),
              ...(decision.model ? [["Model", decision.model] as const] : []),
              ...(decision.reason_codes?.length
                ? [["Reasons", decision.reason_codes.map(humanise).join(", ")] as const]
                : []),
              ...(decision.rationale ? [["Why", decision.rationale] as const] : []),
              ...(decision.notice ? [["Told the person affected", decision.notice] as const] : []),
              ...(decision.digest ? [["Digest", <code key="digest">{decision.digest}</code>] as const] : []),
            ]}
          />
          {decision.changes && decision.changes.length > 0 && (
            <Facts
              rows={decision.changes.map((change) => [
                change.path,
                <span key={change.path}>
                  <del>{valueInWords(change.before, undefined)}</del> →{" "}
                  <ins>{valueInWords(change.after, undefined)}</ins>
                </span>,
              ])}
            />
          )}
          {(one.decisions?.length ?? 0) > 1 && (
            <p className={css.muted}>{one.decisions?.length} decisions so far; the newest that stands is shown.</p>
          )}
        </div>
      )}
    </Card>
  );
}

function Routed({ one }: { one: Case }) {
  const { route } = one;
  if (!route) return null;
  const to = { auto: "decided by the machine", review: "sent to people", block: "blocked" }[route.to];
  return (
    <Card title="Why it went this way">
      <div className={css.stack}>
        <p>
          The policy had it <strong>{to}</strong>
          {route.to === "review" && route.queue ? `, queue ${route.queue}` : ""}.
          {route.would_be ? ` Had the loop enforced its policy, it would have been ${route.would_be}.` : ""}
        </p>
        <Reasons reasons={route.reasons} />
        <Facts
          rows={[
            ["Mode", humanise(route.mode ?? "–")],
            [
              "Policy",
              `version ${route.loop_version ?? one.loop_version}${route.epoch === undefined ? "" : `, epoch ${route.epoch}`}`,
            ],
            ...(route.audit === undefined
              ? []
              : [["Chosen for a check", route.audit ? "yes, by chance" : "no"] as const]),
            ...(route.propensity === undefined || route.to !== "auto"
              ? []
              : [["Chance of a check", percent(route.propensity)] as const]),
          ]}
        />
      </div>
    </Card>
  );
}

function Proposals({ one, spec }: { one: Case; spec: LoopSpec | undefined }) {
  const proposals: Proposal[] = one.proposals?.length ? one.proposals.toReversed() : one.proposal ? [one.proposal] : [];
  if (proposals.length === 0) return null;
  return (
    <Card title={proposals.length > 1 ? "Proposals, newest first" : "Proposal"}>
      <div className={css.stack}>
        {proposals.map((proposal) => (
          <div key={proposal.id} className={css.stack}>
            <AnswerView answer={proposal.output} spec={spec} />
            <Probabilities proposal={proposal} labels={(field, value) => valueInWords(value, spec?.answer[field])} />
            <p className={css.muted}>
              by {proposal.model ?? "the submitter"}
              {proposal.shadow ? ", in the shadow" : ""}, <Ago at={proposal.at} />
            </p>
          </div>
        ))}
      </div>
    </Card>
  );
}

function Judgments({ one, spec }: { one: Case; spec: LoopSpec | undefined }) {
  if (!one.judgments?.length) return null;
  return (
    <Card title="Judgments">
      <div className={css.stack}>
        {one.judgments.map((judgment: Judgment) => (
          <div key={judgment.id}>
            <strong>{humanise(judgment.verdict)}</strong>
            {judgment.answer ? `: ${answerInWords(judgment.answer, spec)}` : ""}
            {judgment.state && judgment.state !== "counted" ? ` (${judgment.state})` : ""}
            <AuthorsView judgment={judgment} spec={spec} />
            {judgment.comment && <p className={css.comment}>{judgment.comment}</p>}
            {judgment.rationale && <p className={css.comment}>Why: {judgment.rationale}</p>}
            {judgment.notice && <p className={css.comment}>For the person affected: {judgment.notice}</p>}
            <p className={css.muted}>
              {[...(judgment.reasons ?? []), ...(judgment.failure_modes ?? [])].map(humanise).join(", ")}
              {judgment.blind ? " blind, " : " "}
              {duration(judgment.elapsed_ms)} of looking, <Ago at={judgment.at} />
            </p>
          </div>
        ))}
      </div>
    </Card>
  );
}
