import { expect, it } from "vitest";
import { problemsInWords } from "./ledger-problems";

it("names the event of a finding once", () => {
  expect(problemsInWords([{ code: "leaf", index: 217, detail: "the leaf does not fit its hash" }])).toEqual([
    "Event 217: the leaf does not fit its hash",
  ]);
  expect(problemsInWords([{ index: 7, detail: "event 7 is missing" }, "cut short"])).toEqual([
    "event 7 is missing",
    "cut short",
  ]);
  expect(problemsInWords([{ code: "odd" }])).toEqual(['{"code":"odd"}']);
  expect(problemsInWords(undefined)).toEqual([]);
});
