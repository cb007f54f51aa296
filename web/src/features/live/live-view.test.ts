import { describe, expect, it } from "vitest";
import { barEnd, contrast, curve, errorInWords } from "./live-view";

const error = { estimate: 0.014, lower: 0.004, upper: 0.037, certainty: 0.95 };

describe("the error among automatic answers", () => {
  it("claims nothing before anything was automatic or checked", () => {
    expect(errorInWords({ error: null, audited: 0, automatic: 0 }).headline).toBe("–");
    const unchecked = errorInWords({
      error: { ...error, lower: 0, upper: 1 },
      audited: 0,
      automatic: 40,
      audits_pending: 2,
    });
    expect(unchecked.headline).toBe("not known yet");
    expect(unchecked.words).toContain("None of the 40");
    expect(unchecked.words).toContain("2 more wait for a look");
  });

  it("states the interval in plain words", () => {
    const { headline, words } = errorInWords({ error, audited: 31, automatic: 400 });
    expect(headline).toBe("1.4\u00a0%");
    expect(words).toBe(
      "With 95\u00a0% certainty the true error is between 0.4\u00a0% and 3.7\u00a0%, however often you look. People checked 31 automatic answers, drawn by chance.",
    );
    const going = errorInWords({ error, audited: 31, automatic: 400, progress: { target: 0.05, further_cases: 1200 } });
    expect(going.words).toContain("about 1,200 more automatic cases");
  });

  it("ends its bar at a round number above the interval", () => {
    expect(barEnd(0.017)).toBe(0.02);
    expect(barEnd(0.037)).toBe(0.05);
    expect(barEnd(0.9)).toBe(1);
  });
});

describe("the learning curve", () => {
  const share = { estimate: 0.9, lower: 0.85, upper: 0.94 };

  it("draws models that were scored", () => {
    const { title, points } = curve({
      points: [
        { judgments: 0, accuracy: null },
        { judgments: 20, accuracy: share, model_version: 2 },
      ],
      agreement: [],
    });
    expect(title).toBe("Accuracy on held-out cases");
    expect(points).toEqual([{ x: 20, y: 0.9, lower: 0.85, upper: 0.94, note: "2" }]);
  });

  it("falls back on how often people agreed", () => {
    const { title, points } = curve({ points: [], agreement: [{ judgments: 10, agreement: share }] });
    expect(title).toBe("People agreeing with the proposal");
    expect(points.length).toBe(1);
  });
});

describe("choosing against drawing", () => {
  const share = (estimate: number) => ({ estimate, lower: estimate - 0.03, upper: estimate + 0.03 });
  const points = [
    { judgments: 10, trained_on: 20, accuracy: share(0.7), model_version: 1 },
    {
      judgments: 50,
      trained_on: 60,
      accuracy: share(0.9),
      random: { trained_on: 40, accuracy: share(0.74) },
      model_version: 2,
    },
  ];

  it("compares at the same number of cases", () => {
    const { chosen, drawn, words } = contrast(points) ?? { chosen: [], drawn: [], words: "" };
    expect([chosen.length, drawn.length]).toEqual([2, 1]);
    expect(words).toContain("the 40 labelled cases that were drawn at random, a model gets 74.0\u00a0%");
    expect(words).toContain("of the queue's choice it was 80.0\u00a0%. Choosing teaches more.");
  });

  it("says so where chance explains it, where choosing is worse, and where nothing compares", () => {
    const drawnAt = (estimate: number, trained_on = 40) =>
      contrast(points.map((point) => ({ ...point, random: point.random && { trained_on, accuracy: share(estimate) } })))
        ?.words;
    expect(drawnAt(0.79)).toContain("within what chance explains");
    expect(drawnAt(0.86)).toContain("Choosing teaches less here");
    expect(drawnAt(0.6, 10)).toContain("No model was trained on so few");
    expect(contrast(points.slice(0, 1))).toBeNull();
  });
});
