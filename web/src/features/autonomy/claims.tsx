import type { ReactNode } from "react";
import { Link } from "wouter";
import type { Autonomy, AutonomyGroup } from "../../shared/api/types";
import { IntervalBar } from "../../shared/charts/interval-bar";
import { count, percent } from "../../shared/format/format";
import { Ago, Badge } from "../../shared/ui/kit";
import css from "./autonomy.module.css";
import {
  alarm,
  auditsInWords,
  certificateAssumes,
  certificateInWords,
  DETECTOR_ASSUMES,
  detectorInWords,
  groupName,
  nextInWords,
  peopleInWords,
  realErrorInWords,
  realisedAssumes,
  realisedInWords,
} from "./autonomy-words";

/** Three claims, each with what it rests on. None of them stands for another. */
export function Claims({
  loop,
  autonomy,
  group,
}: {
  loop: string;
  autonomy: Autonomy;
  group: AutonomyGroup | undefined;
}) {
  return (
    <div className={css.claims}>
      <Certificate loop={loop} autonomy={autonomy} group={group} />
      <Realised autonomy={autonomy} />
      <Current autonomy={autonomy} group={group} />
    </div>
  );
}

const scopeOf = (autonomy: Autonomy, group: AutonomyGroup | undefined) =>
  autonomy.by && group ? groupName(group.group) : null;

function Claim({
  title,
  scope,
  question,
  headline,
  assumes,
  children,
}: {
  title: string;
  /** What it speaks about, where groups earn for themselves. */
  scope: string | null;
  question: string;
  headline: ReactNode;
  assumes: string;
  children: ReactNode;
}) {
  return (
    <section className={css.claim} aria-label={title}>
      <header>
        <h2 className={css.headRow}>
          {title} {scope && <Badge>{scope}</Badge>}
        </h2>
        <p className={css.question}>{question}</p>
      </header>
      <p className={css.headline}>{headline}</p>
      <div className={css.claimText}>{children}</div>
      <p className={css.assumes}>{assumes}</p>
    </section>
  );
}

function Certificate({
  loop,
  autonomy,
  group,
}: {
  loop: string;
  autonomy: Autonomy;
  group: AutonomyGroup | undefined;
}) {
  const certificate = group?.certificate;
  const claim = certificate?.claim ?? "disagreement";
  return (
    <Claim
      title="Certificate"
      scope={scopeOf(autonomy, group)}
      question="What may the next case be trusted with?"
      headline={certificate ? `${percent(certificate.acting_coverage, 0)} automatic` : "nothing yet"}
      assumes={certificateAssumes(autonomy, claim)}
    >
      {certificate && group?.standing !== "demoted" ? (
        <>
          <p>{certificateInWords(certificate, autonomy)}</p>
          {certificate.next && (
            <Meter
              share={certificate.next.progress}
              label={`${percent(certificate.next.progress, 0)} of the evidence`}
            />
          )}
          <p>{nextInWords(certificate)}</p>
          {autonomy.people && <p>{peopleInWords(autonomy.people, certificate)}</p>}
          {certificate.waiting > 0 && (
            <p>
              {count(certificate.waiting)} wait for a judgment, and evidence counts in the order in which cases came in:
              what came after them waits too. <Link href={`/inbox/${loop}`}>To the inbox</Link>
            </p>
          )}
          {certificate.overdue > 0 && <p>{count(certificate.overdue)} count as wrong until they are judged.</p>}
        </>
      ) : (
        <p>
          {group?.standing === "demoted"
            ? "Autonomy was lost, and with it every certificate. Evidence begins anew."
            : "Thresholds are not chosen yet; evidence begins to count once they are."}
        </p>
      )}
    </Claim>
  );
}

function Realised({ autonomy }: { autonomy: Autonomy }) {
  const { realised } = autonomy;
  const known = realised != null && realised.estimate !== null && (realised.cases ?? 0) > 0;
  const most = [0.02, 0.05, 0.1, 0.2, 0.5].find((end) => (realised?.upper ?? 1) <= end * 0.9) ?? 1;
  return (
    <Claim
      title="Realised bound"
      scope={autonomy.by ? "all groups together" : null}
      question="How much was wrong so far?"
      headline={known ? `at most ${percent(realised.upper)}` : "not known yet"}
      assumes={realisedAssumes(realised)}
    >
      {known && (
        <IntervalBar
          lower={realised.lower}
          upper={realised.upper}
          estimate={realised.estimate}
          most={most}
          format={(value) => percent(value, 0)}
          label={`Between ${percent(realised.lower)} and ${percent(realised.upper)}`}
        />
      )}
      <p>{realisedInWords(realised)}</p>
      {known && autonomy.realised_error && <p>{realErrorInWords(autonomy.realised_error)}</p>}
      {known && (
        <p>
          Estimate {percent(realised.estimate)}
          {realised.holds_from && (
            <>
              {" "}
              since <Ago at={realised.holds_from} />
            </>
          )}
          .
        </p>
      )}
    </Claim>
  );
}

function Current({ autonomy, group }: { autonomy: Autonomy; group: AutonomyGroup | undefined }) {
  const detector = group?.detector;
  const acting = group?.certificate?.acting != null;
  const headline = !detector || !acting ? "nothing to watch" : detector.surge_left > 0 ? "surge of audits" : "no alarm";
  return (
    <Claim
      title="Current error"
      scope={scopeOf(autonomy, group)}
      question="Has it become worse?"
      headline={group?.standing === "demoted" ? "alarm" : headline}
      assumes={DETECTOR_ASSUMES}
    >
      {detector && acting ? (
        <>
          <Meter share={alarm(detector)} label={detectorInWords(detector, true)} tone="alarm" />
          <p>
            {detectorInWords(detector, true)}{" "}
            <span className={css.muted}>
              ({Math.max(0, detector.evidence).toFixed(1)} of {detector.bar.toFixed(1)}, on a logarithmic scale)
            </span>
          </p>
          <p>{auditsInWords(detector)}</p>
        </>
      ) : (
        <p>
          {group?.standing === "demoted"
            ? "The alarm went off and took autonomy back; what set it off is above."
            : "Nothing is answered by the machine, so there is nothing to watch."}
        </p>
      )}
      {group && group.audits > 0 && (
        <p>
          {count(group.audits)} audits drawn so far, {count(group.audit_errors)} of them found an error.
        </p>
      )}
    </Claim>
  );
}

export function Meter({ share, label, tone }: { share: number; label: string; tone?: "alarm" }) {
  return (
    <svg className={css.meter} data-tone={tone} width="100%" height="10" role="img" aria-label={label}>
      <rect className={css.meterRail} width="100%" height="10" rx="5" />
      <rect className={css.meterFill} width={`${Math.min(100, Math.max(0, share * 100))}%`} height="10" rx="5" />
    </svg>
  );
}
