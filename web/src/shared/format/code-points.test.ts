import { expect, it } from "vitest";
import { cut, length } from "./code-points";

it("counts an emoji as one and a combining mark as its own", () => {
  expect(length("a😀b")).toBe(3);
  expect(length("e\u0301")).toBe(2);
});

it("cuts behind an emoji at the code point the server meant", () => {
  const pieces = cut("😀 my card", [{ start: 5, end: 9 }]);
  expect(pieces.map((piece) => piece.text)).toEqual(["😀 my ", "card"]);
  expect(pieces[1]?.span).toEqual({ start: 5, end: 9 });
});

it("keeps the whole text, whatever the spans say", () => {
  const text = "naïve 👩‍👧 text";
  const spans = [
    { start: 0, end: 3 },
    { start: 2, end: 8 },
    { start: 50, end: 60 },
    { start: 4, end: 4 },
    { start: 9, end: 99 },
  ];
  expect(
    cut(text, spans)
      .map((piece) => piece.text)
      .join(""),
  ).toBe(text);
});
