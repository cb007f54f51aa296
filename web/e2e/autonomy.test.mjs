// Autonomy is earned by judgments, signed for, lent beforehand by two persons, and lost by itself.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, shot, write } from "./harness.mjs";
import { judge, nth, startWorld, ticketsFile } from "./tickets.mjs";

const LOOKS = [
  ["light", 1280],
  ["dark", 320],
];

let world;
let ada;
let bob;

const stats = () => world.call("GET", "/v1/loops/tickets/stats/autonomy");

before(async () => {
  world = await startWorld();
  const file = ticketsFile(
    "tickets",
    "autonomy: { target_error: 0.2, certainty: 0.9, audit_rate: 1.0, second_looks: 0.1 }",
  );
  await world.call("PUT", "/v1/loops/tickets", file, "application/yaml");
  const plain = ticketsFile("plain", "confidence: { auto_at: 0.9, audit_rate: 0.1 }");
  await world.call("PUT", "/v1/loops/plain", plain, "application/yaml");
  ada = await world.person("Ada");
  bob = await world.person("Bob");
});

after(() => world?.stop());

test("autonomy is earned, signed for, lent beforehand and lost", { timeout: 600_000 }, async () => {
  const { page, context, errors, violations } = await world.visit(ada, "/loops/tickets/autonomy");
  await page.getByText("No evidence yet").waitFor();
  await world.submit(
    "tickets",
    Array.from({ length: 120 }, (_, n) => nth(n)),
  );
  await page.getByText("120 of 200 scores").waitFor();
  await shot(page, "autonomy-warm-up");
  await world.submit(
    "tickets",
    Array.from({ length: 80 }, (_, n) => nth(120 + n)),
  );

  // People look at everything until a threshold has earned to act.
  for (let n = 200; !(await stats()).groups[0].proposal; n += 40) {
    assert.ok(n < 900, `nothing was proposed: ${JSON.stringify((await stats()).groups[0])}`);
    const cases = Array.from({ length: 40 }, (_, k) => nth(n + k));
    const done = await world.submit("tickets", cases);
    await judge(
      page,
      done.map(({ id }, k) => ({
        id,
        intent: cases[k].proposal.confidence < 0.7 && k % 12 === 0 ? "other" : "card_arrival",
      })),
    );
    if (n === 200) {
      // Nobody reloaded the page: events did.
      await page.getByRole("region", { name: "Steps" }).waitFor();
      await page.getByText("How often reviewers miss an error is not known yet").waitFor();
      await shot(page, "autonomy-earning");
    }
  }
  await page.getByRole("region", { name: "Waits for a signature" }).waitFor();
  await world.sound(
    ada,
    "/loops/tickets/autonomy",
    "section[aria-label='Waits for a signature']",
    "autonomy-proposed",
    LOOKS,
  );
  for (const claim of ["Certificate", "Realised bound", "Current error"])
    await page.getByRole("region", { name: claim }).waitFor();

  await page.getByRole("button", { name: "Sign…" }).click();
  const dialog = page.getByRole("dialog", { name: "Sign for autonomy" });
  await dialog.getByText("From the signature on").waitFor();
  assert.deepEqual(await axe(page), [], "axe with the dialog");
  await shot(page, "autonomy-sign");
  await dialog.getByLabel("Why").fill("The judgments of this week");
  await page.keyboard.press("Tab");
  await dialog.getByRole("button", { name: "Sign" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByText("Raised to", { exact: false }).first().waitFor();
  await page.getByText("by Ada").first().waitFor();
  assert.equal((await stats()).groups[0].certificate.acting !== null, true);

  // One person is enough to take some of it back, to a stricter threshold that was certified too.
  const acted = (await stats()).groups[0].certificate.acting;
  await page.getByRole("button", { name: "Take back…" }).click();
  const back = page.getByRole("dialog", { name: "Take autonomy back" });
  await back.getByLabel("Down to").selectOption({ index: 1 });
  await back.getByLabel("Why").fill("A little less for now");
  await back.getByRole("button", { name: "Take back" }).click();
  await back.waitFor({ state: "detached" });
  await page.getByText("A little less for now").first().waitFor();
  const lowered = (await stats()).groups[0].certificate.acting;
  assert.ok(lowered > acted && lowered < 0.985, `${acted} to ${lowered}`);

  // A standing order takes two.
  await page.getByRole("button", { name: "Ask for one…" }).click();
  await write(page.getByLabel("Up to this share of the cases, in %"), "60");
  await page.getByLabel("Why").fill("A quiet season");
  await page.getByRole("button", { name: "Ask for it" }).click();
  await page.getByText("nobody yet; it takes another person").waitFor();
  const other = await world.visit(bob, "/loops/tickets/autonomy");
  await other.page.getByRole("button", { name: "Agree…" }).click();
  await other.page.getByLabel("Why").fill("I agree");
  await other.page.getByRole("button", { name: "Agree", exact: true }).click();
  const order = other.page.getByRole("region", { name: "Standing order" });
  await order.getByText("in force", { exact: true }).waitFor();
  await other.context.close();

  // The line of the live page, and the way from it.
  await page.goto(world.url("/loops/tickets/live"));
  await page.getByRole("link", { name: "The evidence" }).click();
  await page.getByRole("region", { name: "Certificate" }).waitFor();

  // Right at first, which the realised bound shows; then what passes is wrong.
  const right = await world.submit(
    "tickets",
    Array.from({ length: 40 }, (_, n) => nth(2000 + n, 0.985)),
  );
  await judge(
    page,
    right.map(({ id }) => ({ id, intent: "card_arrival" })),
  );
  await page.reload();
  await page.getByRole("region", { name: "Realised bound" }).getByText("Estimate").waitFor();
  await world.sound(ada, "/loops/tickets/autonomy", "section[aria-label='Steps'] svg rect", "autonomy-acting", LOOKS);
  for (let n = 3000; (await stats()).groups[0].standing !== "demoted"; n += 10) {
    assert.ok(n < 3400, `nothing was lost: ${JSON.stringify((await stats()).groups[0])}`);
    const wrong = await world.submit(
      "tickets",
      Array.from({ length: 10 }, (_, k) => nth(n + k, 0.985)),
    );
    await judge(
      page,
      wrong.map(({ id }) => ({ id, intent: "lost_card" })),
    );
  }
  await page.getByText("Autonomy was lost", { exact: true }).waitFor();
  await page.getByText("The standing order ended, because autonomy was lost").waitFor();
  await world.sound(ada, "/loops/tickets/autonomy", "section[aria-label='Gathering scores']", "autonomy-lost", LOOKS);
  await page.getByText("The case that broke it").getByRole("link").click();
  await page.waitForURL(/\/cases\/case_/);
  assert.deepEqual(errors, []);
  assert.deepEqual(await violations(), []);
  await context.close();
});

test("a loop without earned autonomy says how to get it", { timeout: 600_000 }, async () => {
  const { page, context, errors, violations } = await world.visit(ada, "/loops/plain/autonomy");
  await page.getByText("In this loop autonomy is not earned").waitFor();
  await shot(page, "autonomy-none");
  assert.deepEqual(await axe(page), []);
  await page.getByRole("link", { name: "To the policy" }).click();
  await page.getByText("No case with a proposal has come in yet").waitFor();
  await shot(page, "policy-empty");
  assert.deepEqual(await axe(page), []);
  assert.deepEqual(errors, []);
  assert.deepEqual(await violations(), []);
  await context.close();
});
