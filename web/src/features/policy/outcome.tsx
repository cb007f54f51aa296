import { Link } from "wouter";
import type { DryRun, DryRunGroup } from "../../shared/api/types";
import { inWords } from "../../shared/case-view/reasons";
import { IntervalBar } from "../../shared/charts/interval-bar";
import { count, percent, plural, shortId } from "../../shared/format/format";
import { Badge, Card, Table } from "../../shared/ui/kit";
import { Tile, Tiles } from "../../shared/ui/tiles";
import { FEW } from "./curve";
import css from "./policy.module.css";
import { amount, estimateInWords, moved, routeInWords } from "./policy-words";

/** What the draft would have meant, against what happened. */
export function Outcome({ run }: { run: DryRun }) {
  const { before, after, cases } = run;
  const reviews = (share: number) => count(Math.round(share * cases));
  const most = [0.02, 0.05, 0.1, 0.2, 0.5].find((end) => (after.error?.upper ?? 0) <= end) ?? 1;
  return (
    <Tiles columns={6}>
      <Tile title="Automatic" value={percent(after.automatic_share)} was={percent(before.automatic_share)}>
        {moved(before.automatic_share, after.automatic_share)}
        {after.block_share > 0 && <span>{percent(after.block_share)} blocked</span>}
      </Tile>
      <Tile
        title="Wrong among those"
        value={after.error ? percent(after.error.estimate) : after.automatic_share === 0 ? "–" : "not known"}
        was={before.error ? percent(before.error.estimate) : before.automatic_share === 0 ? "–" : "not known"}
        wide
      >
        {after.error ? (
          <>
            <IntervalBar
              lower={after.error.lower}
              upper={after.error.upper}
              estimate={after.error.estimate}
              most={most}
              format={(value) => percent(value, 0)}
              label={`Between ${percent(after.error.lower)} and ${percent(after.error.upper)}`}
            />
            <span>
              between {percent(after.error.lower)} and {percent(after.error.upper)} ({percent(after.error.certainty, 0)}{" "}
              certainty), from {plural(after.error.known, "case")} that people looked at
            </span>
            {after.error.unknown_share > 0.005 && (
              <span>nothing is known about {percent(after.error.unknown_share)} of those that would pass</span>
            )}
          </>
        ) : after.automatic_share === 0 ? (
          "Nothing would pass, so nothing would be wrong."
        ) : (
          "People have looked at too few of these cases."
        )}
      </Tile>
      <Tile title="Wrong answers" value={amount(after.wrong)} was={amount(before.wrong)}>
        expected among {count(cases)} cases
      </Tile>
      <Tile title="Reviews" value={reviews(after.review_share)} was={reviews(before.review_share)}>
        {percent(after.review_share)} of the cases
      </Tile>
      <Tile title="Cost" value={amount(after.cost)} was={amount(before.cost)}>
        errors and reviews, over {count(cases)} cases
      </Tile>
    </Tiles>
  );
}

/** Where cases would have gone otherwise, and some of them. */
export function Changed({ run }: { run: DryRun }) {
  const { changed } = run;
  const all = changed.to_auto + changed.to_review + changed.to_block;
  return (
    <Card title="Cases that would have gone elsewhere" flush>
      {all === 0 ? (
        <p className={css.foot}>None: every one of these cases would have gone where it went.</p>
      ) : (
        <>
          <p className={css.counts}>
            <Badge tone="accent">{count(changed.to_auto)} to the machine</Badge>
            <Badge>{count(changed.to_review)} to people</Badge>
            {changed.to_block > 0 && <Badge tone="bad">{count(changed.to_block)} blocked</Badge>}
          </p>
          <Table
            label="Some of the cases that would have gone elsewhere"
            rows={changed.examples}
            rowKey={(one) => one.case}
            columns={[
              { title: "Case", cell: (one) => <Link href={`/cases/${one.case}`}>{shortId(one.case)}</Link> },
              {
                title: "From, to",
                cell: (one) => (
                  <span className={css.nowrap}>
                    {routeInWords(one.from)} → {routeInWords(one.to)}
                  </span>
                ),
              },
              {
                title: "Proposal",
                cell: (one) =>
                  one.wrong == null ? (
                    <span className={css.muted}>not looked at</span>
                  ) : one.wrong ? (
                    <Badge tone="bad" icon="cross">
                      wrong
                    </Badge>
                  ) : (
                    <Badge tone="good" icon="check">
                      right
                    </Badge>
                  ),
              },
              { title: "Why", cell: (one) => inWords({ code: one.reason }) },
            ]}
          />
          {changed.examples.length < all && (
            <p className={css.foot}>
              {count(changed.examples.length)} of {count(all)}.
            </p>
          )}
        </>
      )}
    </Card>
  );
}

/** Why cases went where they went, and why they would have. */
export function Reasons({ run }: { run: DryRun }) {
  const rows = new Map<string, { code: string; name: string | null; before: number; after: number }>();
  for (const side of ["before", "after"] as const) {
    for (const reason of run[side].reasons) {
      const key = `${reason.code} ${reason.name ?? ""}`;
      const row = rows.get(key) ?? { code: reason.code, name: reason.name ?? null, before: 0, after: 0 };
      row[side] += reason.cases;
      rows.set(key, row);
    }
  }
  const sorted = [...rows.values()].toSorted(
    (a, b) => Math.max(b.before, b.after) - Math.max(a.before, a.after) || a.code.localeCompare(b.code),
  );
  return (
    <Card title="Reasons" flush>
      <Table
        label="Reasons"
        rows={sorted}
        rowKey={(row) => `${row.code} ${row.name ?? ""}`}
        columns={[
          { title: "Reason", cell: reasonInWords },
          { title: "Was", number: true, cell: (row) => count(row.before) },
          { title: "Would be", number: true, cell: (row) => count(row.after) },
        ]}
      />
    </Card>
  );
}

/** A reason with what it belongs to, where its words do not name that. */
function reasonInWords({ code, name }: { code: string; name: string | null }): string {
  const words = inWords({ code, name });
  return name && words === inWords({ code }) ? `${words.replace(/\.$/, "")} (${name}).` : words;
}

/** The same by proposed class: an average hides who pays for it. */
export function Groups({ groups }: { groups: readonly DryRunGroup[] }) {
  const withSets = groups.some((group) => group.set_size != null);
  const few = (group: DryRunGroup) => (group.error?.known ?? 0) < FEW;
  const muted = (group: DryRunGroup, text: string) => (few(group) ? <span className={css.muted}>{text}</span> : text);
  return (
    <Card title="By proposed class" flush>
      <Table
        label="By proposed class"
        rows={groups}
        rowKey={(group) => group.group}
        columns={[
          { title: "Class", cell: (group) => group.group },
          { title: "Cases", number: true, cell: (group) => count(group.cases) },
          { title: "Automatic", number: true, cell: (group) => percent(group.automatic_share) },
          { title: "Wrong among those", number: true, cell: (group) => muted(group, estimateInWords(group.error)) },
          { title: "Known", number: true, cell: (group) => muted(group, count(group.error?.known ?? 0)) },
          ...(withSets
            ? [{ title: "Plausible answers", number: true, cell: (group: DryRunGroup) => amount(group.set_size) }]
            : []),
        ]}
      />
      {groups.some(few) && <p className={css.foot}>Grey: fewer than {FEW} known cases, which says little.</p>}
    </Card>
  );
}
