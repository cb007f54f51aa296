// The bell and the settings of notifications: by keyboard, at 390 px, and clean to axe.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, live, open, shot, signIn, startBrowser, startServer, tabTo, until } from "./harness.mjs";

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
        schema:
          type: object
          required: [order, amount]
          properties: { order: { type: string }, amount: { type: number } }
`;

let server;
let browser;
let ada;

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

const submit = () =>
  call("POST", "/v1/loops/refunds/cases", {
    input: { customer: "Customer c-1" },
    proposal: { output: { refund: { tool: "refund", arguments: { order: "A-17", amount: 240 } } } },
  });

before(async () => {
  server = await startServer();
  await call("PUT", "/v1/loops/refunds", FILE, "application/yaml");
  browser = await startBrowser();
  const roles = [{ loop: "*", role: "reviewer" }];
  const { signin_link } = await call("POST", "/v1/members", { name: "Ada", email: "ada@example.org", roles });
  ada = await signIn(browser, { signin: new URL(new URL(signin_link).pathname, server.url).href });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test("the bell counts what is new as it comes, and is worked by keyboard", async () => {
  const { page, context, errors, violations } = await open(browser, server, ada, { path: "/settings/theme" });
  await page.getByRole("button", { name: "Notifications", exact: true }).waitFor();
  await live(page);
  const made = await submit();
  const bell = page.getByRole("button", { name: "Notifications, 1 unread" });
  await bell.waitFor();
  await bell.focus();
  await page.keyboard.press("Enter");
  const line = page.getByRole("link", { name: /Approval wanted: Refund an order/ });
  await line.waitFor();
  await shot(page, "notifications-bell");
  assert.deepEqual(await axe(page), []);
  await page.keyboard.press("Escape");
  await line.waitFor({ state: "hidden" });
  await until("the focus back on the bell", () => bell.evaluate((node) => node === document.activeElement));
  await page.keyboard.press("Enter");
  await page.locator("[role=dialog] :focus").waitFor();
  await tabTo(page, line);
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/cases/${made.id}`);
  await page.getByRole("button", { name: "Notifications", exact: true }).waitFor();
  assert.deepEqual(errors, []);
  assert.deepEqual(await violations(), []);
  await context.close();
});

test("the matrix is kept, and fits 390 px", async () => {
  const { page, context, errors, violations } = await open(browser, server, ada, {
    path: "/settings/notifications",
    viewport: { width: 390, height: 800 },
  });
  const box = page.getByLabel("My judgment was overruled: E-mail");
  await box.waitFor();
  assert.equal(await box.isChecked(), false);
  await box.check();
  await page.getByLabel("Quiet from").fill("21:30");
  await page.getByLabel("Time zone").fill("Europe/Nowhere");
  await page.getByRole("button", { name: "Keep" }).click();
  await page.getByText("no time zone of the IANA database").waitFor();
  await page.getByLabel("Time zone").fill("Europe/Berlin");
  await page.getByRole("button", { name: "Keep" }).click();
  await page.getByRole("status").getByText("Your choice is kept.").waitFor();
  await page.getByText("In the app").waitFor();
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= 390, `the page is ${width} px wide`);
  assert.deepEqual(await axe(page), []);
  await shot(page, "notifications-settings-390");
  await page.reload();
  assert.equal(await page.getByLabel("My judgment was overruled: E-mail").isChecked(), true);
  assert.equal(await page.getByLabel("Quiet from").inputValue(), "21:30");
  assert.deepEqual(errors, []);
  assert.deepEqual(await violations(), []);
  await context.close();
});

test("a link that is used up leads nowhere, and says so", async () => {
  const { page, context } = await open(browser, server, ada, { path: "/open#not-a-link" });
  await page.getByText("The link leads nowhere any more").waitFor();
  assert.deepEqual(await axe(page), []);
  await context.close();
});
