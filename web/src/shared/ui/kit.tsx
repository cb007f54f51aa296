import type { CSSProperties, ReactNode } from "react";
import { useEffect } from "react";
import { Link } from "wouter";
import { explain } from "../api/error";
import { ago, exactTime } from "../format/format";
import { keyLabel } from "../hotkeys/keys";
import { Icon, type IconName } from "./icons";
import css from "./ui.module.css";
import { useNow } from "./use-now";

export type Tone = "neutral" | "accent" | "good" | "bad" | "warn";

/** A link that looks like the button it stands for: what to do next on a page. */
export function ActionLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Link className={css.cta} href={href}>
      {children}
    </Link>
  );
}

export function Kbd({ name }: { name: string }) {
  return <kbd className={css.kbd}>{keyLabel(name)}</kbd>;
}

export function Badge({
  tone = "neutral",
  icon,
  children,
  title,
}: {
  tone?: Tone;
  icon?: IconName;
  children: ReactNode;
  title?: string;
}) {
  return (
    <span className={css.badge} data-tone={tone} title={title}>
      {icon && <Icon name={icon} size={14} />}
      {children}
    </span>
  );
}

export function Card({
  title,
  actions,
  children,
  flush,
  label,
}: {
  title?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  flush?: boolean;
  label?: string;
}) {
  return (
    <section className={css.card} aria-label={label ?? (typeof title === "string" ? title : undefined)}>
      {(title || actions) && (
        <div className={css.cardHead}>
          {typeof title === "string" ? <h2>{title}</h2> : title}
          {actions}
        </div>
      )}
      <div className={flush ? css.flush : css.cardBody}>{children}</div>
    </section>
  );
}

export function PageHead({ title, lead, actions }: { title: string; lead?: ReactNode; actions?: ReactNode }) {
  useTitle(title);
  return (
    <header className={css.pageHead}>
      <div>
        <h1>{title}</h1>
        {lead && <p className={css.lead}>{lead}</p>}
      </div>
      {actions}
    </header>
  );
}

export function PageBody({ children }: { children: ReactNode }) {
  return <div className={css.page}>{children}</div>;
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Tandem`;
  }, [title]);
}

export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className={css.empty}>
      <h2>{title}</h2>
      {children}
      {action}
    </div>
  );
}

export function Note({
  tone = "neutral",
  title,
  children,
  action,
}: {
  tone?: Tone;
  title?: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className={css.note} data-tone={tone}>
      {tone === "bad" || tone === "warn" ? <Icon name="warn" /> : null}
      <div className={css.noteText}>
        {title && <strong>{title}</strong>}
        {children}
      </div>
      {action}
    </div>
  );
}

/** What happened, what became of the work, and a way on. */
export function Failure({ what, error, action }: { what: string; error: unknown; action?: ReactNode }) {
  return (
    <div role="alert">
      <Note tone="bad" title={what} action={action}>
        {explain(error)}
      </Note>
    </div>
  );
}

export function Skeleton({ height = 16, width }: { height?: number; width?: number | string }) {
  const style: CSSProperties = { height, width: width ?? "100%" };
  return <div className={css.skeleton} style={style} aria-hidden="true" />;
}

export function Ago({ at }: { at: string | null | undefined }) {
  // Drawn anew every few seconds, and each time by the clock: what has just happened is never ahead.
  useNow(5000);
  if (!at) return <span>–</span>;
  return (
    <time dateTime={at} title={exactTime(at)}>
      {ago(at)}
    </time>
  );
}

export function Facts({ rows }: { rows: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className={css.facts}>
      {rows.map(([name, value]) => (
        <div key={name} style={{ display: "contents" }}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export type Column<T> = { title: string; cell: (row: T) => ReactNode; number?: boolean };

export function Table<T>({
  label,
  columns,
  rows,
  rowKey,
}: {
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
    <section className={css.tableWrap} aria-label={label} tabIndex={0}>
      <table className={css.table}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.title} scope="col" data-number={column.number || undefined}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((column) => (
                <td key={column.title} data-number={column.number || undefined}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

export function Code({ children, label }: { children: string; label: string }) {
  return (
    <section aria-label={label}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard */}
      <pre className={css.code} tabIndex={0}>
        {children}
      </pre>
    </section>
  );
}
