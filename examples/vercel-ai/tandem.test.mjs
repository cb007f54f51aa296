// The real SDK with its own mock model, against a real server (TANDEM_URL, TANDEM_KEY, TANDEM_REVIEWER).

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { generateText, tool } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { z } from "zod";
import { pending, tandem } from "./tandem.mjs";

const { TANDEM_URL, TANDEM_REVIEWER } = process.env;
const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};
const said = (content, why) => ({
  content,
  finishReason: { unified: why, raw: why },
  usage,
  warnings: [],
});
const wants = (...orders) =>
  said(
    orders.map((order) => ({
      type: "tool-call",
      toolCallId: randomUUID(),
      toolName: "refund",
      input: JSON.stringify({ order, amount: 24 }),
    })),
    "tool-calls",
  );
const done = said([{ type: "text", text: "settled" }], "stop");

function agent(...answers) {
  const paid = [];
  const model = new MockLanguageModelV4({ doGenerate: answers });
  const refund = tool({
    description: "Pays an order back.",
    inputSchema: z.object({ order: z.string(), amount: z.number() }),
    execute: async ({ order, amount }) => {
      paid.push([order, amount]);
      return `paid ${amount}`;
    },
  });
  const options = { model, tools: { refund }, toolApproval: { refund: "user-approval" } };
  return { paid, model, options };
}

async function api(path, body) {
  const response = await fetch(`${TANDEM_URL}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${TANDEM_REVIEWER}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  assert.ok(response.ok, await response.clone().text());
  return response.json();
}

/** A person who judges what comes next. */
async function person(verdict, more = {}) {
  for (;;) {
    const [claim] = (await api("/v1/claims", { loops: ["refunds"] })).claims;
    if (claim) {
      const { id, token, proposal } = claim;
      const seen = verdict === "reject" ? {} : { seen: proposal.digest };
      await api(`/v1/cases/${claim.case.id}/judgments`, {
        claim: id, token, proposal: proposal.id, verdict, ...seen, ...more,
      });
      return claim.case;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const gate = tandem({ loop: "refunds" });

test("an approved call runs once, with what was approved", async () => {
  const { paid, options } = agent(wants("A-17"), done);
  const [result, seen] = await Promise.all([
    gate.run(generateText, { ...options, prompt: "pay A-17 back" }),
    person("approve"),
  ]);
  assert.equal(result.text, "settled");
  assert.deepEqual(paid, [["A-17", 24]]);
  assert.deepEqual(seen.input, { order: "A-17" });
});

test("a rejected call does not run, and the model reads why", async () => {
  const { paid, model, options } = agent(wants("A-18"), done);
  const told = { reasons: ["not_due"], comment: "It was delivered." };
  await Promise.all([
    gate.run(generateText, { ...options, prompt: "pay A-18 back" }),
    person("reject", told),
  ]);
  assert.deepEqual(paid, []);
  assert.match(JSON.stringify(model.doGenerateCalls.at(-1).prompt), /not_due It was delivered\./);
});

test("other arguments are told and nothing runs", async () => {
  const { paid, model, options } = agent(wants("A-19"), done);
  const answer = { refund: { tool: "refund", arguments: { order: "A-19", amount: 5 } } };
  await Promise.all([
    gate.run(generateText, { ...options, prompt: "pay A-19 back" }),
    person("modify", { answer }),
  ]);
  assert.deepEqual(paid, []);
  assert.match(JSON.stringify(model.doGenerateCalls.at(-1).prompt), /would allow it/);
});

test("several calls are asked together, and asked again they are the same cases", async () => {
  const { options } = agent(wants("A-20", "A-21"));
  const { response } = await generateText({ ...options, prompt: "pay both back" });
  const open = pending(response.messages);
  assert.equal(open.length, 2);
  const twice = [gate.decide(response.messages), gate.decide(response.messages)];
  await person("approve");
  await person("reject");
  const [first, second] = await Promise.all(twice);
  assert.deepEqual(first, second);
  assert.deepEqual(first.content.map((part) => part.approved).sort(), [false, true]);
  assert.deepEqual(pending([...response.messages, first]), []);
  assert.equal(await gate.decide([...response.messages, first]), null);
});

test("nothing is approved by a server that does not answer, or to a key it does not know", async () => {
  const { options } = agent(wants("A-22"));
  const { response } = await generateText({ ...options, prompt: "pay A-22 back" });
  const dead = tandem({ loop: "refunds", url: "http://127.0.0.1:9" });
  await assert.rejects(dead.decide(response.messages), /fetch failed/);
  const stranger = tandem({ loop: "refunds", key: "tdm_wrong" });
  await assert.rejects(stranger.decide(response.messages), { status: 401 });
  await assert.rejects(tandem({ loop: () => null }).decide(response.messages), /no loop is named/);
});
