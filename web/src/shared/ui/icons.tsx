import type { ReactNode } from "react";

/** Own line icons, 16 px on a 24 grid; they stand beside a word, so they are hidden from readers. */
const paths = {
  inbox: <path d="M4 13l2.5-8h11L20 13v6H4zm0 0h4.5l1.5 2.5h4L15.500 13H20" />,
  loops: <path d="M7 8h8a4 4 0 0 1 0 8H9a4 4 0 0 1-4-4m2-4l3-3M7 8l3 3" />,
  queues: <path d="M4 6h16M4 12h11M4 18h6m8-4v6m-3-3l3 3 3-3" />,
  live: <path d="M3 12h4l3 7 4-14 3 7h4" />,
  ledger: <path d="M5 4h14v4H5zm0 6h14v4H5zm0 6h14v4H5zM8 6h.01M8 12h.01M8 18h.01" />,
  settings: <path d="M4 7h9m5 0h2M4 17h2m5 0h9M15.500 4.500v5M8.500 14.500v5" />,
  bell: <path d="M6 17V11a6 6 0 0 1 12 0v6l1.500 2h-15zM10 21h4" />,
  check: <path d="M5 13l4.500 4.500L19 7" />,
  cross: <path d="M6 6l12 12M18 6L6 18" />,
  edit: <path d="M4 20h4L19 9l-4-4L4 16zm8.500-12.500l4 4" />,
  up: <path d="M7 17L17 7m-8 0h8v8" />,
  skip: <path d="M5 6l7 6-7 6zm9 0l7 6-7 6z" />,
  comment: <path d="M4 5h16v11h-9l-4 4v-4H4z" />,
  undo: <path d="M9 14L4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3" />,
  keyboard: <path d="M3 7h18v10H3zm4 3h.01M10.500 10h.01M14 10h.01M17 10h.01M8 14h8" />,
  clock: <path d="M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zm0 4v4l3 2" />,
  eye: (
    <path d="M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12zM12 9.500a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5z" />
  ),
  pause: <path d="M8 5v14m8-14v14" />,
  stop: <path d="M6 6h12v12H6z" />,
  tower: <path d="M5 20h14M8 20V9h8v11M6 9h12l-2-5H8zm6 4v3" />,
  goal: <path d="M6 21V4m0 1h12l-3 4 3 4H6" />,
  play: <path d="M7 5l12 7-12 7z" />,
  shield: <path d="M12 3l8 3v6c0 5-3.500 7.500-8 9-4.500-1.500-8-4-8-9V6zm-3.500 9l2.500 2.500 4.500-5" />,
  warn: <path d="M12 4l9 16H3zm0 6v4m0 3h.01" />,
  search: <path d="M10.500 4a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13zm5 11.500L20 20" />,
  sun: (
    <path d="M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zm0-5v2m0 14v2M3 12h2m14 0h2M5.600 5.600l1.400 1.400m10 10l1.400 1.400M5.600 18.400L7 17M17 7l1.400-1.400" />
  ),
  moon: <path d="M20 14.500A8.500 8.500 0 0 1 9.500 4 8.500 8.500 0 1 0 20 14.500z" />,
  copy: <path d="M9 9h11v11H9zM5 15H4V4h11v1" />,
  plug: <path d="M9 3v5m6-5v5M6 8h12v3a6 6 0 0 1-12 0zm6 9v4" />,
  forge: <path d="M4 20l9-9m-2-4l6 6m-8-4l4-4 6 6-4 4" />,
  mask: <path d="M4 6c5-2 11-2 16 0 0 8-3 13-8 13S4 14 4 6zm4 4h2.500m3 0H16m-7 4c2 1.500 4 1.500 6 0" />,
  shift: <path d="M5 12a7 7 0 0 1 12-5l2 2m0-5v5h-5m5 3a7 7 0 0 1-12 5l-2-2m0 5v-5h5" />,
  chevron: <path d="M9 5l7 7-7 7" />,
  user: <path d="M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 20c1-4 4-6 8-6s7 2 8 6" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {paths[name]}
    </svg>
  );
}
