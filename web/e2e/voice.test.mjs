// Why it is decided so and what the person affected is told; and a person in the conversation.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, live, open, shot, signIn, startBrowser, startServer, until } from "./harness.mjs";

const FILE = `loop: care
title: Care for customers
input:
  text: { kind: text, title: Message }
answer:
  intent:
    kind: choice
    options:
      - { value: refund, label: a refund }
      - { value: replace, label: a replacement }
review:
  undo: 0s
  rationale: required
  quick_replies: ["One moment, please."]
notice:
  template: "You get {answer.intent}."
  required: true
`;

let server;
let browser;
let reviewer;

async function send(method, path, body, type = "application/json") {
  const response = await fetch(new URL(path, server.url), {
    method,
    headers: { authorization: `Bearer ${server.key}`, "content-type": type },
    body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, text, json: text ? JSON.parse(text) : null };
}

async function call(...request) {
  const { status, text, json } = await send(...request);
  assert.ok(status < 300, `${request[0]} ${request[1]}: ${status} ${text}`);
  return json;
}

const submit = (text) =>
  call("POST", "/v1/loops/care/cases", { input: { text }, proposal: { output: { intent: "refund" } } });

before(async () => {
  server = await startServer();
  await call("PUT", "/v1/loops/care", FILE, "application/yaml");
  browser = await startBrowser();
  const roles = [{ loop: "*", role: "reviewer" }];
  const { signin_link } = await call("POST", "/v1/members", { name: "Ada", email: "ada@example.org", roles });
  reviewer = await signIn(browser, { signin: new URL(new URL(signin_link).pathname, server.url).href });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

async function sound({ page, context, errors, violations }) {
  assert.deepEqual(errors, []);
  assert.deepEqual(await violations(), []);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth), false);
  await context.close();
}

test("a decision is held back until it is said why, and carries both words", async () => {
  const made = await submit("I was charged twice");
  const opened = await open(browser, server, reviewer, { path: "/inbox/care", colorScheme: "light" });
  const { page } = opened;
  const judged = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/judgments")) judged.push(request.url());
  });
  await page.getByText("I was charged twice").first().waitFor();
  const why = page.getByLabel("Why (for the record)");
  const told = page.getByLabel("What the person affected is told");
  assert.equal(await told.inputValue(), "You get a refund.");
  assert.deepEqual(await axe(page), []);
  await page.keyboard.press("a");
  await page.getByText("Say why in a sentence: this loop keeps it with the decision.", { exact: true }).waitFor();
  await page.waitForFunction(() => document.activeElement?.matches("textarea:invalid, textarea[aria-invalid=true]"));
  assert.deepEqual(judged, []);
  await shot(page, "voice-held");
  assert.deepEqual(await axe(page), []);
  await why.fill("The statement shows both charges.");
  await told.fill("You get your money back within five days.");
  await page.keyboard.press("ControlOrMeta+Enter");
  await page.locator("article").waitFor({ state: "detached" });
  const decision = await until("the decision", async () => {
    const decided = await call("GET", `/v1/cases/${made.id}?wait=10s`);
    return decided.decision;
  });
  assert.equal(decision.outcome, "approved");
  assert.equal(decision.rationale, "The statement shows both charges.");
  assert.equal(decision.notice, "You get your money back within five days.");
  assert.ok(judged.length >= 1);
  await page.goto(new URL(`/cases/${made.id}`, server.url).href);
  await page.getByText("Told the person affected").waitFor();
  await page.getByText("The statement shows both charges.").first().waitFor();
  assert.deepEqual(await axe(page), []);
  await sound(opened);
});

test("a reviewer answers the agent, takes over, and hands back", async () => {
  const made = await submit("Where is my parcel?");
  const messages = `/v1/cases/${made.id}/messages`;
  const opened = await open(browser, server, reviewer, { path: "/inbox/care", colorScheme: "dark" });
  const { page } = opened;
  await page.getByText("Where is my parcel?").first().waitFor();
  await live(page);
  await call("POST", messages, { id: "m1", from: "agent", body: "I found no parcel under that name." });
  const thread = page.getByRole("list", { name: "Conversation" });
  await thread.getByText("I found no parcel under that name.").waitFor();
  await thread.getByText("new", { exact: true }).waitFor();
  // A reply is put where one writes, to be sent or changed.
  await page.getByRole("button", { name: "One moment, please." }).click();
  const words = page.getByLabel("Your message");
  assert.equal(await words.inputValue(), "One moment, please.");
  await words.fill("");
  await page.keyboard.press("Escape");
  // The thread comes by events, of which a late one may still come: nobody goes on asking for it, every 3 s.
  await live(page);
  let asked = Date.now();
  page.on("request", (request) => {
    if (request.method() === "GET" && request.url().endsWith("/messages")) asked = Date.now();
  });
  await until("seven seconds in which nothing is asked", () => Date.now() - asked > 7_000);

  const focused = words.and(page.locator(":focus"));
  await page.keyboard.press("m");
  await focused.waitFor();
  await page.keyboard.type("Look under the maiden name.");
  await page.keyboard.press("ControlOrMeta+Enter");
  await thread.getByText("Look under the maiden name.").waitFor();

  await page.keyboard.press("Escape");
  await page.keyboard.press("t");
  await page.getByText("You have the turn").waitFor();
  const refused = await send("POST", messages, { id: "m2", from: "agent", body: "Still nothing." });
  assert.equal(refused.status, 409, refused.text);
  assert.equal(refused.json.code, "taken_over");
  await shot(page, "voice-taken-over");
  assert.deepEqual(await axe(page), []);

  await page.keyboard.press("m");
  await page.locator("textarea:focus").waitFor();
  await page.keyboard.type("Tell them it arrives on Monday.");
  await page.keyboard.press("Escape");
  await page.keyboard.press("t");
  await page.getByText("The agent has the turn").waitFor();
  await call("POST", messages, { id: "m3", from: "agent", body: "It arrives on Monday." });
  const said = await call("GET", messages);
  assert.deepEqual(
    said.items.map((message) => message.from),
    ["agent", "person", "note", "agent"],
  );
  await sound(opened);
});
