import { expect, it } from "vitest";
import { linear, ticks } from "./scale";

it("maps ends to ends and the middle to the middle", () => {
  const scale = linear([0, 10], [100, 0]);
  expect([scale(0), scale(5), scale(10)]).toEqual([100, 50, 0]);
});

it("does not divide by zero for a single value", () => {
  expect(linear([3, 3], [0, 50])(3)).toBe(0);
  expect(ticks([3, 3])).toEqual([3]);
});

it("finds round ticks inside the domain", () => {
  expect(ticks([0, 1])).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(ticks([0.62, 0.97], 4)).toEqual([0.7, 0.8, 0.9]);
});
