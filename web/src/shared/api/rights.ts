import type { Role, Session } from "./types";

/**
 * Whether somebody holds one of these roles, in this loop or (null) in any. Administrators hold
 * every role. It only decides what is offered: the server decides what is done.
 */
export function holds(session: Pick<Session, "roles">, loop: string | null, ...roles: Role[]): boolean {
  return session.roles.some(
    (grant) =>
      (loop === null || grant.loop === "*" || grant.loop === loop) &&
      (grant.role === "admin" || roles.includes(grant.role)),
  );
}
