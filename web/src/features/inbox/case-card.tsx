import { memo, type ReactNode, useMemo } from "react";
import { Link } from "wouter";
import type { Appeal, Claim, LoopSpec } from "../../shared/api/types";
import { AppealView } from "../../shared/case-view/appeal-view";
import { InputView } from "../../shared/case-view/input-view";
import { highlightsOf } from "../../shared/case-view/why-view";
import { humanise, shortId } from "../../shared/format/format";
import { Ago, Badge } from "../../shared/ui/kit";
import css from "./inbox.module.css";

/** What came in, and under it the answer. */
export function CaseCard({
  claim,
  spec,
  hidden,
  children,
}: {
  claim: Claim;
  spec: LoopSpec;
  hidden: boolean;
  children: ReactNode;
}) {
  return (
    <article className={css.card} aria-label={`Case ${shortId(claim.case.id)}`}>
      <CaseHead claim={claim} spec={spec} />
      {claim.appeal && <AppealTask appeal={claim.appeal} blind={claim.blind === true} />}
      <CaseInput claim={claim} spec={spec} hidden={hidden} />
      {children}
    </article>
  );
}

/** That this is an appeal: what the person affected says, and what is hidden and why. */
function AppealTask({ appeal, blind }: { appeal: Appeal; blind: boolean }) {
  return (
    <section className={css.appeal} aria-label="Appeal">
      <h3 className={css.appealHead}>
        An appeal: decide it anew
        {blind && (
          <Badge tone="accent" icon="eye">
            Blind
          </Badge>
        )}
      </h3>
      {blind && <p>You see neither what was proposed, nor what was decided before, nor by whom.</p>}
      <AppealView appeal={appeal} />
    </section>
  );
}

const CaseHead = memo(function CaseHead({ claim, spec }: { claim: Claim; spec: LoopSpec }) {
  const one = claim.case;
  return (
    <header className={css.cardHead}>
      <h2 className={css.caseTitle}>{spec.title ?? humanise(spec.loop)}</h2>
      <Link className={css.caseLink} href={`/cases/${one.id}`}>
        {one.key ?? shortId(one.id)}
      </Link>
      <span className={css.cardTags}>
        {(one.priority ?? 0) >= 7 && (
          <Badge tone="bad" icon="up">
            Priority {one.priority}
          </Badge>
        )}
        {one.deadline && (
          <Badge tone={one.overdue ? "bad" : "warn"} icon="clock">
            due <Ago at={one.deadline} />
          </Badge>
        )}
        {one.requested_human && <Badge tone="accent">a person was asked for</Badge>}
        {one.tags?.map((tag) => (
          <Badge key={tag}>{tag}</Badge>
        ))}
      </span>
    </header>
  );
});

const CaseInput = memo(function CaseInput({ claim, spec, hidden }: { claim: Claim; spec: LoopSpec; hidden: boolean }) {
  const highlights = useMemo(() => (claim.blind || hidden ? {} : highlightsOf(claim)), [claim, hidden]);
  return <InputView input={claim.case.input} spec={spec} highlights={highlights} />;
});
