import { expect, it } from "vitest";
import { grantsInWords } from "./grants";

it("says roles in words", () => {
  expect(
    grantsInWords([
      { loop: "digits", role: "reviewer" },
      { loop: "*", role: "auditor" },
    ]),
  ).toBe("reviewer in digits, auditor everywhere");
  expect(grantsInWords([])).toBe("no role");
});
