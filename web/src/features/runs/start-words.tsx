import { Code } from "../../shared/ui/kit";
import css from "./runs.module.css";

const PYTHON = `from tandem import Tandem

t = Tandem()                       # TANDEM_URL, TANDEM_KEY
with t.run("LOOP", goal="tidy the inbox", constraints=["no refunds"]) as run:
    while work_is_left():
        run.check()                # waits while paused, ends when stopped
        run.step("tool_call", "search", input={"q": "cards"})`;

const curl = (origin: string) => `curl -H "Authorization: Bearer $TANDEM_KEY" -H 'Content-Type: application/json' \\
  ${origin}/v1/runs -d '{"loop": "LOOP", "goal": "tidy the inbox"}'
curl -H "Authorization: Bearer $TANDEM_KEY" -H 'Content-Type: application/json' \\
  "${origin}/v1/runs/$ID/heartbeat?wait=10s" -d '{"epoch": 0}'   # says what it was told`;

/** How a run begins, for a room with none. */
export function StartARun({ loop }: { loop: string | null }) {
  const named = (text: string) => text.replaceAll("LOOP", loop ?? "tickets");
  return (
    <div className={css.start}>
      <p>
        An agent that starts a run shows here while it works: what it does, what it is told, and which of its gates
        wait. It needs a key with the role submitter.
      </p>
      <h3 className={css.sub}>Python</h3>
      <Code label="Start a run in Python">{named(PYTHON)}</Code>
      <h3 className={css.sub}>curl</h3>
      <Code label="Start a run with curl">{named(curl(window.location.origin))}</Code>
    </div>
  );
}
