import { expect, it } from "vitest";
import { optionsOf } from "./options";

it("gives bare options the digits in order", () => {
  const options = optionsOf({ kind: "choice", options: ["a", "b"] });
  expect(options.map((option) => option.key)).toEqual(["1", "2"]);
});

it("keeps own keys and gives no key twice", () => {
  const options = optionsOf({
    kind: "choice",
    options: ["x", { value: "y", key: "1" }, "z", { value: "q", key: "Q" }],
  });
  expect(options.map((option) => option.key)).toEqual(["2", "1", "3", "q"]);
});

it("leaves options beyond ten without a key", () => {
  const options = optionsOf({ kind: "choice", options: Array.from({ length: 12 }, (_, n) => `o${n}`) });
  expect(options[9]?.key).toBe("0");
  expect(options[10]?.key).toBeNull();
});
