import { Link } from "wouter";
import css from "./ui.module.css";

const TABS = [
  ["live", "Live", "/live"],
  ["cases", "Cases", "/cases"],
  ["policy", "Policy", "/policy"],
  ["autonomy", "Autonomy", "/autonomy"],
  ["file", "Loop file", ""],
] as const;

export function LoopTabs({ loop, current }: { loop: string; current: (typeof TABS)[number][0] }) {
  return (
    <nav className={css.tabs} aria-label="This loop">
      {TABS.map(([name, label, path]) => (
        <Link key={name} href={`/loops/${loop}${path}`} aria-current={name === current ? "page" : undefined}>
          {label}
        </Link>
      ))}
    </nav>
  );
}
