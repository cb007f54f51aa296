import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../../shared/api/client";
import { useNotificationHint } from "../../shared/events/event-stream";
import type { NotificationFeed } from "./notification-types";

const KEY = ["notifications", "feed"];

/** What I was told, read again when the server hints that there is more. */
export function useFeed() {
  const client = useQueryClient();
  useNotificationHint(() => void client.invalidateQueries({ queryKey: KEY }));
  return useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api.get<NotificationFeed>("/v1/members/me/notifications/feed?limit=20", { signal }),
    refetchInterval: 60_000,
  });
}

/** Marks one as read, or everything up to one. */
export function useMarkRead() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (read: { id?: string; upto?: string }) => api.post("/v1/members/me/notifications/read", read),
    onSuccess: () => client.invalidateQueries({ queryKey: KEY }),
  });
}
