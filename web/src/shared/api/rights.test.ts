import { expect, it } from "vitest";
import { holds } from "./rights";

it("knows roles by loop, everywhere, and the administrator's", () => {
  const here = { roles: [{ loop: "digits", role: "reviewer" as const }] };
  expect(holds(here, "digits", "reviewer")).toBe(true);
  expect(holds(here, "other", "reviewer")).toBe(false);
  expect(holds(here, null, "reviewer")).toBe(true);
  expect(holds(here, "digits", "auditor")).toBe(false);
  expect(holds({ roles: [{ loop: "*", role: "admin" as const }] }, "digits", "auditor")).toBe(true);
  expect(holds({ roles: [] }, null, "reviewer")).toBe(false);
});
