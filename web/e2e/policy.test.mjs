// The policy is tried on recorded cases, changed and published by two persons.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, press, shot } from "./harness.mjs";
import { judge, nth, startWorld, ticketsFile } from "./tickets.mjs";

const LOOP = ticketsFile("tickets", "confidence: { auto_at: 0.9, audit_rate: 0.5 } # since May");

let world;
let ada;
let bob;

before(async () => {
  world = await startWorld();
  await world.call("PUT", "/v1/loops/tickets", LOOP, "application/yaml");
  ada = await world.person("Ada");
  bob = await world.person("Bob");
  const cases = Array.from({ length: 160 }, (_, n) => nth(n));
  const done = await world.submit("tickets", cases);
  const { page, context } = await world.visit(ada, "/loops");
  // The less sure, the more often wrong.
  const known = done.flatMap(({ id, route }, n) => {
    const sure = cases[n].proposal.confidence;
    return route.to === "review"
      ? [{ id, intent: n % Math.round(1 + sure * 12) === 0 ? "other" : "card_arrival" }]
      : [];
  });
  await judge(page, known);
  await context.close();
});

after(() => world?.stop());

test("the policy is tried, changed and published by two persons", { timeout: 600_000 }, async () => {
  await world.sound(ada, "/loops/tickets/policy", "section[aria-label='By proposed class'] table", "policy", [
    ["light", 1280],
    ["dark", 1280],
    ["light", 320],
    ["dark", 320],
  ]);
  const { page, context, errors, violations } = await world.visit(ada, "/loops/tickets/live");
  await page.getByRole("region", { name: "Waiting for people" }).waitFor();
  const slider = page.getByRole("slider", { name: "Threshold" });
  await press(page, ["g", "p"], slider);
  const before = await slider.getAttribute("aria-valuetext");
  await slider.focus();
  for (let n = 0; n < 4; n += 1) await page.keyboard.press("ArrowRight");
  assert.notEqual(await slider.getAttribute("aria-valuetext"), before);
  await page.getByText("What changes").waitFor();
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

  // What cannot be tried is not published: nobody knows what it widens.
  await page.route("**/dry-run", (route) => route.fulfill({ status: 500, json: { detail: "out of order" } }));
  await page.getByRole("textbox", { name: "Loop file" }).fill(`${source}# One more.\n`);
  await page.getByText("The cases could not be routed again").waitFor();
  assert.equal(await page.getByRole("button", { name: "Publish…" }).isDisabled(), true);
  await page.unroute("**/dry-run");
  await page.getByRole("textbox", { name: "Loop file" }).fill(source);

  await page.getByRole("button", { name: "Propose…" }).click();
  const dialog = page.getByRole("dialog", { name: "Publish" });
  await dialog.getByText("It widens what the machine may do").waitFor();
  assert.deepEqual(await axe(page), [], "axe with the dialog");
  await shot(page, "policy-propose");
  await dialog.getByLabel("Why").fill("Reviews take too long");
  await dialog.getByRole("button", { name: "Propose" }).click();
  await page.getByText("waits for a second person").first().waitFor();
  await page.getByText("waits for another person").first().waitFor();
  await shot(page, "policy-proposed");

  const other = await world.visit(bob, "/loops/tickets/policy");
  await other.page.getByRole("button", { name: "Agree to version 2" }).first().click();
  await other.page.getByRole("dialog").getByLabel("Why").fill("I looked at the curve too");
  await shot(other.page, "policy-agree");
  await other.page.getByRole("button", { name: "Agree and publish" }).click();
  await other.page.getByRole("status").getByText("Version 2 is in force.").waitFor();
  await other.page.getByText("Published by you, proposed by Ada; in force.").waitFor();
  const view = await world.call("GET", "/v1/loops/tickets");
  assert.equal(view.head, 2);
  assert.equal(view.source, source);

  // Back to full review narrows: one person is enough.
  await other.page.getByRole("radio", { name: /Full review/ }).check();
  await other.page.getByRole("button", { name: "Publish…" }).click();
  await other.page.getByRole("dialog").getByLabel("Why").fill("Stop for now");
  await other.page.getByRole("dialog").getByRole("button", { name: "Publish" }).click();
  await other.page.getByRole("status").getByText("Version 3 is in force.").waitFor();
  await other.context.close();

  // The other ways for cases to pass.
  await page.reload();
  await page.getByRole("radio", { name: /One plausible answer/ }).check();
  await page.getByRole("radio", { name: /^α 20/ }).check();
  await page.waitForFunction(() => !document.querySelector("[aria-busy=true]"));
  await shot(page, "policy-sets");
  assert.deepEqual(await axe(page), [], "axe with sets");
  await page.getByRole("radio", { name: /Autonomy it earns/ }).check();
  await page.getByLabel("Error allowed").fill("15");
  await page.getByText("cases pass once an error of at most 15").waitFor();
  await shot(page, "policy-earned");
  assert.deepEqual(await axe(page), [], "axe with autonomy");
  assert.deepEqual(errors, []);
  assert.deepEqual(await violations(), []);
  await context.close();
});
