/** Which waiting case comes next, in the words of `POST /v1/claims`. */
export type ClaimOrder = "policy" | "oldest" | "uncertain" | "diverse" | "value" | "grouped";

export const ORDERS: readonly { order: ClaimOrder; title: string }[] = [
  { order: "policy", title: "As the loop says" },
  { order: "value", title: "Due, then worth most" },
  { order: "grouped", title: "Alike together" },
  { order: "uncertain", title: "Least certain" },
  { order: "diverse", title: "Different from each other" },
  { order: "oldest", title: "Oldest" },
];

const STORE = "tandem.inbox.claims";

/** The order this person chose last on this device. */
export function readClaimOrder(storage: Storage = localStorage): ClaimOrder {
  const stored = storage.getItem(STORE);
  return ORDERS.find(({ order }) => order === stored)?.order ?? "policy";
}

export function saveClaimOrder(order: ClaimOrder, storage: Storage = localStorage): void {
  storage.setItem(STORE, order);
}
