import { useEffect, useRef } from "react";
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
  const nav = useRef<HTMLElement>(null);
  // On a narrow screen the tabs scroll sideways: the one shown has to be in sight.
  useEffect(() => {
    nav.current?.querySelector("[aria-current]")?.scrollIntoView?.({ block: "nearest", inline: "nearest" });
  }, []);
  return (
    <nav ref={nav} className={css.tabs} aria-label="This loop">
      {TABS.map(([name, label, path]) => (
        <Link key={name} href={`/loops/${loop}${path}`} aria-current={name === current ? "page" : undefined}>
          {label}
        </Link>
      ))}
    </nav>
  );
}
