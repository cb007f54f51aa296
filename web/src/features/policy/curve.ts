/** Looks things up on the curve of thresholds. Points come strictest first. */
import type { DryRunPoint } from "../../shared/api/types";

/** Share of cases at or above a threshold, straight between the points that are known. */
export function coverageAt(points: readonly DryRunPoint[], threshold: number): number {
  let before: DryRunPoint | null = null;
  for (const point of points) {
    if (point.threshold <= threshold) {
      if (point.threshold === threshold) return point.coverage;
      const [high, from] = before ? [before.threshold, before.coverage] : [1, 0];
      const span = high - point.threshold;
      return span > 0 ? from + ((high - threshold) / span) * (point.coverage - from) : point.coverage;
    }
    before = point;
  }
  return before ? before.coverage : 0;
}

/** The point whose share of cases is nearest; -1 without points. */
export function nearest(points: readonly DryRunPoint[], coverage: number): number {
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  for (const [n, point] of points.entries()) {
    const away = Math.abs(point.coverage - coverage);
    if (away < least) [best, least] = [n, away];
  }
  return best;
}

/** The point at which a threshold stands: the loosest one that it lets pass whole; -1 above all. */
export function pointAt(points: readonly DryRunPoint[], threshold: number): number {
  return points.findLastIndex((point) => point.threshold >= threshold);
}

/** Fewer cases than this say little about an error. */
export const FEW = 10;

/**
 * The point of least cost, among those that rest on enough cases. `null` stands for "no case passes",
 * where that is cheaper still.
 */
export function cheapest(points: readonly DryRunPoint[], reviewCost: number): number | null {
  let best: number | null = null;
  let least = reviewCost;
  for (const [n, point] of points.entries()) {
    if ((point.error?.known ?? 0) < FEW) continue;
    if (point.cost != null && point.cost < least) [best, least] = [n, point.cost];
  }
  return best;
}

/** The loosest point whose interval lies within a target; -1 where there is none. */
export function earned(points: readonly DryRunPoint[], target: number): number {
  return points.findLastIndex((point) => point.error != null && point.error.upper <= target);
}

/** A short threshold for a point: it lets the point's cases pass, and not the next point's. */
export function thresholdOf(points: readonly DryRunPoint[], at: number): number {
  const point = points[at];
  if (!point) return 1;
  const next = points[at + 1]?.threshold ?? Number.NEGATIVE_INFINITY;
  for (let digits = 3; digits <= 9; digits += 1) {
    const scale = 10 ** digits;
    const short = Math.floor(point.threshold * scale + 1e-9) / scale;
    if (short <= point.threshold && short > next) return short;
  }
  return point.threshold;
}
