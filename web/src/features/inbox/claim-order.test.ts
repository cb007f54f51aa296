import { beforeEach, expect, it } from "vitest";
import { ORDERS, readClaimOrder, saveClaimOrder } from "./claim-order";

beforeEach(() => localStorage.clear());

it("remembers the order on this device and falls back on the loop's own", () => {
  expect(readClaimOrder()).toBe("policy");
  for (const { order } of ORDERS) {
    saveClaimOrder(order);
    expect(readClaimOrder()).toBe(order);
  }
  localStorage.setItem("tandem.inbox.claims", "an order of yesterday");
  expect(readClaimOrder()).toBe("policy");
});
