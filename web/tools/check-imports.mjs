// The fence between the app's layers: app -> features -> shared, and no feature knows another.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../src");
const problems = [];

function walk(dir) {
  for (const name of readdirSync(dir)) {
    const path = join(dir, name);
    if (statSync(path).isDirectory()) walk(path);
    else if (/\.tsx?$/.test(name)) check(path);
    if (/[A-Z_]/.test(name)) problems.push(`${relative(root, path)}: file names are kebab-case`);
    if (/^index\.tsx?$/.test(name)) problems.push(`${relative(root, path)}: no barrels, import the file itself`);
  }
}

function layer(path) {
  const [top, feature] = relative(root, path).split("/");
  return { top, feature: top === "features" ? feature : null };
}

function check(path) {
  const from = layer(path);
  const text = readFileSync(path, "utf8");
  for (const [, target] of text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)) {
    const to = layer(resolve(dirname(path), target));
    const allowed =
      to.top === "gen" ||
      to.top === "shared" ||
      (from.top === "app" && to.top !== undefined) ||
      (from.top === "features" && to.feature !== null && to.feature === from.feature);
    if (!allowed) problems.push(`${relative(root, path)} must not import ${target}`);
  }
}

walk(root);
if (problems.length) {
  console.error(problems.join("\n"));
  process.exit(1);
}
console.log("import fence: ok");
