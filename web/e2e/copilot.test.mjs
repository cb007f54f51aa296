// The co-pilot, keyboard only, with a model on a real socket: words at the cursor, a word of them, changes
// one by one; and who wrote what, from the page, the API and the export.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { axe, open, shot, signIn, startBrowser, startServer, until } from "./harness.mjs";

let server;
let browser;
let reviewer;
let model;
const asked = [];
/** What the model says to a prompt: by what stands in it, however often it is asked in between. */
let says = () => undefined;

function startModel() {
  const http = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", async () => {
      const prompt = JSON.parse(body).messages[1].content;
      asked.push(prompt);
      const said = says(prompt);
      if (said?.hold) await said.hold;
      if (said?.status) {
        response.writeHead(said.status).end("{}");
        return;
      }
      const content = JSON.stringify({ suggestions: said?.texts ?? ["…"] });
      const answer = { model: "small@3", choices: [{ message: { content }, finish_reason: "stop" }] };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
  });
  return new Promise((resolve) => http.listen(0, "127.0.0.1", () => resolve(http)));
}

async function send(method, path, body, type = "application/json") {
  const response = await fetch(new URL(path, server.url), {
    method,
    headers: { authorization: `Bearer ${server.key}`, "content-type": type },
    body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  assert.ok(response.status < 300, `${method} ${path}: ${response.status} ${text}`);
  return text;
}
const call = async (...request) => JSON.parse(await send(...request));

const submit = (text) =>
  call("POST", "/v1/loops/replies/cases", { input: { text }, proposal: { output: { reply: "Hello." } } });

before(async () => {
  model = await startModel();
  server = await startServer(["--model-allow-private"]);
  const url = `http://127.0.0.1:${model.address().port}/v1`;
  await call(
    "PUT",
    "/v1/loops/replies",
    `loop: replies
input: { text: { kind: text, title: Message } }
answer: { reply: { kind: text, title: Reply } }
review: { undo: 0s }
copilot: { instruction: Be brief. }
chain: [{ name: writer, openai: { url: "${url}", model: m, prompt: Reply. } }]
`,
    "application/yaml",
  );
  browser = await startBrowser();
  const roles = [{ loop: "*", role: "reviewer" }];
  const { signin_link } = await call("POST", "/v1/members", { name: "Ada", email: "ada@example.org", roles });
  reviewer = await signIn(browser, { signin: new URL(new URL(signin_link).pathname, server.url).href });
});

after(async () => {
  await browser?.close();
  await server?.stop();
  model?.closeAllConnections();
  model?.close();
});

async function sound({ page, context, errors, violations }) {
  assert.deepEqual(errors, []);
  assert.deepEqual(await violations(), []);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth), false);
  await context.close();
}

/** Words that are shown at the cursor and are not in the text. */
const ghost = (page, words) => page.locator("main [aria-hidden=true] span", { hasText: words });

/** A model that has words for a text that ends so at the cursor. */
const goesOn = (end, words) => (prompt) => (prompt.includes(`${end}<cursor/>`) ? { texts: [words] } : undefined);

async function desk(text, options = {}) {
  const made = await submit(text);
  const opened = await open(browser, server, reviewer, { path: "/inbox/replies", ...options });
  await opened.page.getByText(text).first().waitFor();
  return { ...opened, made };
}

test("a reply is written with the co-pilot by keys alone, and it is told who wrote what", async () => {
  const opened = await desk("where is my card?", { colorScheme: "light" });
  const { page, made } = opened;
  await page.keyboard.press("e");
  const field = page.getByRole("textbox", { name: "Reply" });
  await field.waitFor();
  await page.getByText("AI 100 % · human 0 %").waitFor();
  assert.equal(await field.inputValue(), "Hello.");
  await field.focus();
  await page.keyboard.press("ControlOrMeta+a");

  // Words at the cursor: shown, not written; Tab takes them.
  says = goesOn("your", " card was sent on Monday.");
  // At once: a pause between two keys would be one to suggest in.
  await page.keyboard.insertText("Dear Mr. Lee, your");
  await ghost(page, "card was sent on Monday.").waitFor();
  assert.equal(await field.inputValue(), "Dear Mr. Lee, your");
  assert.match(asked.at(-1), /Be brief\.[\s\S]*where is my card\?[\s\S]*Dear Mr\. Lee, your<cursor\/>/);
  assert.deepEqual(await axe(page), []);
  await shot(page, "copilot-ghost-light");
  await page.keyboard.press("Tab");
  assert.equal(await field.inputValue(), "Dear Mr. Lee, your card was sent on Monday.");
  await page.getByText(/AI 5\d % · human 4\d %/).waitFor();

  // A word of them, and Escape drops the rest; the field keeps the focus.
  says = goesOn("OK?", " Please wait two days.");
  await page.keyboard.insertText(" OK?");
  await ghost(page, "Please wait two days.").waitFor();
  await page.keyboard.press("ControlOrMeta+ArrowRight");
  await page.keyboard.press("Escape");
  assert.equal(await field.inputValue(), "Dear Mr. Lee, your card was sent on Monday. OK? Please ");
  assert.equal(await ghost(page, "wait two days.").count(), 0);
  assert.equal(await field.evaluate((node) => node === document.activeElement), true);

  // The browser's own undo takes a suggestion back; what is typed after it goes on.
  await page.keyboard.press("ControlOrMeta+z");
  assert.equal((await field.inputValue()).endsWith("OK?"), true);

  // What comes after the person went on is dropped.
  let release = () => {};
  const hold = new Promise((resolve) => {
    release = resolve;
  });
  const late = goesOn("Kim", " LATE");
  const mild = goesOn("Kimi", " never mind");
  says = (prompt) => mild(prompt) ?? (late(prompt) && { ...late(prompt), hold });
  await page.keyboard.insertText(" Kim");
  await until("the question", () => asked.some((prompt) => prompt.includes("Kim<cursor/>")));
  await page.keyboard.insertText("i");
  release();
  await ghost(page, "never mind").waitFor();
  assert.equal(await ghost(page, "LATE").count(), 0);
  assert.equal((await field.inputValue()).endsWith("OK? Kimi"), true);
  await page.keyboard.press("Escape");

  // A revision: changes one by one.
  says = () => ({ texts: ["Dear Ms. Lee, your card was sent on Tuesday. OK? Kimi"] });
  await page.keyboard.press("ControlOrMeta+j");
  const wish = page.getByRole("textbox", { name: "Revise the text" });
  await wish.waitFor();
  await page.keyboard.type("mind the name");
  await page.keyboard.press("Enter");
  const review = page.getByRole("group", { name: "Review changes" });
  await review.waitFor();
  assert.match(asked.at(-1), /mind the name[\s\S]*<selection>Dear Mr\. Lee/);
  assert.equal(await review.getByRole("listitem").count(), 2);
  assert.deepEqual(await axe(page), []);
  await shot(page, "copilot-review-light");
  await review.and(page.locator(":focus")).waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  await page.keyboard.press("y");
  await page.keyboard.press("n");
  await review.getByText("Take over 1 of 2").waitFor();
  await page.keyboard.press("Enter");
  await field.waitFor();
  const text = "Dear Ms. Lee, your card was sent on Monday. OK? Kimi";
  assert.equal(await field.inputValue(), text);

  // Sent: who wrote it, from the API and the export.
  await page.keyboard.press("ControlOrMeta+Enter");
  const judged = await until("the judgment", async () => {
    const { judgments } = await call("GET", `/v1/cases/${made.id}`);
    return judgments?.[0];
  });
  assert.equal(judged.answer.reply, text);
  const spans = judged.provenance.spans.reply;
  const by = spans.map((span) => [span.by, text.slice(span.from, span.to)]);
  assert.deepEqual(by, [
    ["human", "Dear "],
    ["model", "Ms"],
    ["human", ". Lee, your"],
    ["model", " card was sent on Monday."],
    ["human", " OK? Kimi"],
  ]);
  assert.equal(spans[1].model, "small@3");
  assert.match(spans[3].suggestion, /^sug_/);
  assert.ok(Math.abs(judged.provenance.ai_share - 27 / text.length) < 1e-9);
  const rows = (query) => send("GET", `/v1/loops/replies/exports/judgments${query}`);
  const [row] = (await rows(""))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual([row.ai_share, row.provenance.reply.length], [judged.provenance.ai_share, 5]);
  assert.equal(await rows("?max_ai_share=0"), "");

  // And on the case's page, for whoever asks later.
  await page.goto(new URL(`/cases/${made.id}`, server.url).href);
  await page.getByText(/Who wrote it: AI 52 % · human 48 %/).click();
  await page.locator("mark", { hasText: "card was sent on Monday." }).waitFor();
  assert.deepEqual(await axe(page), []);
  await shot(page, "copilot-case-light");
  await sound(opened);
});

test("in the dark on a phone the words are taken by touch, and a model that fails changes nothing", async () => {
  const opened = await desk("my card is blocked", {
    colorScheme: "dark",
    viewport: { width: 390, height: 844 },
    hasTouch: true,
  });
  const { page } = opened;
  await page.getByRole("button", { name: /^Edit/ }).click();
  const field = page.getByRole("textbox", { name: "Reply" });
  // What the page asks by itself gets no answer, so that it is the tap that brings one.
  says = () => ({ hold: new Promise(() => {}) });
  await field.fill("");
  await until("the page's own question", () => asked.some((prompt) => prompt.includes("my card is blocked")));
  says = goesOn("", "We have unblocked it.");
  await page.getByRole("button", { name: /^Suggest/ }).tap();
  await page.getByRole("button", { name: /^Accept/ }).waitFor();
  assert.deepEqual(await axe(page), []);
  await shot(page, "copilot-dark-390");
  await page.getByRole("button", { name: /^Accept/ }).tap();
  await until("the words in the field", async () => (await field.inputValue()) === "We have unblocked it.");
  says = () => ({ status: 500 });
  await field.focus();
  await page.keyboard.insertText(" Bye");
  await page.getByText(/No model had a suggestion/).waitFor();
  assert.equal(await field.inputValue(), "We have unblocked it. Bye");
  says = () => ({ texts: ["We unblocked it. Bye"] });
  await page.getByRole("button", { name: /^Revise/ }).tap();
  await page.getByRole("button", { name: "Suggest changes" }).tap();
  await page.getByRole("group", { name: "Review changes" }).waitFor();
  assert.deepEqual(await axe(page), []);
  await shot(page, "copilot-review-dark-390");
  await page.getByRole("button", { name: /^Leave as it is/ }).tap();
  assert.equal(await field.inputValue(), "We have unblocked it. Bye");
  await sound(opened);
});
