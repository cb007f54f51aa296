// Autonomy is earned on its page, and the policy changes on its own: two persons, a real server.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, open, shot, signIn, startBrowser, startServer } from "./harness.mjs";

const LOOP = `# Tickets of customers.
loop: tickets
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
  autonomy: { target_error: 0.2, certainty: 0.9, audit_rate: 1.0 }
review:
  undo: 0s
`;

let server;
let browser;
let ada;
let bob;

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

async function person(name) {
  const roles = ["orchestrator", "reviewer", "auditor"].map((role) => ({ loop: "*", role }));
  const email = `${name.toLowerCase()}@example.org`;
  const { signin_link } = await call("POST", "/v1/members", { name, email, roles });
  return signIn(browser, { signin: signin_link.replace(/^https?:\/\/[^/]+/, new URL(server.url).origin) });
}

/** The n-th case; its score goes through 0.5..1, and a twelfth of the unsure ones is wrong. */
function nth(n, score = 0.5 + ((n * 37) % 100) / 200) {
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

async function submit(cases) {
  const lines = cases.map((one) => JSON.stringify(one)).join("\n");
  const answers = await call("POST", "/v1/loops/tickets/cases/batch", `${lines}\n`, "application/x-ndjson");
  return answers
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** Judges cases in the name of whoever is signed in on the page. */
async function judge(page, judgments) {
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

const stats = () => call("GET", "/v1/loops/tickets/stats/autonomy");

before(async () => {
  server = await startServer();
  browser = await startBrowser();
  await call("PUT", "/v1/loops/tickets", LOOP, "application/yaml");
  await call(
    "PUT",
    "/v1/loops/plain",
    LOOP.replace("loop: tickets", "loop: plain").replace(
      /autonomy:.*/,
      "confidence: { auto_at: 0.9, audit_rate: 0.1 }",
    ),
    "application/yaml",
  );
  ada = await person("Ada");
  bob = await person("Bob");
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Axe, the policy of the page, errors, and whether it is too wide: in both themes and at three widths. */
async function sound(path, ready, name) {
  const found = [];
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [1280, 320]) {
      const options = { path, colorScheme, viewport: { width, height: 900 } };
      const { page, context, errors, violations } = await open(browser, server, ada, options);
      await page.locator(ready).first().waitFor();
      await page.waitForTimeout(300);
      const where = `${name} ${colorScheme} ${width}`;
      found.push(...(await axe(page)).map((problem) => `${where}: ${problem}`));
      found.push(...(await violations()).map((problem) => `${where}: policy: ${problem}`));
      found.push(...errors.map((problem) => `${where}: error: ${problem}`));
      const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (over > 0) found.push(`${where}: ${over} px too wide`);
      if (process.env.SHOTS) await page.setViewportSize({ width, height: width < 800 ? 4200 : 2400 });
      await page.waitForTimeout(process.env.SHOTS ? 300 : 0);
      await shot(page, `${name}-${colorScheme}-${width}`);
      await context.close();
    }
  }
  assert.deepEqual(found, []);
}

test("autonomy is earned, signed for, lent beforehand and lost", { timeout: 600_000 }, async () => {
  const { page, context, errors, violations } = await open(browser, server, ada, { path: "/loops/tickets/autonomy" });
  await page.getByText("No evidence yet").waitFor();
  await submit(Array.from({ length: 120 }, (_, n) => nth(n)));
  await page.getByText("120 of 200 scores").waitFor();
  await shot(page, "autonomy-warm-up");
  await submit(Array.from({ length: 80 }, (_, n) => nth(120 + n)));

  // People look at everything until a threshold has earned to act.
  for (let n = 200; !(await stats()).groups[0].proposal; n += 40) {
    assert.ok(n < 900, `nothing was proposed: ${JSON.stringify((await stats()).groups[0])}`);
    const cases = Array.from({ length: 40 }, (_, k) => nth(n + k));
    const done = await submit(cases);
    await judge(
      page,
      done.map(({ id }, k) => ({
        id,
        intent: cases[k].proposal.confidence < 0.7 && k % 12 === 0 ? "other" : "card_arrival",
      })),
    );
    if (n === 240) await shot(page, "autonomy-earning");
  }
  await page.getByRole("region", { name: "Waits for a signature" }).waitFor();
  await sound("/loops/tickets/autonomy", "section[aria-label='Waits for a signature']", "autonomy-proposed");
  for (const claim of ["Certificate", "Realised bound", "Current error"])
    await page.getByRole("region", { name: claim }).waitFor();

  await page.getByRole("button", { name: "Sign…" }).click();
  const dialog = page.getByRole("dialog", { name: "Sign for autonomy" });
  await dialog.getByText("From the signature on").waitFor();
  await page.waitForTimeout(300);
  assert.deepEqual(await axe(page), [], "axe with the dialog");
  await shot(page, "autonomy-sign");
  await dialog.getByLabel("Why").fill("The judgments of this week");
  await page.keyboard.press("Tab");
  await dialog.getByRole("button", { name: "Sign" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByText("Raised to", { exact: false }).first().waitFor();
  assert.equal((await stats()).groups[0].certificate.acting !== null, true);

  // A standing order takes two.
  await page.getByRole("button", { name: "Ask for one…" }).click();
  await page.getByLabel("Up to this share of the cases, in %").fill("60");
  await page.getByLabel("Why").fill("A quiet season");
  await page.getByRole("button", { name: "Ask for it" }).click();
  await page.getByText("nobody yet; it takes another person").waitFor();
  const other = await open(browser, server, bob, { path: "/loops/tickets/autonomy" });
  await other.page.getByRole("button", { name: "Agree…" }).click();
  await other.page.getByLabel("Why").fill("I agree");
  await other.page.getByRole("button", { name: "Agree", exact: true }).click();
  await other.page.getByText("in force", { exact: true }).first().waitFor();
  await other.context.close();

  // The line of the live page, and the way from it.
  await page.goto(new URL("/loops/tickets/live", server.url).href);
  await page.getByRole("link", { name: "The evidence" }).click();
  await page.getByRole("region", { name: "Certificate" }).waitFor();

  // Right at first, which the realised bound shows; then what passes is wrong.
  const right = await submit(Array.from({ length: 40 }, (_, n) => nth(2000 + n, 0.985)));
  await judge(
    page,
    right.map(({ id }) => ({ id, intent: "card_arrival" })),
  );
  await page.reload();
  await page.getByRole("region", { name: "Realised bound" }).getByText("Estimate").waitFor();
  await sound("/loops/tickets/autonomy", "section[aria-label='Steps'] svg rect", "autonomy-acting");
  for (let n = 3000; (await stats()).groups[0].standing !== "demoted"; n += 10) {
    assert.ok(n < 3400, `nothing was lost: ${JSON.stringify((await stats()).groups[0])}`);
    const wrong = await submit(Array.from({ length: 10 }, (_, k) => nth(n + k, 0.985)));
    await judge(
      page,
      wrong.map(({ id }) => ({ id, intent: "lost_card" })),
    );
  }
  await page.getByText("Autonomy was lost", { exact: true }).waitFor();
  await page.getByText("The standing order ended, because autonomy was lost").waitFor();
  await sound("/loops/tickets/autonomy", "section[aria-label='Gathering scores']", "autonomy-lost");
  await page.getByText("The case that broke it").getByRole("link").click();
  await page.waitForURL(/\/cases\/case_/);
  assert.deepEqual(errors, []);
  assert.deepEqual(await violations(), []);
  await context.close();
});

test("the policy is tried, changed and published by two persons", { timeout: 600_000 }, async () => {
  await sound("/loops/tickets/policy", "section[aria-label='By proposed class'] table", "policy");
  const { page, context, errors, violations } = await open(browser, server, ada, { path: "/loops/tickets/live" });
  await page.keyboard.press("g");
  await page.keyboard.press("p");
  await page.getByRole("radio", { name: /A threshold you choose/ }).check();
  const slider = page.getByRole("slider", { name: "Threshold" });
  await slider.waitFor();
  await page.getByText("What changes").waitFor();
  const before = await slider.getAttribute("aria-valuetext");
  await slider.focus();
  for (let n = 0; n < 4; n += 1) await page.keyboard.press("ArrowRight");
  assert.notEqual(await slider.getAttribute("aria-valuetext"), before);
  await page.waitForFunction(() => !document.querySelector("[aria-busy=true]"));
  await shot(page, "policy-threshold");
  assert.deepEqual(await axe(page), [], "axe with a change");

  // Only the one line differs, comments and all.
  const source = await page.getByRole("textbox", { name: "Loop file" }).inputValue();
  assert.deepEqual(source.split("\n").filter((line) => !LOOP.split("\n").includes(line)).length, 1, source);

  // A fault stands at its line.
  await page.getByRole("textbox", { name: "Loop file" }).fill(source.replace("kind: choice", "kind: chose"));
  await page.getByRole("button", { name: /^line 8, column/ }).waitFor();
  await page.getByRole("button", { name: /^line 8, column/ }).click();
  await shot(page, "policy-fault");
  await page.getByRole("textbox", { name: "Loop file" }).fill(source);
  await page.getByRole("button", { name: /^line 8, column/ }).waitFor({ state: "detached" });

  await page.getByRole("button", { name: "Propose…" }).click();
  const dialog = page.getByRole("dialog", { name: "Publish" });
  await dialog.getByText("It widens what the machine may do").waitFor();
  await page.waitForTimeout(300);
  assert.deepEqual(await axe(page), [], "axe with the dialog");
  await shot(page, "policy-propose");
  await dialog.getByLabel("Why").fill("Reviews take too long");
  await dialog.getByRole("button", { name: "Propose" }).click();
  await page.getByText("waits for a second person").first().waitFor();
  await page.getByText("waits for another person").first().waitFor();
  await shot(page, "policy-proposed");

  const other = await open(browser, server, bob, { path: "/loops/tickets/policy" });
  await other.page.getByRole("button", { name: "Agree to version 2" }).first().click();
  await other.page.getByRole("dialog").getByLabel("Why").fill("I looked at the curve too");
  await shot(other.page, "policy-agree");
  await other.page.getByRole("button", { name: "Agree and publish" }).click();
  await other.page.getByRole("status").getByText("Version 2 is in force.").waitFor();
  await other.page.getByText("Published by you, proposed by Ada; in force.").waitFor();
  const view = await call("GET", "/v1/loops/tickets");
  assert.equal(view.head, 2);
  assert.equal(view.source, source);

  // Back to full review narrows: one person is enough.
  await other.page.getByRole("radio", { name: /Full review/ }).check();
  await other.page.getByRole("button", { name: "Publish…" }).click();
  await other.page.getByRole("dialog").getByLabel("Why").fill("Stop for now");
  await other.page.getByRole("dialog").getByRole("button", { name: "Publish" }).click();
  await other.page.getByRole("status").getByText("Version 3 is in force.").waitFor();
  await other.context.close();

  // One plausible answer, and a loop without autonomy.
  await page.reload();
  await page.getByRole("radio", { name: /One plausible answer/ }).check();
  await page.getByRole("radio", { name: /^α 10/ }).waitFor();
  await page.getByRole("radio", { name: /^α 20/ }).check();
  await page.waitForFunction(() => !document.querySelector("[aria-busy=true]"));
  await shot(page, "policy-sets");
  assert.deepEqual(await axe(page), [], "axe with sets");
  await page.goto(new URL("/loops/plain/autonomy", server.url).href);
  await page.getByText("In this loop autonomy is not earned").waitFor();
  await shot(page, "autonomy-none");
  assert.deepEqual(await axe(page), [], "axe without autonomy");
  await page.getByRole("link", { name: "To the policy" }).click();
  await page.getByText("No case with a proposal has come in yet").waitFor();
  await shot(page, "policy-empty");
  assert.deepEqual(errors, []);
  assert.deepEqual(await violations(), []);
  await context.close();
});
