import { describe, expect, it } from "vitest";
import { person, whole } from "../../../shared/case-view/authors";
import { changesOf, firstWord, nextOpen, withKept } from "./review";

const text = "Hello 😀! Dear Mr. Lee, we got it.";
// As the server says it of the text behind the greeting, in code points.
const suggestion = {
  from: 9,
  hunks: [
    { from: 14, to: 16, text: "Ms" },
    { from: 26, to: 29, text: "have" },
    { from: 32, to: 32, text: ", thanks" },
  ],
};
const revision = "Dear Ms. Lee, we have it, thanks.";

describe("review of changes", () => {
  const changes = changesOf(text, suggestion);

  it("knows what goes, what comes, and where that stands in the suggestion", () => {
    expect(changes.map(({ gone, come }) => [gone, come])).toEqual([
      ["Mr", "Ms"],
      ["got", "have"],
      ["", ", thanks"],
    ]);
    for (const change of changes) {
      expect(revision.slice(change.start, change.start + change.come.length)).toBe(change.come);
    }
  });

  it("takes over what was kept and nothing else", () => {
    const all = withKept(text, whole(text, person), changes, ["kept", "kept", "kept"], "sug_1");
    expect(all.text).toBe(`Hello 😀! ${revision}`);
    const some = withKept(text, whole(text, person), changes, ["reverted", "kept", null], "sug_1");
    expect(some.text).toBe("Hello 😀! Dear Mr. Lee, we have it.");
    const models = some.authors.filter((span) => span.by === "model");
    expect(models.map((span) => some.text.slice(span.from, span.to))).toEqual(["have"]);
    const none = withKept(text, whole(text, person), changes, [null, null, null], "sug_1");
    expect(none).toEqual({ text, authors: whole(text, person) });
  });

  it("goes on to what is open", () => {
    expect(nextOpen(["kept", null, null], 0)).toBe(1);
    expect(nextOpen([null, "kept", "kept"], 2)).toBe(0);
    expect(nextOpen(["kept", "kept", "kept"], 2)).toBe(2);
  });
});

describe("a word of a suggestion", () => {
  it("is a word with its blanks, or a sign", () => {
    expect(firstWord(" we have sent")).toBe(" we ");
    expect(firstWord("don’t know")).toBe("don’t ");
    expect(firstWord(", and")).toBe(", ");
    expect(firstWord("\nKim")).toBe("\nKim");
    expect(firstWord("über-morgen früh")).toBe("über-morgen ");
    expect(firstWord("end")).toBe("end");
  });
});
