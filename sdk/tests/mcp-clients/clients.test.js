// The TypeScript clients of the protocol, unchanged, each with its own way of waiting.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import * as next from "@modelcontextprotocol/client";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { refund, Server } from "./rig.js";

/** How long a person takes: longer than the 60 s after which these clients give a call up. */
const LONG = 1_000 * Number(process.env.TANDEM_PERSON_S ?? 70);
const me = { name: "test", version: "1" };

const CLIENTS = {
  sdk: {
    client: () => new OldClient(me),
    transport: (url, options) => new OldTransport(url, options),
  },
  "client-legacy": {
    client: () => new next.Client(me),
    transport: (url, options) => new next.StreamableHTTPClientTransport(url, options),
  },
  "client-auto": {
    client: () => new next.Client(me, { versionNegotiation: { mode: "auto" } }),
    transport: (url, options) => new next.StreamableHTTPClientTransport(url, options),
  },
};

async function connected(kind, server) {
  const { client, transport } = CLIENTS[kind];
  const headers = { Authorization: `Bearer ${server.agent}` };
  const made = client();
  await made.connect(transport(new URL(`${server.url}/mcp`), { requestInit: { headers } }));
  return made;
}

const shown = (result) => {
  assert.deepEqual(JSON.parse(result.content[0].text), result.structuredContent);
  return result.structuredContent;
};

/** Asks and waits as a model would: it follows `next`. */
async function decided(client, order) {
  let found = shown(await client.callTool(refund(order)));
  let calls = 1;
  for (; found.status === "pending"; calls++) {
    assert.match(found.next, /wait_for_decision/);
    const again = { name: "wait_for_decision", arguments: { request_id: found.request_id } };
    found = shown(await client.callTool(again));
  }
  assert.equal(found.status, "approved");
  assert.deepEqual(found.arguments, { order, amount: 24 });
  assert.match(found.grant.note, /^tandem-grant\/v1\n/);
  return { found, calls };
}

describe("clients", { concurrency: true }, () => {
  let brief;
  let short;
  let long;
  let usual;
  let patient;
  before(async () => {
    const holds = ["1s", "4s", "24s", "12s"].map((hold) => Server.start("--mcp-hold", hold));
    [brief, short, long, patient, usual] = await Promise.all([...holds, Server.start()]);
  });
  after(async () => Promise.all([brief, short, long, patient, usual].map((server) => server?.stop())));

  for (const kind of Object.keys(CLIENTS)) {
    test(`${kind} waits for a person and gets the grant`, async () => {
      // The newest revision goes round by itself, nine times; the older ones are told to wait on.
      const newest = kind === "client-auto";
      const server = newest ? patient : short;
      const client = await connected(kind, server);
      const { tools } = await client.listTools();
      assert.equal(tools.length, 6);
      const [{ calls }] = await Promise.all([
        decided(client, `quick-${kind}`),
        server.approve(`quick-${kind}`, 20_000),
      ]);
      assert.equal(calls > 1, !newest);
      await client.close();
    });

    test(`${kind}: a person who takes ${LONG / 1_000} s loses no client`, { timeout: LONG + 400_000 }, async () => {
      const client = await connected(kind, usual);
      const begun = performance.now();
      await Promise.all([decided(client, `long-${kind}`), usual.approve(`long-${kind}`, LONG)]);
      assert.ok(performance.now() - begun >= LONG);
      await client.close();
    });
  }

  test("a client that goes round until the server stops is told to wait on", async () => {
    // Nine rounds of a second, and a person who takes far longer.
    const client = await connected("client-auto", brief);
    const [{ calls }] = await Promise.all([decided(client, "rounds"), brief.approve("rounds", 60_000)]);
    assert.ok(calls > 1, `${calls} call`);
    await client.close();
  });

  test("progress resets the deadline of clients that ask for it", async () => {
    // The call is held for longer than this client waits: only progress keeps it there.
    const client = await connected("sdk", long);
    const heard = [];
    const onprogress = (progress) => heard.push(progress);
    const options = { onprogress, resetTimeoutOnProgress: true, timeout: 20_000 };
    const begun = performance.now();
    const found = shown(await client.callTool(refund("progress"), undefined, options));
    assert.equal(found.status, "pending");
    assert.ok(performance.now() - begun > options.timeout);
    assert.ok(heard.length >= 1);
    await client.close();
  });

  test("a client that gives up cancels nothing", async () => {
    const client = await connected("sdk", usual);
    await assert.rejects(client.callTool(refund("gone"), undefined, { timeout: 700 }));
    const [{ found }] = await Promise.all([decided(client, "gone"), usual.approve("gone")]);
    const page = await usual.call(usual.admin, "GET", "/v1/loops/refunds/cases?limit=100");
    assert.equal(page.items.filter((one) => one.input.order === "gone").length, 1);
    assert.ok(found.request_id);
    await client.close();
  });

  test("the user is shown where people decide", async () => {
    const opened = [];
    const able = { capabilities: { elicitation: { url: {} } } };
    const modern = new next.Client(me, { ...able, versionNegotiation: { mode: "auto" } });
    const legacy = new next.Client(me, able);
    for (const client of [modern, legacy]) {
      client.setRequestHandler("elicitation/create", async ({ params }) => {
        opened.push(params.mode, new URL(params.url).pathname.split("/")[1]);
        return { action: "accept" };
      });
      const headers = { Authorization: `Bearer ${brief.agent}` };
      const url = new URL(`${brief.url}/mcp`);
      await client.connect(new next.StreamableHTTPClientTransport(url, { requestInit: { headers } }));
      const order = `opened-${opened.length}`;
      await Promise.all([decided(client, order), brief.approve(order, 1_500)]);
      await client.close();
    }
    assert.deepEqual(opened, ["url", "cases", "url", "cases"]);
  });

  test("mistakes reach the client in its own shape", async () => {
    const client = await connected("client-auto", brief);
    const wrong = await client.callTool({ name: "request_approval", arguments: { tool: "refund", arguments: {} } });
    assert.equal(wrong.isError, true);
    assert.match(wrong.structuredContent.error.path, /order$/);
    await assert.rejects(client.callTool({ name: "fly", arguments: {} }), { code: -32602 });
    await client.close();
    const stranger = CLIENTS.sdk.client();
    const to = new OldTransport(new URL(`${brief.url}/mcp`));
    await assert.rejects(stranger.connect(to), /401|Unauthorized|sign in/i);
  });

  test("a restart of the server loses no request", async () => {
    const server = await Server.start();
    const client = await connected("sdk", server);
    const broken = client.callTool(refund("restart"));
    broken.catch(() => {});
    await server.waits("restart");
    await server.kill();
    await assert.rejects(broken);
    await server.up();
    await Promise.all([decided(client, "restart"), server.approve("restart")]);
    await client.close();
    await server.stop();
  });
});
