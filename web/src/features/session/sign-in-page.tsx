import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ApiError, explain } from "../../shared/api/error";
import { useTitle } from "../../shared/ui/kit";
import css from "./session.module.css";
import { sessionQuery, signIn, signInByLink } from "./use-session";

function useEntering() {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const enter = async (how: () => Promise<void>, wrong: string) => {
    setBusy(true);
    setProblem(null);
    try {
      await how();
      await client.fetchQuery({ ...sessionQuery, staleTime: 0 });
      return true;
    } catch (error) {
      setProblem(
        error instanceof ApiError && [400, 401, 403, 404, 410].includes(error.status) ? wrong : explain(error),
      );
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, enter };
}

export function SignInPage() {
  useTitle("Sign in");
  const { busy, problem, enter } = useEntering();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    void enter(
      () => signIn(String(form.get("email")), String(form.get("password"))),
      "This e-mail address and password do not fit together.",
    );
  };
  return (
    <main className={css.page}>
      <form className={css.box} onSubmit={submit}>
        <Brand />
        <h1>Sign in</h1>
        <TextInput name="email" type="email" label="E-mail" autoComplete="username" required autoFocus />
        <PasswordInput
          name="password"
          label="Password"
          autoComplete="current-password"
          required
          visibilityToggleButtonProps={{ "aria-label": "Show the password" }}
        />
        {problem && (
          <p className={css.problem} role="alert">
            {problem}
          </p>
        )}
        <Button type="submit" variant="filled" loading={busy} fullWidth>
          Sign in
        </Button>
        <p className={css.hint}>
          No password yet? Open the sign-in link that your administrator or the terminal gave you.
        </p>
      </form>
    </main>
  );
}

/** The page of a one-time link. A button uses it up, so that a mail scanner's visit does not. */
export function LinkPage({ token, onDone }: { token: string; onDone: () => void }) {
  useTitle("Sign in");
  const { busy, problem, enter } = useEntering();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (await enter(() => signInByLink(token), "This link has been used or is too old. Ask for a new one.")) onDone();
  };
  return (
    <main className={css.page}>
      <form className={css.box} onSubmit={submit}>
        <Brand />
        <h1>Welcome</h1>
        <p>This link signs you in once, on this browser.</p>
        {problem && (
          <p className={css.problem} role="alert">
            {problem}
          </p>
        )}
        <Button type="submit" variant="filled" loading={busy} fullWidth autoFocus>
          Sign in
        </Button>
      </form>
    </main>
  );
}

function Brand() {
  return (
    <div className={css.brand}>
      <img src="/favicon.svg" alt="" width={28} height={28} />
      Tandem
    </div>
  );
}
