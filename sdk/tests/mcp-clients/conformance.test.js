// The conformance suite of the protocol's authors, unchanged: every scenario for servers is run. Much of
// it drives a fixture's tools (`test_simple_text`, `slow_compute` …) or features that an approval server
// does not offer; these are named here with the reason. A scenario that is new must be judged.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Server, withKey } from "./rig.js";

const own = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Scenarios that apply; every check in them holds. */
const APPLY = [
  "server-initialize",
  "server-session-lifecycle",
  "ping",
  "tools-list",
  "dns-rebinding-protection",
  "http-header-validation",
  "input-required-result-unsupported-methods",
  "input-required-result-ignore-extra-params",
  "input-required-result-validate-input",
  "input-required-result-missing-input-response",
];

/** Checks that cannot hold in scenarios that apply otherwise, and why. */
const CANNOT = {
  "server-stateless": {
    "sep-2575-server-rejects-undeclared-capability": "needs the tool test_missing_capability",
    "sep-2575-missing-capability-http-400": "needs the tool test_missing_capability",
    "sep-2575-http-server-no-independent-requests-on-stream": "needs the tool test_streaming_elicitation",
    "sep-2575-server-no-log-without-loglevel": "needs the tool test_logging_tool",
  },
  caching: {
    "sep-2549-prompts-list-caching-hints": "no prompts are offered",
    "sep-2549-resources-list-caching-hints": "no resources are offered",
    "sep-2549-resources-templates-list-caching-hints": "no resources are offered",
  },
};

/** Scenarios that do not apply, and why: they are run, and not judged. */
const ELSEWHERE = {
  "the server offers tools and tasks only: no resources, prompts, completions, skills": [
    "completion-complete",
    "resources-list",
    "resources-read-text",
    "resources-read-binary",
    "resources-templates-read",
    "resources-subscribe",
    "resources-unsubscribe",
    "sep-2164-resource-not-found",
    "sep-2640-skills-directory",
    "sep-2640-skills-enumeration",
    "sep-2640-skills-manifest",
    "prompts-list",
    "prompts-get-simple",
    "prompts-get-with-args",
    "prompts-get-embedded-resource",
    "prompts-get-with-image",
    "input-required-result-non-tool-request",
  ],
  "the server logs nothing to clients, samples nothing, asks for no roots and sends no forms": [
    "logging-set-level",
    "tools-call-with-logging",
    "tools-call-sampling",
    "tools-call-elicitation",
    "elicitation-sep1034-defaults",
    "elicitation-sep1330-enums",
    "input-required-result-basic-elicitation",
    "input-required-result-basic-sampling",
    "input-required-result-basic-list-roots",
    "input-required-result-multiple-input-requests",
    "input-required-result-capability-check",
  ],
  "it drives tools of the suite's own fixture; clients.test.js and crates/api/tests/it/mcp.rs hold ours to the same": [
    "tools-call-simple-text",
    "tools-call-image",
    "tools-call-audio",
    "tools-call-embedded-resource",
    "tools-call-mixed-content",
    "tools-call-error",
    "tools-call-with-progress",
    "json-schema-2020-12",
    "http-custom-header-server-validation",
    "input-required-result-request-state",
    "input-required-result-multi-round",
    "input-required-result-result-type",
    "input-required-result-tampered-state",
    "tasks-lifecycle",
    "tasks-capability-negotiation",
    "tasks-wire-fields",
    "tasks-request-state-removal",
    "tasks-mrtr-input",
    "tasks-request-headers",
    "tasks-dispatch-and-envelope",
    "tasks-status-notifications",
    "tasks-required-task-error",
    "tasks-mrtr-composition",
  ],
  "streams are not resumed: a call is attached to by its key instead": [
    "server-sse-polling",
    "server-sse-multiple-streams",
  ],
};

test("conformance", { timeout: 1_200_000 }, async (t) => {
  const server = await Server.start("--mcp-hold", "1s");
  const proxy = await withKey(server, server.agent);
  const results = await mkdtemp(join(tmpdir(), "tandem-conformance-"));
  t.after(async () => {
    proxy.close();
    await server.stop();
    await rm(results, { recursive: true, force: true });
  });
  const args = [
    ...["--import", own("conformance/register.mjs")],
    own("node_modules/@modelcontextprotocol/conformance/dist/index.js"),
    ...["server", "--url", proxy.url, "--suite", "all", "-o", results],
  ];
  await new Promise((done) => execFile(process.execPath, args, { maxBuffer: 1 << 26 }, done));

  const found = {};
  for (const place of await readdir(results)) {
    const scenario = place.replace(/^server-/, "").replace(/-\d{4}-\d{2}-\d{2}T.*$/, "");
    found[scenario] = JSON.parse(await readFile(join(results, place, "checks.json"), "utf8"));
  }
  const failed = (checks) => checks.filter((check) => check.status === "FAILURE");
  const says = (check) => `${check.id}: ${check.errorMessage ?? JSON.stringify(check.details)}`;
  assert.ok(Object.keys(found).length >= 60, Object.keys(found).join(" "));
  let held = 0;
  for (const [scenario, checks] of Object.entries(found)) {
    held += checks.filter((check) => check.status === "SUCCESS").length;
    const bad = failed(checks);
    if (APPLY.includes(scenario)) {
      assert.deepEqual(bad.map(says), [], scenario);
    } else if (CANNOT[scenario]) {
      assert.deepEqual(bad.map((check) => check.id).sort(), Object.keys(CANNOT[scenario]).sort(), scenario);
    } else {
      assert.ok(Object.values(ELSEWHERE).flat().includes(scenario), `${scenario} is new: judge it`);
    }
  }
  for (const scenario of [...APPLY, ...Object.keys(CANNOT)]) assert.ok(found[scenario], `${scenario} was not run`);
  t.diagnostic(`${held} checks hold`);
});
