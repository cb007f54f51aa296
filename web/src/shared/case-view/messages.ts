import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Case, Conversation, Message } from "../api/types";

const path = (caseId: string, rest: string) => `/v1/cases/${encodeURIComponent(caseId)}/${rest}`;

/** The conversation beside a case. Asked again every few seconds, besides what events say. */
export const messagesQuery = (caseId: string) =>
  queryOptions({
    queryKey: ["messages", caseId],
    queryFn: ({ signal }) => api.get<Conversation>(path(caseId, "messages"), { signal }),
    refetchInterval: 3000,
  });

export function sendMessage(caseId: string, body: string, id: string): Promise<Message> {
  return api.post<Message>(path(caseId, "messages"), { id, from: "person", body });
}

export function takeOver(caseId: string): Promise<Case> {
  return api.post<Case>(path(caseId, "take-over"), {});
}

export function handBack(caseId: string, note: string): Promise<Case> {
  return api.post<Case>(path(caseId, "hand-back"), { note });
}
