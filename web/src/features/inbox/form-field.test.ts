import { expect, it } from "vitest";
import { errorsOf } from "./schema-errors";

const schema = {
  type: "object",
  required: ["vendor", "total"],
  properties: {
    vendor: { type: "string", minLength: 2 },
    total: { type: "number", minimum: 0 },
    address: { type: "object", required: ["city"], properties: { city: { type: "string" } } },
  },
};

it("puts every error at the field it is about", () => {
  const errors = errorsOf(schema, { total: -1, address: {} });
  expect(errors["/vendor"]).toBe("This is still missing.");
  expect(errors["/total"]).toContain("less than");
  expect(errors["/address/city"]).toBe("This is still missing.");
});

it("finds nothing wrong with a good answer and survives a schema it cannot read", () => {
  expect(errorsOf(schema, { vendor: "ACME", total: 3 })).toEqual({});
  expect(errorsOf({ $ref: "https://nowhere.invalid/x" }, {})).toEqual({});
});
