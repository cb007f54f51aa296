// The four invitations to break it, with the real server behind them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, shot, signIn, startBrowser, startDemo } from "./harness.mjs";

let demo;
let browser;
let state;

before(async () => {
  demo = await startDemo();
  browser = await startBrowser();
  state = await signIn(browser, demo);
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

test("forge, plug and fool do what they say", async () => {
  const inbox = await open(browser, demo, state, { path: "/inbox/digits" });
  await inbox.page.locator("article canvas").waitFor();
  const label = await inbox.page.locator("article").getAttribute("aria-label");

  const { page, context, errors } = await open(browser, demo, state, { path: "/loops/digits/live" });
  await page.getByRole("button", { name: "Forge one" }).click();
  await page.getByText("The verifier found it:").waitFor();
  await shot(page, "forged");

  await page.getByRole("button", { name: "Kill the server" }).click();
  await page.getByText(/Back after/).waitFor();
  await inbox.page.reload();
  await inbox.page.locator("article canvas").waitFor();
  assert.equal(await inbox.page.locator("article").getAttribute("aria-label"), label, "the claim is still there");

  await page.getByRole("button", { name: /Plant 10/ }).click();
  await page.getByText(/10 wrong proposals wait|You saw/).waitFor();
  await shot(page, "fooled");
  assert.deepEqual(errors, []);
  await context.close();
  await inbox.context.close();
});

test("autonomy is earned, and falls by itself when the world turns", async () => {
  const { page, context, errors } = await open(browser, demo, state, { path: "/loops/digits/live" });
  await page.getByRole("button", { name: "Turn the digits" }).click();
  // Simulated reviewers judge until it does.
  await page.getByText("Autonomy fell by itself.").waitFor({ timeout: 600_000 });
  await page.getByText(/Earned with \d[\d,]* reviews?/).waitFor();
  await shot(page, "shifted");
  await page.getByRole("link", { name: "This case" }).click();
  await page.waitForURL(/\/cases\/case_/);
  await page.goBack();
  await page.goto(new URL("/loops/digits-earned/autonomy", demo.url).href);
  await page.getByText("lost", { exact: false }).first().waitFor();
  await shot(page, "shifted-autonomy");
  assert.deepEqual(errors, []);
  await context.close();
});

test("the ledger verifies from its page", async () => {
  const { page, context } = await open(browser, demo, state, { path: "/ledger" });
  await page.getByRole("button", { name: "Verify now" }).click();
  await page.getByText(/verified in/).waitFor();
  await shot(page, "verified");
  await context.close();
});
