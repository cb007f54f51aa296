// Whoever owns a queue sees what waits, pauses it, moves cases by keys and by mouse, and lets somebody else lift a halt.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, press, shot } from "./harness.mjs";
import { nth, startWorld } from "./tickets.mjs";

const LOOP = `loop: tickets
title: Route tickets
input: { text: { kind: text, title: Message } }
answer: { intent: { kind: choice, options: [card_arrival, lost_card, other] } }
queues: { vip: { title: Important } }
alerts: [{ on: oldest_wait, above: 1s, queue: vip }]
review: { undo: 0s, deadline: 4h }
`;

let world;
let ada;
let bob;

before(async () => {
  world = await startWorld();
  await world.call("PUT", "/v1/loops/tickets", LOOP, "application/yaml");
  ada = await world.person("Ada");
  bob = await world.person("Bob");
  const cases = Array.from({ length: 24 }, (_, n) => ({ ...nth(n), key: `ticket-${n}` }));
  await world.submit("tickets", cases);
});

after(() => world?.stop());

const queue = async (name) => {
  const { items } = await world.call("GET", "/v1/queues");
  return items.find((known) => known.queue === name);
};

test("a queue is paused, cases are moved, and a second person resumes", { timeout: 600_000 }, async () => {
  const looks = [
    ["light", 1280],
    ["dark", 1280],
    ["light", 320],
    ["dark", 320],
  ];
  const { page, errors, violations, context } = await world.visit(ada, "/loops");
  await press(page, ["g", "q"], page.getByRole("heading", { name: "Queues", level: 1 }));
  await page.getByRole("link", { name: "default" }).waitFor();
  await page.getByRole("button", { name: "Pause default of tickets" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("The clock stops as well").check();
  await dialog.getByLabel("Why").fill("Training until noon");
  assert.deepEqual(await axe(page), [], "axe with the dialog");
  await shot(page, "queues-pause");
  await dialog.getByRole("button", { name: "Pause" }).click();
  await page.getByText("paused, clock stopped").waitFor();
  assert.equal((await queue("default")).paused.clock, "stops");

  // Three rows by keys: X selects one, Shift+X up to there. The loop's other queues are known later than the cases.
  await page.route("**/v1/loops/tickets", async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await route.continue().catch(() => null);
  });
  await page.reload();
  await page.getByRole("heading", { name: "Queues", level: 1 }).waitFor();
  await page.getByRole("link", { name: "default" }).click();
  await page.getByText("This queue is paused").waitFor();
  await page.getByRole("link", { name: "ticket-23" }).waitFor();
  for (const key of ["j", "x", "j", "j", "Shift+X"]) await page.keyboard.press(key);
  await page.getByText("3 cases selected").waitFor();
  await shot(page, "queue-selected");
  await page.getByRole("button", { name: "Move…" }).click();
  await page.getByText("Of 3 cases, 3 cases will be changed.").waitFor();
  await page.getByRole("dialog").getByLabel("Why").fill("They are important");
  assert.deepEqual(await axe(page), [], "axe with the preview");
  await shot(page, "queue-move");
  await page.getByRole("button", { name: "Change 3 cases" }).click();
  await page.getByRole("status").getByText("3 cases changed.").waitFor();
  assert.deepEqual([(await queue("vip")).waiting, (await queue("default")).waiting], [3, 21]);
  // All of the queue, when none is selected.
  await page.getByRole("button", { name: "Priority…" }).click();
  await page.getByText("21 cases will be changed.").waitFor();
  await page.getByRole("dialog").getByLabel("Why").fill("They wait for long");
  await page.getByRole("button", { name: "Change 21 cases" }).click();
  await page.getByRole("status").getByText("21 cases changed.").waitFor();
  // The alert is looked at every ten seconds.
  await page.getByRole("link", { name: "All queues" }).click();
  await page.getByText("stands").waitFor();
  assert.deepEqual([...errors, ...(await violations())], []);

  // Ada halts everything: she is told that somebody else resumes, and Bob does.
  await page.evaluate(async () => {
    const { csrf } = await (await fetch("/v1/session")).json();
    const headers = { "content-type": "application/json", "x-csrf-token": csrf };
    const body = JSON.stringify({ reason: "Wrong refunds" });
    const response = await fetch("/v1/halt", { method: "POST", headers, body });
    if (!response.ok) throw new Error(await response.text());
  });
  await page.reload();
  await page.getByText("A second person lifts it, not you.").waitFor();
  assert.equal(await page.getByRole("button", { name: "Resume…" }).count(), 0, "not by who halted");
  await world.sound(ada, "/queues", "text=stands", "queues", looks);
  await world.sound(ada, "/queues/tickets/default", "a[data-waiting-row]", "queue", looks);
  const other = await world.visit(bob, "/queues");
  await other.page.getByText("By Ada").waitFor();
  await other.page.getByRole("button", { name: "Resume…" }).click();
  await other.page.getByRole("dialog").getByLabel("Why").fill("The tool is mended");
  await other.page.getByRole("dialog").getByRole("button", { name: "Resume" }).click();
  await other.page.getByText("Everything is halted").waitFor({ state: "detached" });
  await other.context.close();
  await context.close();
});
