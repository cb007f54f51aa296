import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { loopsQuery } from "../../shared/api/queries";
import type { Role, RoleGrant } from "../../shared/api/types";
import css from "./settings.module.css";

export const ROLES: Role[] = ["submitter", "reviewer", "arbiter", "orchestrator", "auditor", "admin"];

/** Roles in words: "reviewer in digits, auditor everywhere". */
export function grantsInWords(grants: readonly RoleGrant[]): string {
  if (grants.length === 0) return "no role";
  return grants.map((grant) => `${grant.role} ${grant.loop === "*" ? "everywhere" : `in ${grant.loop}`}`).join(", ");
}

/** Chooses roles per loop. */
export function Grants({ value, onChange }: { value: RoleGrant[]; onChange: (grants: RoleGrant[]) => void }) {
  const loops = useQuery(loopsQuery);
  const set = (at: number, change: Partial<RoleGrant>) =>
    onChange(value.map((grant, n) => (n === at ? { ...grant, ...change } : grant)));
  return (
    <fieldset className={css.grants}>
      <legend>Roles</legend>
      {value.map((grant, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place; two may hold the same role for a moment
        <div key={at} className={css.grant}>
          <select
            aria-label={`Role ${at + 1}`}
            value={grant.role}
            onChange={(event) => set(at, { role: event.target.value as Role })}
          >
            {ROLES.map((role) => (
              <option key={role}>{role}</option>
            ))}
          </select>
          <select
            aria-label={`Where role ${at + 1} holds`}
            value={grant.loop}
            onChange={(event) => set(at, { loop: event.target.value })}
          >
            <option value="*">everywhere</option>
            {loops.data?.map((loop) => (
              <option key={loop.name} value={loop.name}>
                in {loop.title ?? loop.name}
              </option>
            ))}
          </select>
          <Button size="xs" variant="subtle" onClick={() => onChange(value.filter((_, n) => n !== at))}>
            Remove
          </Button>
        </div>
      ))}
      <Button size="xs" onClick={() => onChange([...value, { loop: "*", role: "reviewer" }])}>
        Add a role
      </Button>
    </fieldset>
  );
}
