import { expect, it } from "vitest";
import { pagesOf } from "./paging";

it("covers what is in sight with whole pages", () => {
  expect(pagesOf(150, 260, 1000, 200)).toEqual([
    { from: 0, to: 200 },
    { from: 200, to: 400 },
  ]);
});

it("stops at the newest event", () => {
  expect(pagesOf(390, 409, 410, 200)).toEqual([
    { from: 200, to: 400 },
    { from: 400, to: 410 },
  ]);
  expect(pagesOf(-1, -1, 0, 200)).toEqual([]);
});
