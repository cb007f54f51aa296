// A call is approved by a passkey in the browser, and by nothing else; the authenticator is Chromium's virtual one.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, open, shot, signIn, startBrowser, startServer, until } from "./harness.mjs";

const FILE = `loop: refunds
title: Refunds
input:
  customer: { kind: text, title: Customer }
answer:
  refund:
    kind: action
    tools:
      refund:
        title: Refund an order
        risk: high
        schema:
          type: object
          required: [order, amount]
          properties: { order: { type: string }, amount: { type: number } }
review:
  approvals: { of: reviewer, count: 1 }
  sign_off: webauthn
`;

let server;
let browser;
let ada;

async function call(method, path, body, type = "application/json") {
  const response = await fetch(new URL(path, server.url), {
    method,
    headers: { authorization: `Bearer ${server.key}`, "content-type": type },
    body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}

before(async () => {
  server = await startServer();
  // Passkeys are bound to a name, and an address is none.
  server.url = server.url.replace("127.0.0.1", "localhost");
  await call("PUT", "/v1/loops/refunds", FILE, "application/yaml");
  browser = await startBrowser();
  const roles = [{ loop: "*", role: "reviewer" }];
  const { signin_link } = await call("POST", "/v1/members", { name: "Ada", email: "ada@example.org", roles });
  ada = await signIn(browser, { signin: new URL(new URL(signin_link).pathname, server.url).href });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

async function authenticator(page, isUserVerified) {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  const options = {
    protocol: "ctap2",
    transport: "internal",
    hasUserVerification: true,
    hasResidentKey: true,
    isUserVerified,
    automaticPresenceSimulation: true,
  };
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", { options });
  return { session, authenticatorId };
}

test("a passkey is registered, approves a call, and its signature is kept", async () => {
  const made = await call("POST", "/v1/loops/refunds/cases", {
    input: { customer: "Customer c-1" },
    proposal: { output: { refund: { tool: "refund", arguments: { order: "A-17", amount: 240 } } } },
  });
  const { page, context, errors, violations } = await open(browser, server, ada, { path: "/settings/passkeys" });
  const { session, authenticatorId } = await authenticator(page, true);
  await page.getByLabel("Name").fill("Laptop");
  await page.getByRole("button", { name: "Register a passkey" }).click();
  await page.getByRole("cell", { name: "Laptop", exact: true }).waitFor();
  assert.deepEqual(await axe(page), []);
  await shot(page, "passkeys");

  // Nobody at the authenticator is verified: nothing is approved, and the case stays.
  await session.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Inbox" }).click();
  await page.getByText('{"amount":240,"order":"A-17"}').waitFor();
  await page.keyboard.press("a");
  await page.getByText("The passkey did not sign").first().waitFor();
  assert.equal((await call("GET", `/v1/cases/${made.id}`)).decision, null);

  await session.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });
  await page.locator("article").waitFor();
  await page.keyboard.press("a");
  const { outcome } = await until("the decision", async () => {
    const decided = await call("GET", `/v1/cases/${made.id}?wait=10s`);
    return decided.decision;
  });
  assert.equal(outcome, "approved");
  const { events } = await call("GET", `/v1/cases/${made.id}/timeline`).then((found) => ({
    events: found.items ?? found.events,
  }));
  const judged = events.find((event) => event.kind === "judgment.made");
  assert.equal(judged.data.sign_off, "webauthn");
  assert.deepEqual(errors, []);
  assert.deepEqual(await violations(), []);
  await context.close();
});

test("without a signature the same call is refused", async () => {
  const made = await call("POST", "/v1/loops/refunds/cases", {
    input: { customer: "Customer c-2" },
    proposal: { output: { refund: { tool: "refund", arguments: { order: "A-18", amount: 1 } } } },
  });
  const { page, context } = await open(browser, server, ada, { path: "/settings/passkeys" });
  const refused = await page.evaluate(async (id) => {
    const session = await (await fetch("/v1/session")).json();
    const headers = { "content-type": "application/json", "x-csrf-token": session.csrf };
    const post = async (path, body) => {
      const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
      return { status: response.status, body: await response.json() };
    };
    const { body } = await post("/v1/claims", { case: id, limit: 1 });
    const [claim] = body.claims;
    const said = { claim: claim.id, token: claim.token, verdict: "approve", seen: claim.action.digest };
    return [
      await post(`/v1/cases/${id}/judgments`, said),
      await post(`/v1/cases/${id}/judgments`, {
        ...said,
        assertion: {
          nonce: "AAAA",
          credential: "AAAA",
          client_data: "e30",
          authenticator_data: "AAAA",
          signature: "AA",
        },
      }),
    ];
  }, made.id);
  assert.deepEqual(
    refused.map((reply) => [reply.status, reply.body.code]),
    [
      [409, "sign_off_needed"],
      [409, "challenge_used"],
    ],
  );
  await context.close();
});
