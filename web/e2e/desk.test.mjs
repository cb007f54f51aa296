// The desk: what gives way when too much waits, absences that a delegate accepts, persons, sign-offs over many calls, vetoes, and the halt.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, press, shot } from "./harness.mjs";
import { nth, startWorld } from "./tickets.mjs";

const TICKETS = `loop: tickets
title: Route tickets
input: { text: { kind: text, title: Message } }
answer: { intent: { kind: choice, options: [card_arrival, lost_card, other] } }
review:
  undo: 0s
  capacity: { wait: 1h, look: 60s, queues: { default: { looks: 240 } } }
  overload: [second_looks, audits]
`;

const WATCHED = `loop: watched
title: Watched
mode: on_the_loop
coverage: selective
input: { text: { kind: text, title: Message } }
answer: { intent: { kind: choice, options: [card_arrival, lost_card, other] } }
policy: { confidence: { auto_at: 0.9, audit_rate: 0.0 } }
review: { undo: 0s, veto: 10m }
`;

const REFUNDS = `loop: refunds
title: Refunds
input: { customer: { kind: text, title: Customer } }
answer:
  refund:
    kind: action
    tools:
      refund:
        title: Refund an order
        risk: low
        schema:
          type: object
          required: [order, amount]
          properties: { order: { type: string }, amount: { type: number } }
review: { approvals: { of: reviewer, count: 1 } }
`;

const LOOKS = [
  ["light", 1280],
  ["dark", 320],
];

let world;
let ada;
let bob;

before(async () => {
  world = await startWorld();
  for (const [name, file] of Object.entries({ tickets: TICKETS, watched: WATCHED, refunds: REFUNDS }))
    await world.call("PUT", `/v1/loops/${name}`, file, "application/yaml");
  ada = await world.person("Ada");
  bob = await world.person("Bob");
});

after(() => world?.stop());

test("an overloaded queue says so, and a person's seats are freed by name", { timeout: 600_000 }, async () => {
  await world.submit(
    "tickets",
    Array.from({ length: 14 }, (_, n) => ({ ...nth(n), key: `ticket-${n}` })),
  );
  const { page, errors, violations, context } = await world.visit(ada, "/inbox/tickets");
  await page.locator("article").first().waitFor();
  await page.goto(world.url("/queues"));
  await page.getByText("overloaded").waitFor();
  await page.getByRole("button", { name: "Free the seats of Ada in tickets" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Why").fill("Ada went home");
  assert.deepEqual(await axe(page), [], "axe with the dialog");
  await dialog.getByRole("button", { name: "Free the seats" }).click();
  await page.getByText("Nobody holds a seat").waitFor();
  const { queues } = await world.call("GET", "/v1/loops/tickets/stats");
  assert.deepEqual(queues[0].capacity.gives_way.length > 0, true);
  assert.deepEqual([...errors, ...(await violations())], []);
  await context.close();
  await world.sound(ada, "/queues", "text=overloaded", "desk-queues", LOOKS);
  await world.sound(ada, "/queues/tickets/default", "text=More waits here", "desk-queue", LOOKS);
});

test("nobody stands in before they said yes", { timeout: 600_000 }, async () => {
  const first = await world.visit(ada, "/settings/absence");
  await first.page.getByLabel("Away until").fill("2099-01-01T08:00");
  await first.page.getByLabel("Who is asked to stand in").selectOption({ label: "Bob" });
  await first.page.getByRole("button", { name: "Ask them" }).click();
  await first.page.getByText("asked, not in force").waitFor();
  assert.deepEqual(await axe(first.page), []);
  const second = await world.visit(bob, "/settings/absence");
  await second.page.getByText("Ada asks you to stand in").waitFor();
  assert.deepEqual(await axe(second.page), []);
  await shot(second.page, "absence");
  await second.page.getByRole("button", { name: "Stand in" }).click();
  await second.page.getByText("You stand in for Ada").first().waitFor();
  const { items } = await world.call("GET", "/v1/absences");
  assert.notEqual(items[0].accepted_at, null);
  await first.page.getByRole("button", { name: "I am back" }).click();
  await first.page.getByText("Your absence").waitFor();
  assert.deepEqual([...first.errors, ...second.errors], []);
  await first.context.close();
  await second.context.close();
});

test("two admins say who is who", { timeout: 600_000 }, async () => {
  const { items } = await world.call("GET", "/v1/members");
  const admin = items.find((member) => member.name === "Bob");
  await world.call("PATCH", `/v1/members/${admin.id}`, { roles: [{ loop: "*", role: "admin" }] });
  for (const name of ["Cy", "Di"])
    await world.call("POST", "/v1/members", {
      name,
      email: `${name}@example.org`,
      roles: [{ loop: "*", role: "reviewer" }],
    });
  const { page, errors, context } = await world.visit(bob, "/settings/persons");
  await page.getByLabel("Account", { exact: true }).selectOption({ label: "Cy (cy@example.org)" });
  await page.getByLabel("Other account").selectOption({ label: "Di (di@example.org)" });
  await page.getByLabel("Why").fill("one human");
  await page.getByRole("button", { name: "Ask another admin" }).click();
  await page.getByText("Cy and Di are one person").waitFor();
  await page.getByText("Another admin confirms it").waitFor();
  assert.deepEqual(await axe(page), []);
  await shot(page, "persons");
  assert.deepEqual(errors, []);
  await context.close();
});

test("many calls are signed at once, by the digests that are listed", { timeout: 600_000 }, async () => {
  const wanted = (n) => ({
    key: `refund-${n}`,
    input: { customer: `c-${n}` },
    proposal: { output: { refund: { tool: "refund", arguments: { order: `A-${n}`, amount: n } } } },
  });
  await world.submit("refunds", [5, 7, 400].map(wanted));
  const { page, errors, violations, context } = await world.visit(ada, "/loops/refunds/batch");
  await page.getByText("amount adds up to 412").waitFor();
  await page.getByLabel("Sign refund-400").uncheck();
  await page.getByText("amount adds up to 12").waitFor();
  await page.getByLabel("Most that amount may add up to").fill("10");
  await page.getByRole("button", { name: "Approve 2 calls" }).click();
  await page.getByText("nothing was approved").waitFor();
  await page.getByLabel("Most that amount may add up to").fill("20");
  await page.getByRole("button", { name: "Approve 2 calls" }).click();
  await page.getByText("2 calls approved").waitFor();
  assert.deepEqual(await axe(page), []);
  await shot(page, "batch");
  const { items } = await world.call("GET", "/v1/loops/refunds/batches");
  assert.deepEqual([items[0].approved.length, items[0].sum], [2, 12]);
  assert.deepEqual([...errors, ...(await violations())], []);
  await context.close();
  await world.sound(ada, "/loops/refunds/batch", "text=Signed before", "desk-batch", LOOKS);
});

test("who watches vetoes what is held, and halts from any page", { timeout: 600_000 }, async () => {
  await world.submit("watched", [{ ...nth(1, 0.95), key: "held-1" }]);
  const { page, errors, violations, context } = await world.visit(ada, "/loops/watched/live");
  await page.getByRole("link", { name: "held-1" }).waitFor();
  // The server notes within two seconds that somebody watches: the clock runs.
  await page.getByText(/^\d:\d\d$/).waitFor();
  assert.deepEqual(await axe(page), []);
  await shot(page, "held");
  await page.keyboard.press("v");
  await page.getByRole("dialog").getByLabel("Why").fill("Not this one");
  await page.getByRole("dialog").getByRole("button", { name: "Veto" }).click();
  await page.getByRole("link", { name: "held-1" }).waitFor({ state: "detached" });
  const { items } = await world.call("GET", "/v1/loops/watched/cases");
  assert.equal(items[0].status, "queued");
  const dialog = page.getByRole("dialog");
  // The event may come before the answer to the veto, for which its dialog waits.
  await dialog.waitFor({ state: "detached" });
  await press(page, ["g", "h"], dialog);
  await dialog.getByLabel("Why").fill("Smoke");
  await dialog.getByLabel("What is halted").selectOption("watched");
  assert.deepEqual(await axe(page), [], "axe with the halt");
  await dialog.getByRole("button", { name: "Halt" }).click();
  await dialog.waitFor({ state: "detached" });
  const halts = await world.call("GET", "/v1/halt");
  assert.equal(
    halts.items.some((halt) => halt.halted),
    true,
  );
  assert.deepEqual([...errors, ...(await violations())], []);
  await context.close();
});
