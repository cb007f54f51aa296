import { expect, test } from "vitest";
import type { Case, LoopSpec } from "../../shared/api/types";
import { callsOf, sums, toolsOf, total } from "./batch-words";

const waiting = (id: string, tool: string, args: object, digest: string | null = "d") =>
  ({ id, key: id, proposal: { id: "p", output: { call: { tool, arguments: args } }, digest } }) as unknown as Case;

test("only calls of the tool that were shown with a digest are listed", () => {
  const cases = [
    waiting("a", "refund", { amount: 5 }),
    waiting("b", "close", { amount: 5 }),
    waiting("c", "refund", { amount: 7 }, null),
  ];
  expect(callsOf(cases, "refund").map((call) => call.case)).toEqual(["a"]);
});

test("what is a number in every call can be added up", () => {
  const cases = [
    waiting("a", "refund", { amount: 5, order: "x", note: 1 }),
    waiting("b", "refund", { amount: 7, order: "y", note: "z" }),
  ];
  const calls = callsOf(cases, "refund");
  expect(sums(calls)).toEqual(["amount"]);
  expect(total(calls, "amount")).toBe(12);
});

test("a tool says for itself whether it takes a passkey, or the loop does", () => {
  const answer = { call: { kind: "action", tools: { a: {}, b: { sign_off: "server", title: "Bee" } } } };
  const spec = { answer, review: { sign_off: "webauthn" } } as unknown as LoopSpec;
  expect(toolsOf(spec)).toEqual([
    { name: "a", title: "a", passkey: true },
    { name: "b", title: "Bee", passkey: false },
  ]);
});
