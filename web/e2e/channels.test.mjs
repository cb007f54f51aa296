// Whoever administers sets up a help desk, sees how it is, tests it, and mends what was given up.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { axe, shot, write } from "./harness.mjs";
import { nth, startWorld } from "./tickets.mjs";

const LOOP = `loop: tickets
input: { text: { kind: text, title: Message } }
answer: { intent: { kind: choice, options: [card_arrival, lost_card, other] } }
review: { undo: 0s, deadline: 4h }
`;

let world;
let ada;
let desk;
let tickets = 0;
let broken = false;

before(async () => {
  world = await startWorld(["--channel-allow-private"]);
  await world.call("PUT", "/v1/loops/tickets", LOOP, "application/yaml");
  ada = await world.person("Ada", "admin");
  // A help desk as Zendesk documents it, as far as a ticket needs it.
  desk = createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      response.writeHead(broken ? 422 : 201, { "content-type": "application/json" });
      if (!broken) tickets += 1;
      response.end(JSON.stringify(broken ? { error: "RecordInvalid" } : { ticket: { id: tickets } }));
    });
  });
  await new Promise((resolve) => desk.listen(0, "127.0.0.1", resolve));
});

after(async () => {
  desk?.close();
  await world?.stop();
});

test("a help desk is set up, tested and mended", { timeout: 600_000 }, async () => {
  const { page, errors, violations, context } = await world.visit(ada, "/settings/channels");
  await page.getByText("No channels yet").waitFor();
  await page.getByRole("button", { name: "Add a channel" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("support");
  const create = {
    method: "POST",
    url: `http://127.0.0.1:${desk.address().port}/api/v2/tickets.json`,
    headers: {},
    body: { ticket: { subject: "{{case.id}}", comment: { body: "{{case.url}}" } } },
  };
  await write(dialog.getByLabel("Templates"), JSON.stringify({ create, id_at: "ticket.id" }));
  await dialog.getByRole("button", { name: "Add the channel" }).click();
  await dialog.getByText("give a JSON pointer").waitFor();
  assert.deepEqual(await axe(page), [], "axe with the dialog");
  await write(dialog.getByLabel("Templates"), JSON.stringify({ create, id_at: "/ticket/id" }));
  await dialog.getByRole("button", { name: "Add the channel" }).click();
  await page.getByText("tickets for what waits").waitFor();
  await page.getByText("up", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Test support" }).click();
  await page.getByRole("status").filter({ hasText: "the desk made ticket 1" }).waitFor({ state: "attached" });
  await world.submit("tickets", [{ ...nth(1), key: "one" }]);
  await page.getByText("delivered").waitFor();
  assert.equal(tickets, 2);
  broken = true;
  await world.submit("tickets", [{ ...nth(2), key: "two" }]);
  await page.getByText("given up").waitFor();
  await page.getByText("RecordInvalid").first().waitFor();
  assert.deepEqual(await axe(page), []);
  await shot(page, "channels");
  broken = false;
  const again = page.getByRole("row").filter({ hasText: "given up" }).getByRole("button", { name: /again/ });
  await again.click();
  await page.getByText("given up").waitFor({ state: "detached" });
  await page.getByText("delivered").nth(1).waitFor();
  assert.equal(tickets, 3);
  assert.deepEqual(await violations(), []);
  assert.deepEqual(errors, []);
  await context.close();
});
