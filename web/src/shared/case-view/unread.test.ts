import { expect, test } from "vitest";
import { unreadOf } from "./unread";

const said = [
  { id: "1", from: "agent" },
  { id: "2", from: "person" },
  { id: "3", from: "subject" },
  { id: "4", from: "note" },
  { id: "5", from: "agent" },
] as const;

test("what others said after the last message that was read is new", () => {
  expect(unreadOf(said, "1")).toEqual(["3", "5"]);
  expect(unreadOf(said, "5")).toEqual([]);
});

test("where nothing was read, or what was read is gone, all of theirs is new", () => {
  expect(unreadOf(said, null)).toEqual(["1", "3", "5"]);
  expect(unreadOf(said, "gone")).toEqual(["1", "3", "5"]);
});
