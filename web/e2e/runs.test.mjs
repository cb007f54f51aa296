// Agents at work over HTTP, and a person who watches and orders them by keyboard.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, live, press, shot, write } from "./harness.mjs";
import { startWorld, ticketsFile } from "./tickets.mjs";

const LOOKS = [
  ["light", 1280],
  ["light", 390],
  ["dark", 1280],
  ["dark", 390],
  ["light", 320],
];

let world;
let ada;
let bob;
let secret;

before(async () => {
  world = await startWorld();
  const file = ticketsFile("tickets", "confidence: { auto_at: 0.99, audit_rate: 0.0 }");
  await world.call("PUT", "/v1/loops/tickets", file, "application/yaml");
  const roles = [{ loop: "*", role: "submitter" }];
  ({ secret } = await world.call("POST", "/v1/keys", { name: "refund-bot", roles }));
  ada = await world.person("Ada");
  bob = await world.person("Bob");
});

after(async () => {
  await world?.stop();
});

/** What the agent says; a refusal comes back with its status. */
async function says(path, body) {
  const response = await fetch(world.url(`/v1/runs${path}`), {
    method: "POST",
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, ...(await response.json()) };
}

async function begin(more = {}) {
  const goal = "answer every ticket of today";
  const run = await says("", { loop: "tickets", goal, constraints: ["no refunds"], lease: "1h", ...more });
  assert.ok(run.id, JSON.stringify(run));
  return run;
}

const obeys = (run, epoch) => says(`/${run.id}/heartbeat`, { epoch });
const step = (name, more = {}) => ({ kind: "tool_call", name, input: { q: name }, output: { found: 3 }, ...more });
const read = (run) => world.call("GET", `/v1/runs/${run.id}`);

/** Sends the open dialog with a reason. */
async function because(page, reason, button) {
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Why").fill(reason);
  await dialog.getByRole("button", { name: button }).click();
  await dialog.waitFor({ state: "detached" });
}

async function sound({ page, context, errors, violations }) {
  assert.deepEqual(errors, []);
  assert.deepEqual(await violations(), []);
  await page.close();
  await context.close();
}

test("a room without agents says how one starts", async () => {
  await world.sound(ada, "/runs", "section[aria-label='Start a run in Python']", "runs-empty", LOOKS);
});

test("an agent is seen, paused, redirected, overruled and stopped by keyboard", async () => {
  const visit = await world.visit(ada, "/inbox");
  const { page } = visit;
  await press(page, ["g", "r"], page.getByRole("heading", { name: "Control room" }));
  await live(page);
  // It starts while the page is open: nobody reloads anything.
  const run = await begin({ key: "today", budget: { steps: 10 } });
  const row = page.locator(`tr:has([data-run-row="${run.id}"])`);
  await row.waitFor();
  assert.match(await row.textContent(), /refund-bot.*today.*running/s);
  await says(`/${run.id}/steps`, { epoch: 0, steps: [{ kind: "plan", name: "look at cards" }, step("search cards")] });
  await row.getByText("search cards").waitFor();

  await page.keyboard.press("j");
  const detail = page.getByRole("region", { name: "Run today" });
  await detail.waitFor();
  assert.ok(new URL(page.url()).pathname.endsWith(run.id));

  await page.keyboard.press("p");
  await because(page, "wait for the customer", "Pause it");
  await row.getByText("told to pause").waitFor();
  const told = await obeys(run, 0);
  assert.deepEqual([told.state, told.controls[0].kind], ["pausing", "pause"]);
  assert.equal((await obeys(run, 1)).state, "paused");
  await row.getByText("paused", { exact: true }).waitFor();

  await page.keyboard.press("p");
  await because(page, "they called", "Resume it");
  await obeys(run, 2);
  await row.getByText("running").waitFor();

  await page.keyboard.press("Shift+G");
  await write(page.getByRole("dialog").getByLabel("Goal"), "call the customer back");
  await write(page.getByRole("dialog").getByLabel("Constraints"), "no refunds\nonly before five");
  await shot(page, "runs-redirect");
  assert.deepEqual(await axe(page), []);
  await because(page, "they called", "Give version 2");
  const goal = page.getByRole("region", { name: "Goal, version 2" });
  await goal.getByText("pending").waitFor();
  const redirected = await obeys(run, 2);
  assert.deepEqual(redirected.controls[0].instruction.constraints, ["no refunds", "only before five"]);
  await obeys(run, 3);
  await goal.getByText("acknowledged").waitFor();
  await goal.getByText("1 earlier version").click();
  await goal.getByText("answer every ticket of today").waitFor();

  await page.keyboard.press("o");
  await write(page.getByRole("dialog").getByLabel("What counts as its result"), '{"found": 4}');
  await because(page, "one was hidden", "Override it");
  const trace = page.getByRole("list", { name: "Steps, newest first" });
  await trace.getByText("overridden, pending").waitFor();
  await obeys(run, 4);
  await trace.getByText("overridden", { exact: true }).waitFor();
  await trace.locator("summary").first().click();
  await trace.getByText("Counts as its result (order 4)").waitFor();

  await page.keyboard.press(".");
  await because(page, "enough", "Stop it");
  await row.getByText("told to stop").waitFor({ state: "attached" });
  await obeys(run, 5);
  await detail.getByText("stopped", { exact: true }).waitFor();
  const orders = await world.call("GET", `/v1/runs/${run.id}/controls`);
  assert.deepEqual(
    orders.items.map(({ kind, acknowledged_at }) => [kind, acknowledged_at !== null]),
    ["pause", "resume", "redirect", "override", "stop"].map((kind) => [kind, true]),
  );
  const given = page.getByRole("region", { name: "Orders to this run" }).locator("tbody tr");
  await given.nth(4).waitFor();
  assert.equal(await given.count(), 5);
  await page.getByText("was given an order: stop, order 5").waitFor();
  await shot(page, "runs-stopped");
  await sound(visit);
});

test("a gate is found from its run, and a halt shows what stands", async () => {
  const run = await begin({ key: "gated" });
  const body = { input: { text: "where is my card" }, run: run.id, key: "gate-1" };
  const proposal = { output: { intent: "card_arrival" }, confidence: 0.5 };
  await world.call("POST", "/v1/loops/tickets/cases", { ...body, proposal });
  const visit = await world.visit(ada, `/runs/${run.id}`);
  const { page } = visit;
  const gates = page.getByRole("region", { name: "Gates of this run" });
  await gates.getByRole("link", { name: "gate-1" }).waitFor();
  await gates.getByText("1 person").waitFor();
  await page.keyboard.press("Shift+H");
  await page.getByRole("dialog").getByLabel("Which").selectOption("tickets");
  await because(page, "smoke in the room", "Halt tickets");
  const note = page.locator("strong", { hasText: "tickets is halted" });
  await note.waitFor();
  await page.getByText("1 open one and 0 approved ones of runs stand.").waitFor();
  assert.equal((await obeys(run, 0)).halt.reason, "smoke in the room");
  await shot(page, "runs-halted");
  // Who halted does not lift it: what was written stays, and another person does.
  await page.getByRole("button", { name: "Let it go on" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Why").fill("it was toast");
  await dialog.getByRole("button", { name: "Let it go on" }).click();
  await dialog.getByText("Nothing was changed").waitFor();
  assert.equal(await dialog.getByLabel("Why").inputValue(), "it was toast");
  await page.keyboard.press("Escape");
  const second = await world.visit(bob, "/runs");
  await second.page.getByRole("button", { name: "Let it go on" }).click();
  await because(second.page, "it was toast", "Let it go on");
  await sound(second);
  await note.waitFor({ state: "detached" });
  assert.equal((await obeys(run, 0)).halt, undefined);
  await sound(visit);
});

test("an order that is taken and not carried out yet says so", async () => {
  await begin({ key: "two" });
  await world.call("POST", "/v1/halt", { reason: "drill" });
  const visit = await world.visit(ada, "/runs");
  const { page } = visit;
  const note = page.locator("strong", { hasText: "Everything is halted" });
  await page.route("**/v1/resume", (route) => route.fulfill({ status: 202, json: {} }));
  await page.getByRole("button", { name: "Let it go on" }).click();
  await because(page, "over", "Let it go on");
  await page.getByText("It goes on when a second person agrees").first().waitFor();
  await note.waitFor();
  await page.unroute("**/v1/resume");
  await page.getByRole("button", { name: "Let it go on" }).click();
  await because(page, "drill over", "Let it go on");
  await note.waitFor({ state: "detached" });
  await sound(visit);
});

test("a run that falls silent shows as lost, and its alert is cleared with a reason", async () => {
  const run = await begin({ key: "silent", lease: "1s" });
  const visit = await world.visit(ada, "/runs?state=lost");
  const { page } = visit;
  const row = page.locator(`tr:has([data-run-row="${run.id}"])`);
  await row.getByText("lost").first().waitFor();
  await page.keyboard.press("j");
  await page.getByText("its lease ran out: it did not check in").first().waitFor();
  await page.getByRole("button", { name: "Clear" }).click();
  await because(page, "the machine was moved", "Clear it");
  await page.getByRole("button", { name: "Clear" }).waitFor({ state: "detached" });
  const cleared = await read(run);
  assert.equal(cleared.alerts[0].cleared.reason, "the machine was moved");
  await sound(visit);
});

test("many runs are a few rows, the feed is bounded, pausable and takes no focus", async () => {
  for (let n = 0; n < 120; n += 1) await begin({ key: `many-${n}` });
  const busy = await begin({ key: "busy", budget: { steps: 1000, cost: 5, time: "1h" } });
  const visit = await world.visit(ada, `/runs/${busy.id}`);
  const { page } = visit;
  await page.getByRole("region", { name: "Run busy" }).waitFor();
  assert.ok((await page.locator("[data-run-row]").count()) < 40);
  await live(page);
  await page.locator(`[data-run-row="${busy.id}"]`).focus();
  for (let n = 0; n < 3; n += 1) {
    const steps = Array.from({ length: 100 }, (_, k) => step(`look ${n * 100 + k}`, { cost: 0.01, elapsed_ms: 40 }));
    await says(`/${busy.id}/steps`, { epoch: 0, steps });
  }
  const feed = page.getByRole("region", { name: "Events of runs, newest first" });
  await page.waitForFunction(
    () => document.querySelectorAll("[aria-label='Events of runs, newest first'] li").length === 200,
  );
  // The last of them: what is still on its way would count as new.
  await feed.locator("li").first().getByText("did step 300").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("data-run-row")), busy.id);
  await page.keyboard.press("f");
  const first = await feed.locator("li").first().textContent();
  await says(`/${busy.id}/steps`, { epoch: 0, steps: [step("after the pause")] });
  await page.getByText("Go on (1 new)").waitFor();
  assert.equal((await feed.locator("li").first().textContent()).slice(0, 8), first.slice(0, 8));
  await page.keyboard.press("f");
  await page.getByText("Pause the feed").waitFor();
  // The selection goes by key beyond what was in sight.
  for (let n = 0; n < 30; n += 1) await page.keyboard.press("j");
  await page.waitForFunction(() => document.querySelector("tr[aria-current]") !== null);
  await sound(visit);
  await world.sound(ada, `/runs/${busy.id}`, "ol[aria-label='Steps, newest first'] li", "runs", LOOKS);
});

test("all are stopped in two steps, with a reason and for one loop", async () => {
  const visit = await world.visit(ada, "/runs?loop=tickets");
  const { page } = visit;
  await page.locator("[data-run-row]").first().waitFor();
  await page.keyboard.press("Shift+S");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Why").fill("the day is over");
  await dialog.getByRole("button", { name: /Go on to stop \d+ runs/ }).click();
  await dialog.getByText(/\d+ runs of tickets will be stopped/).waitFor();
  assert.deepEqual(await axe(page), []);
  await shot(page, "runs-stop-all");
  await dialog.getByRole("button", { name: /Stop \d+ runs now/ }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByText("Nothing runs now").or(page.getByText("told to stop").first()).first().waitFor();
  const fleet = await world.call("GET", "/v1/runs/fleet");
  assert.deepEqual([fleet.states.running, fleet.states.paused, fleet.states.lost], [0, 0, 0]);
  assert.ok(fleet.states.stopping >= 121);
  await sound(visit);
});
