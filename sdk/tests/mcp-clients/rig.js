// The real binary on a temporary data directory, and a person who decides.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const LOOP = new URL("../../../examples/loops/refunds.yaml", import.meta.url);

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** A server that can be killed and started again at the same address. */
export class Server {
  static async start(...options) {
    const server = new Server();
    server.options = options;
    server.place = await mkdtemp(join(tmpdir(), "tandem-mcp-"));
    server.admin = `tdm_${randomBytes(24).toString("hex")}`;
    server.listen = "127.0.0.1:0";
    await server.up();
    const loop = await readFile(LOOP);
    await server.call(server.admin, "PUT", "/v1/loops/refunds", loop, "application/yaml");
    server.agent = (
      await server.call(server.admin, "POST", "/v1/keys", {
        name: "agent",
        roles: [{ loop: "*", role: "submitter" }],
      })
    ).secret;
    server.person = await server.member();
    return server;
  }

  async up() {
    if (!process.env.TANDEM_BIN) throw new Error("TANDEM_BIN names no server binary");
    const args = ["serve", "--json", "--listen", this.listen, "--data-dir", join(this.place, "data")];
    this.process = spawn(process.env.TANDEM_BIN, [...args, ...this.options], {
      cwd: this.place,
      env: {
        ...process.env,
        TANDEM_ADMIN_KEY: this.admin,
        XDG_CONFIG_HOME: join(this.place, "config"),
        TANDEM_LOG: "warn",
      },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = await new Promise((done, fail) => {
      createInterface(this.process.stdout).once("line", (text) => done([text]));
      this.process.once("exit", (code) => fail(new Error(`the server ended with ${code}`)));
      setTimeout(() => fail(new Error("the server did not start")), 300_000).unref();
    });
    this.url = JSON.parse(line).url;
    this.listen = new URL(this.url).host;
  }

  async kill() {
    this.process.removeAllListeners("exit");
    const ended = new Promise((done) => this.process.once("exit", done));
    this.process.kill("SIGKILL");
    await ended;
  }

  async stop() {
    await this.kill();
    await rm(this.place, { recursive: true, force: true });
  }

  async call(key, method, path, body, kind = "application/json") {
    const reply = await fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${key}`, "content-type": kind },
      body: body === undefined || body instanceof Uint8Array ? body : JSON.stringify(body),
    });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  /** The key of a new person who reviews. */
  async member() {
    const name = randomBytes(6).toString("hex");
    const roles = [{ loop: "*", role: "reviewer" }];
    const member = await this.call(this.admin, "POST", "/v1/members", {
      name,
      email: `${name}@example.org`,
      roles,
    });
    const key = { name, member: member.id, roles };
    return (await this.call(this.admin, "POST", "/v1/keys", key)).secret;
  }

  /** The case of the call over an order, once it waits. */
  async waits(order) {
    for (const end = performance.now() + 300_000; performance.now() < end; ) {
      const page = await this.call(this.admin, "GET", "/v1/loops/refunds/cases?status=queued&limit=100");
      const found = page.items.find((one) => one.input.order === order);
      if (found) return found;
      await sleep(50);
    }
    throw new Error(`nobody asked for ${order}`);
  }

  /** Approves the call over an order, `after` so many milliseconds from when it waits. */
  async approve(order, after = 0) {
    const found = await this.waits(order);
    await sleep(after);
    const { id, digest } = found.proposal;
    await this.call(this.person, "POST", `/v1/cases/${found.id}/judgments`, {
      verdict: "approve",
      proposal: id,
      seen: digest,
    });
    return found.id;
  }
}

/** What is asked for. */
export const refund = (order) => ({
  name: "request_approval",
  arguments: { loop: "refunds", tool: "refund", arguments: { order, amount: 24 } },
});

/** A way to the server for clients that send no key. */
export async function withKey(server, key) {
  const target = new URL(server.url);
  const proxy = http.createServer((request, response) => {
    const headers = { ...request.headers, authorization: `Bearer ${key}` };
    const { method, url: path } = request;
    const { hostname, port } = target;
    const on = http.request({ hostname, port, method, path, headers }, (reply) => {
      response.writeHead(reply.statusCode, reply.headers);
      reply.pipe(response);
    });
    on.on("error", () => response.destroy());
    request.pipe(on);
  });
  await new Promise((done) => proxy.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${proxy.address().port}/mcp`, close: () => proxy.close() };
}
