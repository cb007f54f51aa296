import { Button } from "@mantine/core";
import { Kbd, Note } from "../../shared/ui/kit";
import type { Item } from "./inbox-store";

/** What became of an answer that did not arrive, and the ways on. */
export function TroubleBar({ item, onReclaim, onLetGo }: { item: Item; onReclaim: () => void; onLetGo: () => void }) {
  const { trouble, said } = item;
  if (!trouble) return null;
  if (trouble.kind === "lost") {
    return (
      <Note
        tone="warn"
        title="This case is no longer reserved for you"
        action={
          <>
            <Button onClick={onReclaim} rightSection={<Kbd name="enter" />}>
              Claim it again
            </Button>
            <Button variant="subtle" onClick={onLetGo} rightSection={<Kbd name="k" />}>
              Let it go
            </Button>
          </>
        }
      >
        {trouble.message} {said ? `Your answer “${said.words}” is kept on this machine.` : ""}
      </Note>
    );
  }
  return (
    <Note
      tone="bad"
      title={
        trouble.kind === "refused" ? "The server did not take this answer" : "Your answer did not reach the server"
      }
    >
      {trouble.message} {said ? `“${said.words}” is kept: press Enter to send it again.` : ""}
    </Note>
  );
}
