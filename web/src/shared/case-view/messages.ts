import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Case, Conversation, Message } from "../api/types";
import { useEvents, useStreamState } from "../events/event-stream";

const path = (caseId: string, rest: string) => `/v1/cases/${encodeURIComponent(caseId)}/${rest}`;

/** How often the conversation is read while the server's events do not come. */
const WITHOUT_EVENTS_MS = 3_000;

/** The conversation beside a case. */
export const messagesQuery = (caseId: string) =>
  queryOptions({
    queryKey: ["messages", caseId],
    queryFn: ({ signal }) => api.get<Conversation>(path(caseId, "messages"), { signal }),
  });

/** The conversation beside a case, read again when events say that something happened to the case. */
export function useMessages(caseId: string) {
  const client = useQueryClient();
  const stream = useStreamState();
  useEvents((events) => {
    if (events.some((event) => event.case === caseId)) void client.invalidateQueries(messagesQuery(caseId));
  });
  return useQuery({ ...messagesQuery(caseId), refetchInterval: stream === "open" ? false : WITHOUT_EVENTS_MS });
}

export function sendMessage(caseId: string, body: string, id: string): Promise<Message> {
  return api.post<Message>(path(caseId, "messages"), { id, from: "person", body });
}

export function takeOver(caseId: string): Promise<Case> {
  return api.post<Case>(path(caseId, "take-over"), {});
}

export function handBack(caseId: string, note: string): Promise<Case> {
  return api.post<Case>(path(caseId, "hand-back"), { note });
}
