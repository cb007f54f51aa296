// Writes src/gen/api.gen.d.ts from the repository's openapi.json; with --check it only compares.
// Lives in its own package because the generator needs an older TypeScript than the app.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

const here = import.meta.dirname;
const source = resolve(here, "../../../openapi.json");
const target = resolve(here, "../../src/gen/api.gen.d.ts");
const head = "// Generated from openapi.json by `npm run codegen`. Do not edit.\n";
const text = head + astToString(await openapiTS(pathToFileURL(source)));

if (process.argv.includes("--check")) {
  let have = "";
  try {
    have = readFileSync(target, "utf8");
  } catch {
    // Missing counts as different.
  }
  if (have !== text) {
    console.error("src/gen/api.gen.d.ts does not fit openapi.json; run `npm run codegen` in web/");
    process.exit(1);
  }
} else {
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
  console.log(`wrote ${target}`);
}
