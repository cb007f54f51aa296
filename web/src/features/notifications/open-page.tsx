import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useLocation } from "wouter";
import { api } from "../../shared/api/client";
import { Empty, Failure, PageBody, PageHead } from "../../shared/ui/kit";

/**
 * The page of a link in a message. The secret stands behind `#`, so a scanner's visit sends nothing;
 * the signed-in page uses it up and goes to the case. It decides nothing.
 */
export function OpenPage() {
  const [, navigate] = useLocation();
  const token = useRef(window.location.hash.slice(1));
  const open = useMutation({
    mutationFn: () => api.post<{ case: string }>("/v1/notifications/open", { token: token.current }),
    onSuccess: (found) => navigate(`/cases/${found.case}`, { replace: true }),
  });
  const started = useRef(false);
  useEffect(() => {
    if (started.current || !token.current) return;
    started.current = true;
    open.mutate();
  });
  return (
    <PageBody>
      <PageHead title="Open a link" />
      {!token.current && <Empty title="This link is not whole" />}
      {open.isError && (
        <Failure
          what="The link leads nowhere any more"
          error={open.error}
          action={
            <Button size="xs" variant="default" onClick={() => navigate("/inbox")}>
              Go to the inbox
            </Button>
          }
        />
      )}
    </PageBody>
  );
}
