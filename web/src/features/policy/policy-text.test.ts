import { describe, expect, it } from "vitest";
import { type Policy, policyOf, readPolicy, writePolicy } from "./policy-text";

const digits = `# Handwritten digits.
loop: digits
guidelines: |
  Choose the digit.

  policy: is not a key here
policy:
  # Large sums never pass.
  rules:
  - { name: big money, when: "input.amount > 10000.0", route: review }
  confidence: { auto_at: 0.85, audit_rate: 0.1 }   # agreed in May

  guardrails:
    - name: pii
      check: pii
      on_fail: review
# What people see
review:
  lease: 2m
`;

const earned: Policy = {
  method: "autonomy",
  target_error: 0.05,
  certainty: 0.95,
  audit_rate: 0.05,
  by: null,
  together: false,
  second_looks: 0,
  costs: null,
};

/** The lines that differ, as a diff shows them. */
function changed(before: string, after: string): string[] {
  const [old, now] = [before.split("\n"), after.split("\n")];
  return [
    ...old.filter((line) => !now.includes(line)).map((line) => `-${line}`),
    ...now.filter((line) => !old.includes(line)).map((line) => `+${line}`),
  ];
}

describe("a policy in YAML", () => {
  it("is read from the file as people write it", () => {
    expect(readPolicy(digits, "yaml")).toEqual({ method: "confidence", auto_at: 0.85, audit_rate: 0.1 });
    expect(readPolicy("loop: a\n", "yaml")).toEqual({ method: "review" });
    expect(readPolicy("policy: { }\n", "yaml")).toEqual({ method: "review" });
    expect(readPolicy("loop: a\npolicy: {}  # none\n", "yaml")).toEqual({ method: "review" });
    const block =
      "policy:\n  autonomy:\n    target_error: 0.02 # low\n    by:\n      slice: region\n    costs: { error: 40, review: 2 }\nloop: a";
    expect(readPolicy(block, "yaml")).toEqual({
      method: "autonomy",
      target_error: 0.02,
      certainty: 0.95,
      audit_rate: 0.05,
      by: { kind: "slice", name: "region" },
      together: false,
      second_looks: 0,
      costs: { error: 40, review: 2 },
    });
    expect(readPolicy("policy:\n  conformal: {\n    alpha: .1,\n    }\n", "yaml")).toEqual({
      method: "conformal",
      alpha: 0.1,
      audit_rate: 0.05,
    });
  });

  it("changes a value and nothing else", () => {
    const after = writePolicy(digits, "yaml", { method: "confidence", auto_at: 0.9, audit_rate: 0.1 });
    expect(after).toBe(digits.replace("auto_at: 0.85", "auto_at: 0.9"));
  });

  it("puts another way to decide in the same place", () => {
    const after = writePolicy(digits, "yaml", earned) ?? "";
    expect(changed(digits, after)).toEqual([
      "-  confidence: { auto_at: 0.85, audit_rate: 0.1 }   # agreed in May",
      "+  autonomy: { target_error: 0.05, certainty: 0.95, audit_rate: 0.05 }   # agreed in May",
    ]);
    expect(writePolicy(after, "yaml", { method: "confidence", auto_at: 0.85, audit_rate: 0.1 })).toBe(digits);
  });

  it("takes the way to decide out and puts one in where there was none", () => {
    const none = writePolicy(digits, "yaml", { method: "review" }) ?? "";
    expect(changed(digits, none)).toEqual(["-  confidence: { auto_at: 0.85, audit_rate: 0.1 }   # agreed in May"]);
    const again = writePolicy(none, "yaml", { method: "conformal", alpha: 0.1, audit_rate: 0.05 }) ?? "";
    expect(again).toContain(
      "      on_fail: review\n  conformal: { alpha: 0.1, audit_rate: 0.05 }\n# What people see\n",
    );
    const below = "policy:\n  rules: []\n  # Agreed.\n\nreview: {}\n";
    expect(writePolicy(below, "yaml", { method: "conformal", alpha: 0.1, audit_rate: 0 })).toBe(
      below.replace("# Agreed.\n", "# Agreed.\n  conformal: { alpha: 0.1, audit_rate: 0 }\n"),
    );
    const only = "policy: # ours\n  # sure cases\n  confidence:\n    auto_at: 0.9\n";
    expect(writePolicy(only, "yaml", { method: "review" })).toBe("policy: {} # ours\n  # sure cases\n");
    expect(writePolicy("loop: a", "yaml", earned)).toBe(
      "loop: a\npolicy:\n  autonomy: { target_error: 0.05, certainty: 0.95, audit_rate: 0.05 }\n",
    );
    expect(
      writePolicy("policy: {} # x\r\nloop: a\r\n", "yaml", { method: "conformal", alpha: 0.1, audit_rate: 0 }),
    ).toBe("policy: # x\r\n  conformal: { alpha: 0.1, audit_rate: 0 }\r\nloop: a\r\n");
  });

  it("edits a policy on one line", () => {
    const line =
      'policy: { rules: [{ name: "a, b", when: "x == \'}\'", route: review }], confidence: { auto_at: 0.9 } } # ours\nloop: a\n';
    expect(readPolicy(line, "yaml")).toEqual({ method: "confidence", auto_at: 0.9, audit_rate: 0 });
    const sure: Policy = { method: "confidence", auto_at: 0.95, audit_rate: 0 };
    expect(writePolicy(line, "yaml", sure)).toBe(line.replace("0.9", "0.95"));
    const set = writePolicy(line, "yaml", { method: "conformal", alpha: 0.1, audit_rate: 0.05 });
    expect(set).toBe(line.replace("confidence: { auto_at: 0.9 }", "conformal: { alpha: 0.1, audit_rate: 0.05 }"));
    const none = writePolicy(line, "yaml", { method: "review" });
    expect(none).toBe(line.replace(", confidence: { auto_at: 0.9 }", ""));
    expect(writePolicy(none ?? "", "yaml", { ...sure, audit_rate: 0.1 })).toBe(
      line.replace("auto_at: 0.9", "auto_at: 0.95, audit_rate: 0.1"),
    );
    expect(writePolicy("policy: { confidence: { auto_at: 0.9 } }\n", "yaml", { method: "review" })).toBe(
      "policy: {  }\n",
    );
  });

  it("adds what was left to its default only where it differs", () => {
    const short = "policy:\n  autonomy:\n    target_error: 0.05 # agreed\n";
    expect(writePolicy(short, "yaml", { ...earned, target_error: 0.04 })).toBe(short.replace("0.05", "0.04"));
    expect(writePolicy(short, "yaml", { ...earned, certainty: 0.9, by: { kind: "class" } })).toBe(
      "policy:\n  autonomy: { target_error: 0.05, certainty: 0.9, audit_rate: 0.05, by: class }\n",
    );
    const looks: Policy = { ...earned, by: { kind: "class" }, together: true, second_looks: 0.1 };
    const written = writePolicy(short, "yaml", looks);
    expect(written).toContain("audit_rate: 0.05, by: class, together: true, second_looks: 0.1 }");
    expect(readPolicy(written ?? "", "yaml")).toEqual(looks);
    expect(readPolicy((written ?? "").replace("true", "yes"), "yaml")).toBeNull();
    const json = `{"policy": {"autonomy": {"target_error": 0.05, "by": "class", "together": true, "second_looks": 0.1}}}`;
    expect(readPolicy(json, "json")).toEqual(looks);
    expect(writePolicy(json, "json", { ...looks, together: false })).not.toContain("together");
    const slice = writePolicy(short, "yaml", { ...earned, by: { kind: "slice", name: "the region" } });
    expect(slice).toContain('by: { slice: "the region" }');
  });

  it("leaves what it cannot be sure of to people", () => {
    const unsure = [
      "policy: { confidence: { auto_at: *sure } }\n",
      "policy: { confidence: { auto_at: 0.9 } } }\n",
      "policy: { confidence: { auto_at: 0.9 }, confidence: { auto_at: 0.8 } }\n",
      "policy: [confidence]\n",
      "policy: *shared\n",
      "policy:\n  confidence: &sure { auto_at: 0.9 }\n",
      "policy:\n  <<: *base\n  confidence: { auto_at: 0.9 }\n",
      "policy:\n  confidence: { auto_at: 0.9 }\n  confidence: { auto_at: 0.8 }\n",
      "policy:\n  confidence: { auto_at: 0.9 }\npolicy:\n  confidence: { auto_at: 0.8 }\n",
      "policy:\n  confidence: { auto_at: high }\n",
      "policy:\n  confidence: { auto_at: 0.9, other: 1 }\n",
      "policy:\n  confidence: { auto_at: 0.9 }\n  conformal: { alpha: 0.1 }\n",
      "policy:\n\tconfidence: { auto_at: 0.9 }\n",
      '"policy":\n  confidence: { auto_at: 0.9 }\n',
      "{ loop: a }\n",
    ];
    for (const source of unsure) {
      expect(readPolicy(source, "yaml"), source).toBeNull();
      expect(writePolicy(source, "yaml", earned), source).toBeNull();
    }
  });
});

describe("a policy in JSON", () => {
  const source =
    '{\n  "loop": "a",\n  "policy": {\n    "rules": [{"when": "x == \\"}\\"" }],\n    "confidence": {"auto_at": 0.9}\n  },\n  "mode": "in_the_loop"\n}\n';

  it("changes a value and nothing else", () => {
    expect(readPolicy(source, "json")).toEqual({ method: "confidence", auto_at: 0.9, audit_rate: 0 });
    const after = writePolicy(source, "json", { method: "confidence", auto_at: 0.75, audit_rate: 0 });
    expect(after).toBe(source.replace("0.9", "0.75"));
  });

  it("exchanges, removes and adds", () => {
    const set = writePolicy(source, "json", { method: "conformal", alpha: 0.1, audit_rate: 0.2 }) ?? "";
    expect(set).toBe(
      source.replace('"confidence": {"auto_at": 0.9}', '"conformal": { "alpha": 0.1, "audit_rate": 0.2 }'),
    );
    const none = writePolicy(source, "json", { method: "review" }) ?? "";
    expect(JSON.parse(none).policy).toEqual({ rules: [{ when: 'x == "}"' }] });
    const again = writePolicy(none, "json", earned) ?? "";
    expect(JSON.parse(again).policy.autonomy).toEqual({ target_error: 0.05, certainty: 0.95, audit_rate: 0.05 });
    expect(JSON.parse(writePolicy('{"loop": "a"}', "json", earned) ?? "").policy.autonomy.target_error).toBe(0.05);
    expect(JSON.parse(writePolicy('{"policy": {}}', "json", earned) ?? "").policy.autonomy.target_error).toBe(0.05);
  });

  it("leaves broken files to people", () => {
    expect(readPolicy('{"policy": {', "json")).toBeNull();
    expect(readPolicy('{"policy": {"confidence": {"auto_at": [0.9]}}}', "json")).toBeNull();
    expect(readPolicy('{"policy": 3}', "json")).toBeNull();
  });
});

it("reads what the server made of a file", () => {
  expect(policyOf(undefined)).toEqual({ method: "review" });
  expect(policyOf({ confidence: { auto_at: 0.85, audit_rate: 0.1 } })).toEqual({
    method: "confidence",
    auto_at: 0.85,
    audit_rate: 0.1,
  });
  expect(
    policyOf({ autonomy: { target_error: 0.05, certainty: 0.95, audit_rate: 0.05, by: { slice: "region" } } }),
  ).toEqual({ ...earned, by: { kind: "slice", name: "region" } });
});
