// A loop of tickets, persons, cases with scores, and judgments: what the tests of policy and autonomy share.
import assert from "node:assert/strict";
import { axe, open, shot, signIn, startBrowser, startServer, still } from "./harness.mjs";

/** The file of a loop whose policy is decided by these lines. */
export const ticketsFile = (name, policy) => `# Tickets of customers.
loop: ${name}
title: Route tickets
coverage: selective
input:
  text: { kind: text, title: Message }
answer:
  intent: { kind: choice, options: [card_arrival, lost_card, other] }
policy:
  rules:
    - { name: shouting, when: "input.text.contains('!!')", route: review }
  # Agreed with the team.
  ${policy}
review:
  undo: 0s
`;

/** The n-th case; without a score of its own, scores go through 0.5 to 1. */
export function nth(n, score = 0.5 + ((n * 37) % 100) / 200) {
  const rest = (1 - score) / 2;
  return {
    input: { text: `ticket ${n}` },
    proposal: {
      output: { intent: "card_arrival" },
      confidence: score,
      probabilities: { intent: { card_arrival: score, lost_card: rest, other: rest } },
      model: "intent@7",
    },
  };
}

/** A server with a browser before it, and what a test does with both. */
export async function startWorld(extra = []) {
  const server = await startServer(extra);
  const browser = await startBrowser();

  async function call(method, path, body, type = "application/json") {
    const response = await fetch(new URL(path, server.url), {
      method,
      headers: { authorization: `Bearer ${server.key}`, "content-type": type },
      body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
    });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return text && type !== "application/x-ndjson" ? JSON.parse(text) : text;
  }

  async function person(name, ...more) {
    const roles = ["orchestrator", "reviewer", "auditor", ...more].map((role) => ({ loop: "*", role }));
    const email = `${name.toLowerCase()}@example.org`;
    const { signin_link } = await call("POST", "/v1/members", { name, email, roles });
    return signIn(browser, { signin: new URL(new URL(signin_link).pathname, server.url).href });
  }

  async function submit(loop, cases) {
    const lines = cases.map((one) => JSON.stringify(one)).join("\n");
    const answers = await call("POST", `/v1/loops/${loop}/cases/batch`, `${lines}\n`, "application/x-ndjson");
    const all = answers.trim().split("\n");
    return all.map((line) => JSON.parse(line));
  }

  const visit = (state, path, options = {}) => open(browser, server, state, { path, ...options });

  /** Axe, the policy of the page, errors, and whether it is too wide. */
  async function sound(state, path, ready, name, looks) {
    const found = [];
    for (const [colorScheme, width] of looks) {
      const options = { colorScheme, viewport: { width, height: 900 } };
      const { page, context, errors, violations } = await visit(state, path, options);
      await page.locator(ready).first().waitFor();
      const where = `${name} ${colorScheme} ${width}`;
      found.push(...(await axe(page)).map((problem) => `${where}: ${problem}`));
      found.push(...(await violations()).map((problem) => `${where}: policy: ${problem}`));
      found.push(...errors.map((problem) => `${where}: error: ${problem}`));
      const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (over > 0) found.push(`${where}: ${over} px too wide`);
      if (process.env.SHOTS) {
        // The whole page, however long.
        await page.setViewportSize({ width, height: width < 800 ? 4200 : 2400 });
        await still(page);
        await shot(page, `${name}-${colorScheme}-${width}`);
      }
      await context.close();
    }
    assert.deepEqual(found, []);
  }

  const url = (path) => new URL(path, server.url).href;
  const stop = async () => {
    await browser.close();
    await server.stop();
  };
  return { call, person, submit, visit, sound, url, stop };
}

/** Judges cases in the name of whoever is signed in on the page. */
export async function judge(page, judgments) {
  const refused = await page.evaluate(async (all) => {
    const { csrf } = await (await fetch("/v1/session")).json();
    const failed = [];
    const one = async ({ id, intent }) => {
      const headers = {
        "content-type": "application/json",
        "x-csrf-token": csrf,
        "idempotency-key": crypto.randomUUID(),
      };
      const body = JSON.stringify({ verdict: "answer", answer: { intent } });
      const response = await fetch(`/v1/cases/${id}/judgments`, { method: "POST", headers, body });
      if (!response.ok) failed.push(`${response.status} ${await response.text()}`);
    };
    for (let n = 0; n < all.length; n += 6) await Promise.all(all.slice(n, n + 6).map(one));
    return failed;
  }, judgments);
  assert.deepEqual(refused, []);
}
