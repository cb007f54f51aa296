import { expect, it } from "vitest";
import { matches } from "./match";

it("finds by the beginnings of words, in any order", () => {
  expect(matches("go in", "Go to inbox")).toBe(true);
  expect(matches("inb go", "Go to inbox")).toBe(true);
  expect(matches("", "anything")).toBe(true);
  expect(matches("box", "Go to inbox")).toBe(false);
});
