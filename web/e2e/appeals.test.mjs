// A decision is contested on the case page, and somebody else decides it anew in the inbox, blind.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, open, shot, signIn, startBrowser, startServer, until, write } from "./harness.mjs";

const FILE = `loop: credit
title: Small credits
input:
  text: { kind: text, title: Request }
answer:
  verdict:
    kind: choice
    options:
      - { value: grant, label: grant it }
      - { value: refuse, label: refuse it }
review:
  undo: 0s
notice:
  template: "We decided to {answer.verdict}."
appeals: { window: 30d, deadline: 5d, meanwhile: suspended }
`;

let server;
let browser;
const people = {};

async function call(method, path, body, { key = server.key, type = "application/json" } = {}) {
  const response = await fetch(new URL(path, server.url), {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": type },
    body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  assert.ok(response.status < 300, `${method} ${path}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

async function person(name) {
  const roles = [{ loop: "*", role: "reviewer" }];
  const made = await call("POST", "/v1/members", { name, email: `${name.toLowerCase()}@example.org`, roles });
  const { secret } = await call("POST", "/v1/keys", { name, member: made.id, roles });
  const state = await signIn(browser, { signin: new URL(new URL(made.signin_link).pathname, server.url).href });
  return { state, secret };
}

before(async () => {
  server = await startServer();
  await call("PUT", "/v1/loops/credit", FILE, { type: "application/yaml" });
  browser = await startBrowser();
  for (const name of ["Ada", "Ben", "Eve"]) people[name] = await person(name);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

async function decided(text) {
  const made = await call("POST", "/v1/loops/credit/cases", {
    input: { text },
    subject: "cust_991",
    proposal: { output: { verdict: "refuse" } },
  });
  await call("POST", `/v1/cases/${made.id}/judgments`, { verdict: "approve" }, { key: people.Ada.secret });
  return made.id;
}

async function sound({ page, context, errors, violations }) {
  assert.deepEqual(errors, []);
  assert.deepEqual(await violations(), []);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth), false);
  await context.close();
}

for (const colorScheme of ["light", "dark"]) {
  test(`a decision is contested and decided anew, in ${colorScheme}`, async () => {
    const words = `a credit over 900, in ${colorScheme}`;
    const id = await decided(words);
    const lodging = await open(browser, server, people.Eve.state, { path: `/cases/${id}`, colorScheme });
    const { page } = lodging;
    await page.getByText("The person affected can contest this decision").waitFor();
    assert.deepEqual(await axe(page), []);
    await page.getByRole("button", { name: "Lodge an appeal" }).click();
    const form = page.getByRole("dialog");
    await write(form.getByLabel("Why it is wrong"), "My income was read from the wrong year.");
    await write(form.getByLabel("Evidence (optional)"), "Tax note of this year: 31,000.");
    assert.equal(await form.getByLabel("Who contests the decision").inputValue(), "cust_991");
    assert.deepEqual(await axe(page), []);
    await shot(page, `appeals-lodge-${colorScheme}`);
    await form.getByRole("button", { name: "Lodge the appeal" }).click();
    await page.getByText("the decision is not in force until then").waitFor();
    await page.getByRole("button", { name: "Withdraw it" }).waitFor();
    assert.deepEqual(await axe(page), []);
    await sound(lodging);

    const deciding = await open(browser, server, people.Ben.state, { path: "/inbox/credit", colorScheme });
    const inbox = deciding.page;
    const task = inbox.getByRole("region", { name: "Appeal" });
    await task.getByText("My income was read from the wrong year.").waitFor();
    await task.getByText("Tax note of this year: 31,000.").waitFor();
    await task.getByText("Blind", { exact: true }).waitFor();
    await inbox.getByText(words).first().waitFor();
    assert.equal(await inbox.getByRole("button", { name: /Approve/ }).count(), 0);
    assert.deepEqual(await axe(inbox), []);
    await shot(inbox, `appeals-inbox-${colorScheme}`);
    await inbox.keyboard.press("1");
    await task.waitFor({ state: "detached" });
    const decision = await until("the ruling", async () => {
      const seen = await call("GET", `/v1/cases/${id}?wait=10s`);
      return seen.decision?.ruling && seen.decision;
    });
    assert.equal(decision.output.verdict, "grant");
    assert.equal(decision.ruling.outcome, "overturned");
    await inbox.goto(new URL(`/cases/${id}`, server.url).href);
    await inbox.getByText("decision overturned").first().waitFor();
    assert.deepEqual(await axe(inbox), []);
    await sound(deciding);
  });
}
