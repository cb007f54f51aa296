/** The pages of `step` events that cover first..=last, cut off at `size`. The end is exclusive. */
export function pagesOf(first: number, last: number, size: number, step: number): { from: number; to: number }[] {
  const low = Math.max(0, Math.floor(Math.min(first, last) / step) * step);
  const high = Math.min(size, Math.max(first, last) + 1);
  const pages: { from: number; to: number }[] = [];
  for (let from = low; from < high; from += step) pages.push({ from, to: Math.min(size, from + step) });
  return pages;
}
