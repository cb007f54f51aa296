import { queryOptions } from "@tanstack/react-query";
import { api } from "../../shared/api/client";
import type {
  AgreementPoint,
  ErrorStats,
  Job,
  LearningPoint,
  ModelRow,
  Page,
  QueueStats,
} from "../../shared/api/types";
import type { ChartPoint } from "../../shared/charts/line-chart";
import { count, percent } from "../../shared/format/format";

export type Live = ErrorStats & {
  queue: QueueStats;
  model: ModelRow | null;
  models_trained: number;
  points: LearningPoint[];
  agreement: AgreementPoint[];
  time: { median_ms: number | null; p90_ms: number | null; n: number };
  job: Job | null;
};

export const liveQuery = (loop: string) =>
  queryOptions({
    queryKey: ["live", loop],
    queryFn: ({ signal }) => api.get<Live>(`/v1/loops/${encodeURIComponent(loop)}/live`, { signal }),
    refetchInterval: 10_000,
  });

/** The newest models; asked for again whenever another one was trained. */
export const modelsQuery = (loop: string, trained: number) =>
  queryOptions({
    queryKey: ["models", loop, trained],
    queryFn: ({ signal }) => api.get<Page<ModelRow>>(`/v1/loops/${encodeURIComponent(loop)}/models`, { signal }),
    select: (page) => page.items.toSorted((a, b) => b.version - a.version),
    placeholderData: (before) => before,
  });

type Known = Pick<Live, "error" | "audited" | "audits_pending" | "automatic" | "progress">;

/** What the interval says, for somebody who has never read about intervals. */
export function errorInWords(live: Known): { headline: string; words: string } {
  const { error, audited, automatic, progress } = live;
  if (automatic === 0 || !error) {
    return {
      headline: "–",
      words: "The machine has answered nothing by itself yet, so there is no error to speak of.",
    };
  }
  const waiting = live.audits_pending ? ` ${count(live.audits_pending)} more wait for a look.` : "";
  if (audited === 0) {
    return {
      headline: "not known yet",
      words: `None of the ${count(automatic)} automatic answers was checked by a person so far, so anything is possible. A random share goes to people; each look narrows it down.${waiting}`,
    };
  }
  const certainty = percent(error.certainty, 0);
  const further = progress?.further_cases
    ? ` As things go, about ${count(progress.further_cases)} more automatic cases bring the upper end below ${percent(progress.target, 0)}.`
    : "";
  return {
    headline: percent(error.estimate),
    words: `With ${certainty} certainty the true error is between ${percent(error.lower)} and ${percent(error.upper)}, however often you look. People checked ${count(audited)} automatic answers, drawn by chance.${waiting}${further}`,
  };
}

/** One point a model; where no model was scored on held-out rows, how often people agreed instead. */
export function curve(live: Pick<Live, "points" | "agreement">): { title: string; y: string; points: ChartPoint[] } {
  const scored = live.points.flatMap((point) =>
    point.accuracy ? [{ x: point.judgments, y: point.accuracy, note: point.model_version }] : [],
  );
  const agreed = live.agreement.map((point) => ({ x: point.judgments, y: point.agreement, note: undefined }));
  const accuracy = scored.length > 0;
  return {
    title: accuracy ? "Accuracy on held-out cases" : "People agreeing with the proposal",
    y: accuracy ? "accuracy" : "agreement",
    points: (accuracy ? scored : agreed).map(({ x, y, note }) => ({
      x,
      y: y.estimate,
      lower: y.lower,
      upper: y.upper,
      note: note === undefined ? undefined : String(note),
    })),
  };
}

export type Contrast = { chosen: ChartPoint[]; drawn: ChartPoint[]; words: string };

/** What choosing cases taught against drawing them; `null` before there is anything drawn to compare with. */
export function contrast(points: Live["points"]): Contrast | null {
  const chosen: ChartPoint[] = [];
  const drawn: ChartPoint[] = [];
  for (const { trained_on, accuracy, random, model_version } of points) {
    const note = model_version === undefined ? undefined : String(model_version);
    if (trained_on && accuracy) {
      chosen.push({ x: trained_on, y: accuracy.estimate, lower: accuracy.lower, upper: accuracy.upper, note });
    }
    if (random) {
      const { estimate, lower, upper } = random.accuracy;
      drawn.push({ x: random.trained_on, y: estimate, lower, upper, note });
    }
  }
  const last = drawn.at(-1);
  if (!last) return null;
  drawn.sort((a, b) => a.x - b.x);
  const same = at(chosen, last.x);
  const alone = `Trained on the ${count(last.x)} labelled cases that were drawn at random, a model gets ${percent(last.y)} of the held-out cases right.`;
  if (same === null) return { chosen, drawn, words: `${alone} No model was trained on so few cases to compare with.` };
  const within = last.lower !== null && last.upper !== null && same >= last.lower && same <= last.upper;
  const verdict = within
    ? "That difference is within what chance explains."
    : same > last.y
      ? "Choosing teaches more."
      : "Choosing teaches less here: look at the claim order.";
  return {
    chosen,
    drawn,
    words: `${alone} With as many cases of the queue's choice it was ${percent(same)}. ${verdict}`,
  };
}

/** The height of a line at `x`, between its points; `null` outside of them. */
function at(points: readonly ChartPoint[], x: number): number | null {
  const next = points.findIndex((point) => point.x >= x);
  const [right, left] = [points[next], points[next - 1]];
  if (!right || (!left && right.x > x)) return null;
  if (!left || right.x === left.x) return right.y;
  return left.y + ((right.y - left.y) * (x - left.x)) / (right.x - left.x);
}

/** A round upper end for the error's bar, a little above the interval. */
export function barEnd(upper: number): number {
  return [0.02, 0.05, 0.1, 0.2, 0.5].find((end) => upper <= end * 0.9) ?? 1;
}
