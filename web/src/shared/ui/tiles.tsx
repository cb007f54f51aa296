import type { ReactNode } from "react";
import css from "./tiles.module.css";

/** A row of figures; fewer in a row where there is less room. */
export function Tiles({ columns, children }: { columns: 5 | 6; children: ReactNode }) {
  return (
    <div className={css.tiles} data-columns={columns}>
      {children}
    </div>
  );
}

/** One figure with its words. */
export function Tile({
  title,
  value,
  was,
  wide,
  children,
}: {
  title: string;
  value: string;
  /** What it was before, where that is compared. */
  was?: string;
  wide?: boolean;
  children: ReactNode;
}) {
  return (
    <section className={css.tile} data-wide={wide || undefined} aria-label={title}>
      <h2>{title}</h2>
      <p className={css.value}>
        {value}
        {was !== undefined && <span className={css.was}> was {was}</span>}
      </p>
      <div className={css.text}>{children}</div>
    </section>
  );
}
