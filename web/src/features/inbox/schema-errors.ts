import { Validator } from "@cfworker/json-schema";
import type { JsonObject } from "../../shared/api/types";

/** Messages by JSON pointer; a missing property is reported at the property. */
export function errorsOf(schema: JsonObject, value: JsonObject): Record<string, string> {
  const found: Record<string, string> = {};
  try {
    const { errors } = new Validator(schema as object, "2020-12", false).validate(value);
    for (const error of errors) {
      if (error.keyword === "properties" || error.keyword === "$ref" || error.keyword === "items") continue;
      const missing = error.keyword === "required" ? /"([^"]+)"/.exec(error.error)?.[1] : undefined;
      const path = error.instanceLocation.replace(/^#/, "") + (missing ? `/${missing}` : "");
      found[path] ??= missing ? "This is still missing." : error.error;
    }
  } catch {
    // A schema this checker cannot read: the server has the last word anyway.
  }
  return found;
}
