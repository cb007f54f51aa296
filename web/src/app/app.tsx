import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useEffect } from "react";
import { useLocation } from "wouter";
import { LinkPage, SignInPage } from "../features/session/sign-in-page";
import { sessionQuery, useSession } from "../features/session/use-session";
import { whenSignedOut } from "../shared/api/client";
import { ApiError } from "../shared/api/error";
import { startEvents, useReopened } from "../shared/events/event-stream";
import { onKeyDown } from "../shared/hotkeys/registry";
import { resolver, theme } from "../shared/theme/theme";
import { Failure, PageBody } from "../shared/ui/kit";
import { Toasts } from "../shared/ui/toasts";
import { Boundary } from "./boundary";
import { Pages } from "./pages";
import { Shell } from "./shell";

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2000,
      retry: (failures, error) => failures < 3 && error instanceof ApiError && error.transient,
    },
  },
});

whenSignedOut(() => client.setQueryData(sessionQuery.queryKey, null));

export function App({ nonce }: { nonce: string }) {
  useEffect(() => {
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={resolver}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={client}>
        <Entrance />
        <Toasts />
      </QueryClientProvider>
    </MantineProvider>
  );
}

/** Nobody gets past without a session; a sign-in link has its own page. */
function Entrance() {
  const session = useSession();
  const [path, navigate] = useLocation();
  const signedIn = Boolean(session.data);
  useEffect(() => (signedIn ? startEvents() : undefined), [signedIn]);
  // Who is signed in is known without: asking in vain would take the page away.
  useReopened(
    () => void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] }),
  );
  const token = /^\/signin\/([^/]+)$/.exec(path)?.[1];
  if (token) return <LinkPage token={decodeURIComponent(token)} onDone={() => navigate("/inbox", { replace: true })} />;
  if (session.isPending) return null;
  if (session.isError) {
    return (
      <PageBody>
        <Failure what="Tandem cannot be reached" error={session.error} />
      </PageBody>
    );
  }
  if (!session.data) return <SignInPage />;
  return (
    <Shell session={session.data}>
      <Boundary path={path}>
        <Pages session={session.data} />
      </Boundary>
    </Shell>
  );
}
