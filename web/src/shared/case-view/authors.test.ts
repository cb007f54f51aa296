import { describe, expect, it } from "vitest";
import {
  type Authored,
  changeOf,
  covers,
  fromWire,
  person,
  replaced,
  shareByModels,
  shareInWords,
  toWire,
  whole,
} from "./authors";

const model = (start = 0, suggestion = "sug_1") => ({ by: "model", suggestion, start }) as const;
const brief = (spans: readonly Authored[]) => spans.map(({ from, to, by }) => `${by} ${from}-${to}`);

/** Numbers that look drawn, the same in every run. */
function drawn(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state % most;
  };
}

describe("who wrote what", () => {
  it("splits a model's words where a person types inside, and joins what is typed in one go", () => {
    let spans = replaced(whole("Hi ", person), 3, 3, 8, model());
    expect(brief(spans)).toEqual(["human 0-3", "model 3-11"]);
    spans = replaced(spans, 7, 7, 1, person);
    spans = replaced(spans, 8, 8, 1, person);
    expect(brief(spans)).toEqual(["human 0-3", "model 3-7", "human 7-9", "model 9-13"]);
    // Deleted again, the two halves are one span; with something missing between them they are two.
    expect(brief(replaced(spans, 7, 9, 0, person))).toEqual(["human 0-3", "model 3-11"]);
    expect(brief(replaced(spans, 6, 9, 0, person))).toEqual(["human 0-3", "model 3-6", "model 6-10"]);
  });

  it("joins words of one suggestion that were taken one after the other", () => {
    const spans = replaced(replaced([], 0, 0, 4, model(0)), 4, 4, 3, model(4));
    expect(brief(spans)).toEqual(["model 0-7"]);
    expect(brief(replaced(spans, 7, 7, 3, model(0, "sug_2")))).toEqual(["model 0-7", "model 7-10"]);
  });

  it("keeps the text covered through any edits, and never gives a model's signs to a person", () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const draw = drawn(seed);
      // Signs of models are upper case, so the text itself says whose they are.
      let [text, spans]: [string, Authored[]] = ["", []];
      for (let n = 0; n < 25; n += 1) {
        const from = draw(text.length + 1);
        const to = Math.min(text.length, from + draw(6));
        const source = draw(2) ? person : model(draw(9));
        const words = source.by === "human" ? "ab".repeat(draw(4)) : "AB".repeat(draw(4));
        spans = replaced(spans, from, to, words.length, source);
        text = text.slice(0, from) + words + text.slice(to);
        expect(covers(spans, text.length), `seed ${seed}`).toBe(true);
        for (const span of spans) {
          const own = text.slice(span.from, span.to);
          expect(own, `seed ${seed}`).toBe(span.by === "model" ? own.toUpperCase() : own.toLowerCase());
        }
      }
    }
  });

  it("finds what changed, where the cursor says it was", () => {
    expect(changeOf("aaa", "aaaa", 2)).toEqual({ from: 1, to: 1, words: "a" });
    expect(changeOf("aaa", "aaaa", 4)).toEqual({ from: 3, to: 3, words: "a" });
    expect(changeOf("one two", "one 2", 5)).toEqual({ from: 4, to: 7, words: "2" });
    expect(changeOf("abc", "", 0)).toEqual({ from: 0, to: 3, words: "" });
    for (let seed = 1; seed <= 200; seed += 1) {
      const draw = drawn(seed);
      const before = "ab".repeat(draw(6));
      const from = draw(before.length + 1);
      const to = Math.min(before.length, from + draw(4));
      const words = "ba".repeat(draw(3));
      const after = before.slice(0, from) + words + before.slice(to);
      const found = changeOf(before, after, from + words.length);
      expect(before.slice(0, found.from) + found.words + before.slice(found.to)).toBe(after);
    }
  });

  it("speaks code points with the server", () => {
    const text = "a😀b";
    const spans: Authored[] = [
      { from: 0, to: 3, by: "model", suggestion: "sug_1", start: 0 },
      { from: 3, to: 4, by: "human" },
    ];
    const wire = toWire(text, spans);
    expect(wire).toEqual([
      { from: 0, to: 2, by: "model", suggestion: "sug_1" },
      { from: 2, to: 3, by: "human" },
    ]);
    expect(brief(fromWire(text, wire))).toEqual(["model 0-3", "human 3-4"]);
    expect(toWire("x", whole("x", { by: "model", suggestion: null, start: 0 }))).toEqual([
      { from: 0, to: 1, by: "model" },
    ]);
  });

  it("says the share, and never rounds something to nothing", () => {
    expect(shareByModels([])).toBeNull();
    expect(
      shareByModels([
        { from: 0, to: 62, by: "model" },
        { from: 62, to: 100, by: "human" },
      ]),
    ).toBeCloseTo(0.62);
    expect(shareInWords(0.62)).toBe("AI 62 % · human 38 %");
    expect(shareInWords(0.001)).toBe("AI 1 % · human 99 %");
    expect(shareInWords(0.999)).toBe("AI 99 % · human 1 %");
    expect(shareInWords(1)).toBe("AI 100 % · human 0 %");
  });
});
