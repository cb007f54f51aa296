// A call of a tool is shown whole, edited, and approved by another person; exactly that is granted.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, open, shot, signIn, startBrowser, startServer, until, write } from "./harness.mjs";

const FILE = `loop: refunds
title: Refunds
input:
  customer: { kind: text, title: Customer }
answer:
  refund:
    kind: action
    tools:
      refund:
        title: Refund an order
        risk: high
        target: production
        schema:
          type: object
          additionalProperties: false
          required: [order, amount]
          properties:
            order: { type: string, title: Order }
            amount: { type: number, minimum: 0, title: Amount }
review:
  approvals: { of: reviewer, count: 1 }
`;

let server;
let browser;
const people = {};

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
  await call("PUT", "/v1/loops/refunds", FILE, "application/yaml");
  browser = await startBrowser();
  for (const name of ["Ada", "Grace"]) {
    const roles = [{ loop: "*", role: "reviewer" }];
    const email = `${name.toLowerCase()}@example.org`;
    const { signin_link } = await call("POST", "/v1/members", { name, email, roles });
    people[name] = await signIn(browser, { signin: new URL(new URL(signin_link).pathname, server.url).href });
  }
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test("one edits, another approves, and the grant holds the edited bytes", async () => {
  const refund = { tool: "refund", arguments: { order: "A-17", amount: 240 } };
  const made = await call("POST", "/v1/loops/refunds/cases", {
    input: { customer: "Customer c-1, who was charged twice" },
    proposal: { output: { refund } },
  });
  const ada = await open(browser, server, people.Ada, { path: "/inbox/refunds", colorScheme: "light" });
  await ada.page.getByText('{"amount":240,"order":"A-17"}').waitFor();
  await ada.page.getByText("cannot be taken back").waitFor();
  await shot(ada.page, "gate-light");
  assert.deepEqual(await axe(ada.page), []);
  await ada.page.keyboard.press("r");
  await ada.page.getByLabel("Note to the agent").waitFor();
  await shot(ada.page, "gate-changes");
  await ada.page.keyboard.press("Escape");
  await ada.page.keyboard.press("e");
  await write(ada.page.getByLabel("Amount"), "120");
  await ada.page.getByRole("list", { name: "Changes to the proposal" }).waitFor();
  await shot(ada.page, "gate-edited");
  await ada.page.keyboard.press("ControlOrMeta+Enter");
  await ada.page.locator("article").waitFor({ state: "detached" });

  const grace = await open(browser, server, people.Grace, { path: "/inbox/refunds", colorScheme: "dark" });
  await grace.page.getByText('{"amount":120,"order":"A-17"}').waitFor();
  await shot(grace.page, "gate-dark");
  assert.deepEqual(await axe(grace.page), []);
  await grace.page.keyboard.press("Escape");
  await grace.page.keyboard.press("a");
  await grace.page.locator("article").waitFor({ state: "detached" });
  const { digest } = await until("the decision", async () => {
    const decided = await call("GET", `/v1/cases/${made.id}?wait=10s`);
    return decided.decision;
  });
  const consume = () => call("POST", `/v1/cases/${made.id}/consume`, { digest, consumer: "e2e" }).catch(() => null);
  const grant = await until("the grant", consume);
  assert.deepEqual(grant.arguments, { order: "A-17", amount: 120 });
  assert.ok(grant.note.startsWith("tandem-grant/v1\n"));
  for (const { errors, violations, context } of [ada, grace]) {
    assert.deepEqual(errors, []);
    assert.deepEqual(await violations(), []);
    await context.close();
  }
});
