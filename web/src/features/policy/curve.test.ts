import { describe, expect, it } from "vitest";
import type { DryRunPoint } from "../../shared/api/types";
import { cheapest, coverageAt, earned, nearest, pointAt, thresholdOf } from "./curve";

const estimate = (value: number, upper: number) => ({
  estimate: value,
  lower: 0,
  upper,
  certainty: 0.95,
  effective_cases: 100,
  known: 100,
  unknown_share: 0,
});

const points: DryRunPoint[] = [
  { threshold: 0.9812345, coverage: 0.25, error: estimate(0, 0.03), cost: 0.8 },
  { threshold: 0.9, coverage: 0.5, error: estimate(0.01, 0.05), cost: 0.6 },
  { threshold: 0.8996, coverage: 0.75, error: estimate(0.04, 0.08), cost: 0.7 },
  { threshold: 0.4, coverage: 1, error: null, cost: null },
];

describe("the curve of thresholds", () => {
  it("gives the share that a threshold lets pass", () => {
    expect(coverageAt(points, 0.9)).toBe(0.5);
    expect(coverageAt(points, 1)).toBe(0);
    expect(coverageAt(points, 0.65)).toBeCloseTo(0.875, 3);
    expect(coverageAt(points, 0.1)).toBe(1);
    expect(coverageAt([], 0.5)).toBe(0);
  });

  it("finds points by share and by threshold", () => {
    expect(nearest(points, 0.6)).toBe(1);
    expect(nearest([], 0.6)).toBe(-1);
    expect(pointAt(points, 0.95)).toBe(0);
    expect(pointAt(points, 0.9)).toBe(1);
    expect(pointAt(points, 0.99)).toBe(-1);
  });

  it("finds the cheapest, or that no case passing is cheaper", () => {
    expect(cheapest(points, 1)).toBe(1);
    expect(cheapest(points, 0.5)).toBeNull();
    const few = points.map((point, n) => (n === 1 ? { ...point, error: { ...estimate(0, 0.9), known: 3 } } : point));
    expect(cheapest(few, 1)).toBe(2);
  });

  it("finds what a target would have earned", () => {
    expect(earned(points, 0.05)).toBe(1);
    expect(earned(points, 0.01)).toBe(-1);
  });

  it("shortens thresholds without letting others pass", () => {
    expect(thresholdOf(points, 0)).toBe(0.981);
    expect(thresholdOf(points, 1)).toBe(0.9);
    expect(thresholdOf(points, 2)).toBe(0.899);
    const close: DryRunPoint[] = [
      { threshold: 0.98765, coverage: 0.5 },
      { threshold: 0.98761, coverage: 1 },
    ];
    expect(thresholdOf(close, 0)).toBe(0.98765);
    expect(thresholdOf(points, 9)).toBe(1);
  });
});
