// A form is filled in the inbox, and a new case wakes an empty one.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, live, open, shot, signIn, startBrowser, startServer, until } from "./harness.mjs";

const FILE = `loop: forms
title: Check extracted orders
input:
  letter: { kind: text, title: Letter }
  lines: { kind: table, title: Lines }
answer:
  order:
    kind: form
    title: Order
    schema:
      type: object
      additionalProperties: false
      required: [number, amount]
      properties:
        number: { type: string, minLength: 3, title: Order number }
        amount: { type: number, minimum: 0, title: Amount }
review:
  undo: 0s
`;

let server;
let browser;
let state;

async function call(method, path, body, type = "application/json") {
  const response = await fetch(new URL(path, server.url), {
    method,
    headers: { authorization: `Bearer ${server.key}`, "content-type": type },
    body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}

before(async () => {
  server = await startServer();
  await call("PUT", "/v1/loops/forms", FILE, "application/yaml");
  browser = await startBrowser();
  const roles = ["orchestrator", "reviewer"].map((role) => ({ loop: "*", role }));
  const { signin_link } = await call("POST", "/v1/members", { name: "Ada", email: "ada@example.org", roles });
  state = await signIn(browser, { signin: new URL(new URL(signin_link).pathname, server.url).href });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test("a case comes into an empty inbox by itself, and its form is filled and sent", async () => {
  const { page, context, errors, violations } = await open(browser, server, state, { path: "/inbox/forms" });
  await page.getByText("Nothing waits for you").waitFor();
  await live(page);
  assert.equal(await page.locator("article").count(), 0);
  const input = { letter: "Please send me order A-77 again.", lines: [{ what: "window", cost: 120 }] };
  const made = await call("POST", "/v1/loops/forms/cases", { input });
  // Nobody reloads: the commit wakes the page.
  await page.locator("article").waitFor();
  await page.getByText("Please send me order A-77 again.").waitFor();
  await page.getByLabel("Order number").fill("A-77");
  await page.getByLabel("Amount").fill("120");
  await shot(page, "form-filled");
  assert.deepEqual(await axe(page), []);
  await page.keyboard.press("ControlOrMeta+Enter");
  await page.locator("article").waitFor({ state: "detached" });
  const { output } = await until("the decision", async () => {
    const decided = await call("GET", `/v1/cases/${made.id}?wait=10s`);
    return decided.decision;
  });
  assert.deepEqual(output, { order: { number: "A-77", amount: 120 } });
  assert.deepEqual(errors, []);
  assert.deepEqual(await violations(), []);
  await context.close();
});
