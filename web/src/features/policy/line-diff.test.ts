import { expect, it } from "vitest";
import { type DiffLine, hunks, lineDiff } from "./line-diff";

const shown = (lines: readonly (DiffLine | null)[]) =>
  lines.map((line) => (line ? `${{ same: " ", gone: "-", new: "+" }[line.kind]}${line.text}` : "…"));

it("finds what went and what came", () => {
  expect(shown(lineDiff("a\nb\nc\nd\n", "a\nx\nc\nd\ne\n"))).toEqual([" a", "-b", "+x", " c", " d", "+e"]);
  expect(shown(lineDiff("", "a\n"))).toEqual(["+a"]);
  expect(shown(lineDiff("a\n", ""))).toEqual(["-a"]);
  expect(shown(lineDiff("a\nb\n", "a\nb\n"))).toEqual([" a", " b"]);
  expect(shown(lineDiff("a\na\nb", "a\nb\na\nb"))).toEqual([" a", "+b", " a", " b"]);
});

it("gives either text back", () => {
  const [before, after] = ["one\ntwo\nthree\nfour\ntwo", "zero\ntwo\nfour\nfive\ntwo\nsix"];
  const lines = lineDiff(before, after);
  const side = (kind: DiffLine["kind"]) => lines.filter((line) => line.kind !== kind).map((line) => line.text);
  expect(side("new").join("\n")).toBe(before);
  expect(side("gone").join("\n")).toBe(after);
  expect(lines.filter((line) => line.kind !== "new").map((line) => line.before)).toEqual([1, 2, 3, 4, 5]);
});

it("shows changes with a little around them", () => {
  const before = Array.from({ length: 20 }, (_, n) => `line ${n}`).join("\n");
  const lines = hunks(lineDiff(before, before.replace("line 10", "other")), 1);
  expect(shown(lines)).toEqual(["…", " line 9", "-line 10", "+other", " line 11", "…"]);
});
