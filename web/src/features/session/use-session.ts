import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, setCsrf, setMember } from "../../shared/api/client";
import { ApiError } from "../../shared/api/error";
import type { Session } from "../../shared/api/types";

/** Who is signed in; null when nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async ({ signal }): Promise<Session | null> => {
    try {
      const session = await api.get<Session>("/v1/session", { signal });
      setCsrf(session.csrf);
      setMember(session.member.id);
      return session;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: 60_000,
});

export function useSession() {
  return useQuery(sessionQuery);
}

export async function signIn(email: string, password: string): Promise<void> {
  const { csrf } = await api.post<{ csrf: string }>("/v1/session", { email, password });
  setCsrf(csrf);
}

export async function signInByLink(token: string): Promise<void> {
  const { csrf } = await api.post<{ csrf: string }>("/v1/session/link", { token });
  setCsrf(csrf);
}

export async function signOut(): Promise<void> {
  await api.remove("/v1/session");
  setCsrf(null);
}
