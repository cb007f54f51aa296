// Starts the real binary and a headless Chromium, and watches for what must never happen.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const require = createRequire(import.meta.url);
const AXE = require.resolve("axe-core/axe.min.js");
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** How long a test waits for what it is about: other work on the machine must not fail it. */
const PATIENCE_MS = 120_000;

/** The demonstration on a free port over an empty directory: `{url, signin, stop}`. */
export function startDemo(extra = []) {
  const dir = mkdtempSync(join(tmpdir(), "tandem-e2e-"));
  return start(dir, ["demo", "--listen", "127.0.0.1:0", "--json", "--data-dir", join(dir, "data"), ...extra]);
}

/** An empty server with an administrator's key: `{url, key, stop}`. */
export function startServer(extra = []) {
  const dir = mkdtempSync(join(tmpdir(), "tandem-e2e-"));
  const key = `tdm_${"e2e".repeat(11)}`;
  const files = ["--data-dir", join(dir, "data"), "--key-file", join(dir, "key"), "--no-witness"];
  return start(dir, ["serve", "--listen", "127.0.0.1:0", "--json", ...files, ...extra], { TANDEM_ADMIN_KEY: key });
}

async function start(dir, args, env = {}) {
  const bin = process.env.TANDEM_BIN;
  if (!bin) throw new Error("set TANDEM_BIN to the tandem binary to run the browser tests");
  const child = spawn(bin, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors = (errors + chunk).slice(-4000);
  });
  const ready = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the server did not start: ${errors}`)), PATIENCE_MS);
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}: ${errors}`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (!line.startsWith("{")) return;
      const parsed = JSON.parse(line);
      if (!parsed.url) return;
      clearTimeout(timer);
      resolve(parsed);
    });
  });
  const stop = async () => {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGINT");
      const killer = setTimeout(() => child.kill("SIGKILL"), 60_000);
      await gone;
      clearTimeout(killer);
    }
    rmSync(dir, { recursive: true, force: true, maxRetries: 10 });
  };
  return { ...ready, stop };
}

export async function startBrowser() {
  const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
  if (!executablePath) throw new Error("install Chromium (apt-get install -y chromium) to run the browser tests");
  return chromium.launch({ executablePath, args: FLAGS });
}

/** Signs in by the one-time link and keeps the cookies for every later context. */
export async function signIn(browser, demo) {
  const context = await browser.newContext();
  context.setDefaultTimeout(PATIENCE_MS);
  // The page after it is the inbox, which claims, and more than once: a claim under way when the page closes
  // would take what a test makes next. None of them reaches the server.
  await context.route("**/v1/claims", (route) => route.abort().catch(() => null));
  const page = await context.newPage();
  await page.goto(demo.signin);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation", { name: "Pages" }).waitFor();
  const state = await context.storageState();
  await context.close();
  return state;
}

/** A page that collects violations of the content security policy, errors and failed scripts. */
export async function open(browser, demo, storageState, { path = "/inbox", ...options } = {}) {
  // Without motion what is looked at is whole as soon as it is there.
  const context = await browser.newContext({
    storageState,
    viewport: { width: 1280, height: 800 },
    reducedMotion: "reduce",
    ...options,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  await context.addInitScript(() => {
    window.__violations = [];
    document.addEventListener("securitypolicyviolation", (event) => {
      window.__violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
    });
  });
  const page = await context.newPage();
  // SLOWDOWN=6: the page on a processor six times slower, to meet what only a slow machine shows.
  if (process.env.SLOWDOWN) {
    const debug = await context.newCDPSession(page);
    await debug.send("Emulation.setCPUThrottlingRate", { rate: Number(process.env.SLOWDOWN) });
  }
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  await page.goto(new URL(path, demo.url).href);
  await page.getByRole("main").waitFor();
  const violations = () => page.evaluate(() => window.__violations);
  return { context, page, errors, violations };
}

/** Waits until the page hears of the server's events: what happens from then on reaches it by itself. */
export async function live(page) {
  await page.locator("[title='Events from the server'][data-state=open]").waitFor({ state: "attached" });
}

/** Presses keys one after the other until they led there: on a slow machine they may come too far apart. */
export async function press(page, keys, there) {
  for (let tries = PATIENCE_MS / 5_000; ; tries -= 1) {
    for (const key of keys) await page.keyboard.press(key);
    try {
      return await there.waitFor({ timeout: 5_000 });
    } catch (error) {
      if (tries <= 1) throw error;
    }
  }
}

/**
 * Writes into a field in one task of the page: `fill` selects in one and writes in another, and what traps the
 * focus takes it by timers after it is shown.
 */
export async function write(field, text) {
  await field.waitFor();
  await field.evaluate((node, words) => {
    node.focus();
    node.select();
    document.execCommand("insertText", false, words);
  }, text);
}

/** Walks there with Tab. What traps the focus takes it by timers after it is shown, so it comes first. */
export async function tabTo(page, there) {
  await still(page);
  await page.evaluate(async () => {
    const task = () => new Promise((resolve) => setTimeout(resolve, 20));
    await task();
    await task();
  });
  await until("the focus to come there", async () => {
    if (await there.evaluate((node) => node === document.activeElement)) return true;
    await page.keyboard.press("Tab");
    return false;
  });
}

/** Asks until there is an answer. */
export async function until(what, ask) {
  for (const end = Date.now() + PATIENCE_MS; ; ) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Waits until nothing moves any more, but for what moves for ever. */
export async function still(page) {
  await page.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    // What was just put on the page starts to move in the next frame.
    await frame();
    await frame();
    const moving = document.getAnimations().filter((one) => one.playState === "running");
    const ends = moving.filter((one) => one.effect?.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(ends.map((one) => one.finished));
  });
}

/** Serious and lesser findings of axe for WCAG 2.2 AA, in words, of a page that stands still. */
export async function axe(page) {
  await still(page);
  // The policy of the page forbids foreign scripts, which is right; the tool comes by the debugger's door.
  await page.evaluate((await import("node:fs")).readFileSync(AXE, "utf8"));
  const result = await page.evaluate(() =>
    window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }),
  );
  return result.violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")}: ${node.failureSummary}`),
  );
}

/** Keeps a picture where SHOTS names a directory. */
export async function shot(page, name) {
  if (!process.env.SHOTS) return;
  mkdirSync(process.env.SHOTS, { recursive: true });
  await page.screenshot({ path: join(process.env.SHOTS, `${name}.png`) });
}

/** Median and 95th percentile of the measures of that name that the page left. */
export async function measures(page, name) {
  const all = await page.evaluate((which) => performance.getEntriesByName(which).map((entry) => entry.duration), name);
  const sorted = all.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { n: sorted.length, p50: at(0.5), p95: at(0.95) };
}
