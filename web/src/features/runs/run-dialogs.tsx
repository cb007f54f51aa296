import { Button, Modal } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useId, useState } from "react";
import { api, newIdempotencyKey } from "../../shared/api/client";
import { loopsQuery } from "../../shared/api/queries";
import type { AlertKind, Fleet, RunView } from "../../shared/api/types";
import { plural } from "../../shared/format/format";
import { Failure, Note } from "../../shared/ui/kit";
import { toast } from "../../shared/ui/toasts";
import { put } from "./run-queries";
import { ALERTS, LIVE, taken } from "./run-words";
import css from "./runs.module.css";

/** What is being asked, and about what. */
export type Asked =
  | { what: "pause" | "stop"; run: RunView }
  | { what: "resume" | "redirect"; run: RunView }
  | { what: "override"; run: RunView; step: number | null }
  | { what: "clear"; run: RunView; kind: AlertKind }
  | { what: "stopAll"; loop: string | null; fleet: Fleet | undefined }
  | { what: "halt"; loop: string | null; fleet: Fleet | undefined }
  | { what: "lift"; scope: string };

const at = (run: RunView, path: string) => `/v1/runs/${encodeURIComponent(run.id)}/${path}`;

/** The one dialog of the room: asks why, and orders it in the person's name. */
export function RunDialog({ asked, onClose }: { asked: Asked | null; onClose: () => void }) {
  return (
    <Modal
      opened={asked !== null}
      onClose={onClose}
      title={asked ? titleOf(asked) : ""}
      size="md"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {asked && <Body asked={asked} onClose={onClose} />}
    </Modal>
  );
}

function titleOf(asked: Asked): string {
  switch (asked.what) {
    case "pause":
      return `Pause ${asked.run.agent}`;
    case "resume":
      return `Resume ${asked.run.agent}`;
    case "stop":
      return `Stop ${asked.run.agent}`;
    case "redirect":
      return `A new goal for ${asked.run.agent}`;
    case "override":
      return "Override the result of a step";
    case "clear":
      return `Clear the alert: ${ALERTS[asked.kind]}`;
    case "stopAll":
      return "Stop all runs";
    case "halt":
      return "Halt";
    case "lift":
      return asked.scope === "*" ? "Let everything go on" : `Let ${asked.scope} go on`;
  }
}

function Body({ asked, onClose }: { asked: Asked; onClose: () => void }) {
  switch (asked.what) {
    case "pause":
    case "stop":
      return <Plain asked={asked} onClose={onClose} />;
    case "resume":
      return <Resume run={asked.run} onClose={onClose} />;
    case "redirect":
      return <Redirect run={asked.run} onClose={onClose} />;
    case "override":
      return <Override run={asked.run} step={asked.step} onClose={onClose} />;
    case "clear":
      return <Clear run={asked.run} kind={asked.kind} onClose={onClose} />;
    case "stopAll":
      return <StopAll loop={asked.loop} onClose={onClose} />;
    case "halt":
      return <Halt loop={asked.loop} fleet={asked.fleet} onClose={onClose} />;
    case "lift":
      return <Lift scope={asked.scope} onClose={onClose} />;
  }
}

type AskProps = {
  action: string;
  danger?: boolean;
  onClose: () => void;
  /** Does it and says what to tell the person; an error keeps the dialog and what was written. */
  act: (form: FormData, key: string) => Promise<string>;
  children: ReactNode;
};

/** A form with a reason; sending it twice orders once, and what was changed in between is another order. */
function Ask({ action, danger, onClose, act, children }: AskProps) {
  const client = useQueryClient();
  const id = useId();
  const [key, setKey] = useState(newIdempotencyKey);
  const order = useMutation({
    mutationFn: (form: FormData) => act(form, key),
    onSuccess: async (said) => {
      toast(said, "good");
      onClose();
      await client.invalidateQueries({ queryKey: ["runs"] });
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    order.mutate(new FormData(event.currentTarget));
  };
  return (
    <form className={css.ask} onSubmit={submit} onChange={() => setKey(newIdempotencyKey())}>
      {children}
      <div className={css.field}>
        <label htmlFor={id}>Why</label>
        <textarea id={id} name="reason" rows={2} required maxLength={2000} data-autofocus />
      </div>
      <p className={css.muted}>It is recorded in the ledger, with your name.</p>
      {order.isError && <Failure what="Nothing was changed" error={order.error} />}
      <div className={css.buttons}>
        <Button type="submit" variant={danger ? "danger" : "filled"} loading={order.isPending}>
          {action}
        </Button>
        <Button variant="subtle" onClick={onClose}>
          Leave it
        </Button>
      </div>
    </form>
  );
}

const reasonOf = (form: FormData) => String(form.get("reason") ?? "").trim();
const textOf = (form: FormData, name: string) => String(form.get(name) ?? "").trim();

function useOrder(run: RunView) {
  const client = useQueryClient();
  return async (body: Record<string, unknown>, key: string) => {
    const now = await api.post<RunView>(at(run, "control"), body, { idempotencyKey: key });
    put(client, now);
    return now;
  };
}

function Plain({ asked, onClose }: { asked: Extract<Asked, { what: "pause" | "stop" }>; onClose: () => void }) {
  const { what, run } = asked;
  const order = useOrder(run);
  const stops = what === "stop";
  return (
    <Ask
      action={stops ? "Stop it" : "Pause it"}
      danger={stops}
      onClose={onClose}
      act={async (form, key) => {
        await order({ kind: what, reason: reasonOf(form) }, key);
        return stops ? "Told to stop; its gates are shut" : "Told to pause; its gates are shut";
      }}
    >
      <p>
        {stops
          ? "Its gates shut at once and nothing brings it back. Gates that nobody has decided are withdrawn."
          : "Its gates shut at once. The step at hand may still be reported; then it waits."}
      </p>
    </Ask>
  );
}

function Resume({ run, onClose }: { run: RunView; onClose: () => void }) {
  const order = useOrder(run);
  const spent = run.used.share >= 1;
  return (
    <Ask
      action="Resume it"
      onClose={onClose}
      act={async (form, key) => {
        await order({ kind: "resume", reason: reasonOf(form), ...(spent && { budget: budgetOf(form, run) }) }, key);
        return "Told to go on; its gates open when it says so";
      }}
    >
      {spent ? (
        <>
          <p>Its budget is spent. It goes on only with a larger one.</p>
          <BudgetFields run={run} />
        </>
      ) : (
        <p>Its gates open again once the agent says that it goes on.</p>
      )}
    </Ask>
  );
}

function BudgetFields({ run }: { run: RunView }) {
  const id = useId();
  return (
    <fieldset className={css.three}>
      <legend>Budget from now on; empty is without limit</legend>
      <label htmlFor={`${id}s`}>
        Steps
        <input id={`${id}s`} name="steps" type="number" min={1} defaultValue={run.budget.steps ?? ""} />
      </label>
      <label htmlFor={`${id}c`}>
        Cost
        <input id={`${id}c`} name="cost" type="number" min={0} step="any" defaultValue={run.budget.cost ?? ""} />
      </label>
      <label htmlFor={`${id}t`}>
        Time
        <input id={`${id}t`} name="time" placeholder="10m" defaultValue={run.budget.time ?? ""} />
      </label>
    </fieldset>
  );
}

function budgetOf(form: FormData, run: RunView) {
  const number = (name: string) => (textOf(form, name) === "" ? null : Number(textOf(form, name)));
  return {
    steps: number("steps"),
    cost: number("cost"),
    time: textOf(form, "time") || null,
    // biome-ignore lint/suspicious/noThenProperty: the wire's own word for what happens at the end
    then: run.budget.then,
  };
}

function Redirect({ run, onClose }: { run: RunView; onClose: () => void }) {
  const id = useId();
  const order = useOrder(run);
  const { goal, constraints, version } = run.instruction;
  return (
    <Ask
      action={`Give version ${version + 1}`}
      onClose={onClose}
      act={async (form, key) => {
        const lines = textOf(form, "constraints").split("\n");
        const next = lines.map((line) => line.trim()).filter((line) => line !== "");
        const body = { kind: "redirect", reason: reasonOf(form), goal: textOf(form, "goal"), constraints: next };
        const now = await order(body, key);
        return `Version ${now.instruction.version} is given; gates stay shut until the agent has taken it up`;
      }}
    >
      <div className={css.field}>
        <label htmlFor={`${id}g`}>Goal</label>
        <textarea id={`${id}g`} name="goal" rows={3} required maxLength={4000} defaultValue={goal} />
      </div>
      <div className={css.field}>
        <label htmlFor={`${id}c`}>Constraints, one a line</label>
        <textarea id={`${id}c`} name="constraints" rows={3} defaultValue={constraints.join("\n")} />
      </div>
    </Ask>
  );
}

function Override({ run, step, onClose }: { run: RunView; step: number | null; onClose: () => void }) {
  const id = useId();
  const order = useOrder(run);
  return (
    <Ask
      action="Override it"
      onClose={onClose}
      act={async (form, key) => {
        const text = textOf(form, "result");
        const n = Number(textOf(form, "step"));
        await order({ kind: "override", reason: reasonOf(form), step: n, result: parsed(text) }, key);
        return `Step ${n} has another result; gates stay shut until the agent has taken it up`;
      }}
    >
      <div className={css.field}>
        <label htmlFor={`${id}n`}>Step</label>
        <input
          id={`${id}n`}
          name="step"
          type="number"
          min={1}
          max={run.used.steps}
          required
          defaultValue={step ?? run.last_step?.n}
        />
      </div>
      <div className={css.field}>
        <label htmlFor={`${id}r`}>What counts as its result, as JSON or plain text</label>
        <textarea id={`${id}r`} name="result" rows={4} required className={css.code} />
      </div>
    </Ask>
  );
}

/** JSON where it is JSON, the text itself where it is not. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function Clear({ run, kind, onClose }: { run: RunView; kind: AlertKind; onClose: () => void }) {
  const client = useQueryClient();
  const alert = run.alerts.find((one) => one.kind === kind);
  return (
    <Ask
      action="Clear it"
      onClose={onClose}
      act={async (form, key) => {
        const body = { kind, reason: reasonOf(form) };
        put(client, await api.post<RunView>(at(run, "alerts/clear"), body, { idempotencyKey: key }));
        return "The alert is cleared; it is raised again only by what comes";
      }}
    >
      <p>{alert?.detail}</p>
    </Ask>
  );
}

function LoopChoice({ loop, all, onChange }: { loop: string; all: string; onChange: (loop: string) => void }) {
  const id = useId();
  const loops = useQuery(loopsQuery);
  return (
    <div className={css.field}>
      <label htmlFor={id}>Which</label>
      <select id={id} value={loop} onChange={(event) => onChange(event.target.value)}>
        <option value="">{all}</option>
        {(loops.data ?? []).map(({ name, title }) => (
          <option key={name} value={name}>
            {title ?? name}
          </option>
        ))}
      </select>
    </div>
  );
}

/** What takes the place of a form that had the focus takes the focus: the trap around it moves it but once. */
function focused(node: HTMLElement | null): void {
  node?.focus();
}

/** Two steps: which and why, then once more with the number. */
function StopAll({ loop: first, onClose }: { loop: string | null; onClose: () => void }) {
  const client = useQueryClient();
  const id = useId();
  const [loop, setLoop] = useState(first ?? "");
  const [reason, setReason] = useState("");
  /** The number that was read when the second step came; what is live goes on changing. */
  const [sure, setSure] = useState<number | null>(null);
  // The same order twice is one; another loop or reason is another order.
  const [key, setKey] = useState(newIdempotencyKey);
  const fleet = useQuery({
    queryKey: ["runs", "fleet", loop || null],
    queryFn: ({ signal }) =>
      api.get<Fleet>(`/v1/runs/fleet${loop ? `?loop=${encodeURIComponent(loop)}` : ""}`, { signal }),
  });
  const live = LIVE.filter((state) => state !== "stopping").reduce(
    (n, state) => n + (fleet.data?.states[state] ?? 0),
    0,
  );
  const stop = useMutation({
    mutationFn: () =>
      api.post<{ runs: string[] }>(
        "/v1/runs/control",
        { kind: "stop", reason, ...(loop && { loop }) },
        { idempotencyKey: key },
      ),
    onSuccess: async ({ runs }) => {
      const counted = runs.length === sure ? "" : `, where ${sure} had been counted`;
      toast(`${plural(runs.length, "run")} told to stop${counted}; their gates are shut`, "good");
      onClose();
      await client.invalidateQueries({ queryKey: ["runs"] });
    },
  });
  const where = loop ? `of ${loop}` : "of every loop";
  if (sure === null) {
    return (
      <form
        className={css.ask}
        onSubmit={(event) => {
          event.preventDefault();
          setSure(live);
        }}
      >
        <LoopChoice
          loop={loop}
          all="Every loop"
          onChange={(chosen) => {
            setLoop(chosen);
            setKey(newIdempotencyKey());
          }}
        />
        <div className={css.field}>
          <label htmlFor={id}>Why</label>
          <textarea
            id={id}
            rows={2}
            required
            maxLength={2000}
            value={reason}
            onChange={(event) => {
              setReason(event.target.value);
              setKey(newIdempotencyKey());
            }}
            data-autofocus
          />
        </div>
        <div className={css.buttons}>
          <Button type="submit" disabled={live === 0}>
            {live === 0 ? "Nothing runs there" : `Go on to stop ${plural(live, "run")}`}
          </Button>
          <Button variant="subtle" onClick={onClose}>
            Leave it
          </Button>
        </div>
      </form>
    );
  }
  return (
    <div className={css.ask}>
      <Note tone="bad" title={`${plural(sure, "run")} ${where} will be stopped`}>
        A stop is final. Gates that nobody has decided are withdrawn. What is live when the order arrives is stopped, be
        it more or less by then. Runs that start later are not among them: a halt keeps their gates shut too.
      </Note>
      <p className={css.quote}>{reason}</p>
      {stop.isError && <Failure what="Not every run may have been told" error={stop.error} />}
      <div className={css.buttons}>
        <Button variant="danger" onClick={() => stop.mutate()} loading={stop.isPending} ref={focused}>
          {`Stop ${plural(sure, "run")} now`}
        </Button>
        <Button
          variant="subtle"
          onClick={() => {
            stop.reset();
            setSure(null);
          }}
        >
          Back
        </Button>
      </div>
    </div>
  );
}

function Halt({ loop: first, fleet, onClose }: { loop: string | null; fleet: Fleet | undefined; onClose: () => void }) {
  const [loop, setLoop] = useState(first ?? "");
  const gates = (fleet?.gates ?? []).filter((gate) => !loop || gate.loop === loop);
  const standing = gates.reduce((n, gate) => n + gate.open + gate.approved, 0);
  return (
    <Ask
      action={loop ? `Halt ${loop}` : "Halt everything"}
      danger
      onClose={onClose}
      act={async (form, key) => {
        await api.post("/v1/halt", { reason: reasonOf(form), ...(loop && { scope: loop }) }, { idempotencyKey: key });
        return loop ? `${loop} is halted` : "Everything is halted";
      }}
    >
      <LoopChoice loop={loop} all="Everything" onChange={setLoop} />
      <p>
        No gate gives a grant and no machine decides until somebody lets it go on. Agents are told with their next
        check-in. {plural(standing, "gate")} of runs {standing === 1 ? "stands" : "stand"} there now.
      </p>
    </Ask>
  );
}

function Lift({ scope, onClose }: { scope: string; onClose: () => void }) {
  return (
    <Ask
      action="Let it go on"
      onClose={onClose}
      act={async (form, key) => {
        const body = { reason: reasonOf(form), ...(scope !== "*" && { scope }) };
        const { status } = await api.order("/v1/resume", body, { idempotencyKey: key });
        const done = scope === "*" ? "Everything goes on" : `${scope} goes on`;
        return taken(status, done, "Recorded. It goes on when a second person agrees");
      }}
    >
      <p>Gates give grants again, where their runs have obeyed what they were told.</p>
    </Ask>
  );
}
