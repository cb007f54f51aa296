import type { Claim, Contribution, Proposal, Reason } from "../api/types";
import { humanise, percent } from "../format/format";
import css from "./case-view.module.css";
import type { Highlights } from "./input-view";
import { inWords } from "./reasons";

export function Reasons({ reasons }: { reasons: readonly Reason[] }) {
  return (
    <ul className={css.reasons}>
      {reasons.map((reason) => (
        <li key={`${reason.code}${reason.name ?? ""}`}>{inWords(reason)}</li>
      ))}
    </ul>
  );
}

/** The likeliest options of each field, the proposed one first by its probability. */
export function Probabilities({
  proposal,
  labels,
  most = 5,
}: {
  proposal: Proposal;
  labels: (field: string, value: string) => string;
  most?: number;
}) {
  return Object.entries(proposal.probabilities ?? {}).map(([field, options]) => (
    <ul key={field} className={css.bars} aria-label={`Probabilities of ${humanise(field)}`}>
      {Object.entries(options)
        .toSorted((a, b) => b[1] - a[1])
        .slice(0, most)
        .map(([value, share]) => (
          <li key={value} className={css.bar}>
            <span className={css.barName} title={labels(field, value)}>
              {labels(field, value)}
            </span>
            <span className={css.track} aria-hidden="true">
              <span className={css.fill} style={{ left: 0, width: `${Math.min(100, Math.max(0, share * 100))}%` }} />
            </span>
            <span className={css.barValue}>{percent(share)}</span>
          </li>
        ))}
    </ul>
  ));
}

/** What moved the score: bars to the right speak for the proposed class, to the left against. */
export function Contributions({ contributions, most = 6 }: { contributions: readonly Contribution[]; most?: number }) {
  const shown = contributions.toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, most);
  const largest = Math.max(1e-9, ...shown.map((one) => Math.abs(one.weight)));
  return (
    <ul className={css.bars}>
      {shown.map((one) => {
        const width = (Math.abs(one.weight) / largest) * 50;
        const negative = one.weight < 0;
        return (
          <li key={`${one.field ?? ""}${one.feature}`} className={css.bar}>
            <span className={css.barName} title={one.feature}>
              {one.feature}
            </span>
            <span className={`${css.track} ${css.middle}`} aria-hidden="true">
              <span
                className={css.fill}
                data-negative={negative || undefined}
                style={{ left: `${negative ? 50 - width : 50}%`, width: `${width}%` }}
              />
            </span>
            <span className={css.barValue}>
              {one.weight > 0 ? "+" : "−"}
              {Math.abs(one.weight).toFixed(2)}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

/** Where in the input the evidence and the model's strongest features lie. */
export function highlightsOf(claim: Pick<Claim, "proposal" | "explanation">): Highlights {
  const found: Highlights = {};
  const add = (field: string | undefined, start?: number | null, end?: number | null, label?: string) => {
    if (!field || start == null || end == null) return;
    found[field] = [...(found[field] ?? []), { start, end, label }];
  };
  for (const one of claim.proposal?.evidence ?? []) add(one.in, one.start, one.end);
  for (const one of claim.explanation?.contributions ?? []) {
    if (one.weight > 0) add(one.field, one.start, one.end, `Speaks for the proposal: +${one.weight.toFixed(2)}`);
  }
  return found;
}
