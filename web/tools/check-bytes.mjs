// Bytes are the hard gate of the page's speed: the entry, its styles, and every part loaded later.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";

const dist = resolve(process.argv[2] ?? "dist");
const gz = (path) => gzipSync(readFileSync(path), { level: 9 }).length;
const page = readFileSync(join(dist, "index.html"), "utf8");
const named = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, path]) => path);
const sum = (paths) => paths.reduce((bytes, path) => bytes + gz(join(dist, path)), 0);
const kb = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

const all = readdirSync(join(dist, "assets")).map((name) => `assets/${name}`);
const entryJs = sum(named.filter((path) => path.endsWith(".js")));
const entryCss = sum(named.filter((path) => path.endsWith(".css")));
const later = all.filter((path) => path.endsWith(".js") && !named.includes(path));
const largest = Math.max(0, ...later.map((path) => gz(join(dist, path))));
const allJs = sum(all.filter((path) => path.endsWith(".js")));
const limits = [
  ["entry JS", entryJs, 200_000],
  ["entry CSS", entryCss, 30_000],
  ["largest later part", largest, 60_000],
  ["all JS", allJs, 600_000],
];
let failed = false;
for (const [what, bytes, limit] of limits) {
  if (bytes > limit) failed = true;
  console.log(`${bytes > limit ? "over" : "ok  "} ${what}: ${kb(bytes)} of ${kb(limit)} gzipped`);
}
process.exit(failed ? 1 : 0);
