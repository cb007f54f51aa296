import { expect, test } from "vitest";
import type { ChainLink } from "../../shared/api/types";
import { duration, standing } from "./chain-card";

const link: ChainLink = { link: "http-1", kind: "http", calls: 0 };

test("a link's state says whether it is asked now", () => {
  expect(standing(link)).toBe("not asked yet");
  expect(standing({ ...link, calls: 5, breaker: "closed" })).toBe("asked");
  expect(standing({ ...link, calls: 5, breaker: "open" })).toBe("left alone");
  expect(standing({ ...link, calls: 5, breaker: "half_open" })).toBe("about to be tried");
});

test("durations are told once there are any", () => {
  expect(duration(link)).toBe("–");
  expect(duration({ ...link, p50_ms: 12, p95_ms: 80 })).toBe("12 / 80 ms");
});
