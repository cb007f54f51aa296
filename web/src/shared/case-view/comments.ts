import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Comment, Page } from "../api/types";

export const commentsQuery = (caseId: string) =>
  queryOptions({
    queryKey: ["comments", caseId],
    queryFn: ({ signal }) => api.get<Page<Comment>>(`/v1/cases/${encodeURIComponent(caseId)}/comments`, { signal }),
    select: (page) => page.items,
  });

export function postComment(caseId: string, body: string): Promise<Comment> {
  return api.post<Comment>(`/v1/cases/${encodeURIComponent(caseId)}/comments`, { body });
}
