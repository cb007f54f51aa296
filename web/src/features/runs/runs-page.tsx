import { Button } from "@mantine/core";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useRef, useState } from "react";
import { Link, useLocation, useSearchParams } from "wouter";
import { loopsQuery } from "../../shared/api/queries";
import { holds } from "../../shared/api/rights";
import type { Fleet, HaltInForce, RunView, Session } from "../../shared/api/types";
import { count, plural, shortId } from "../../shared/format/format";
import { useCommand, useKey } from "../../shared/hotkeys/use-command";
import { Icon } from "../../shared/ui/icons";
import { Ago, Card, Empty, Failure, Kbd, Note, PageBody, PageHead, Skeleton } from "../../shared/ui/kit";
import { FleetTable } from "./fleet-table";
import { RunDetail } from "./run-detail";
import { type Asked, RunDialog } from "./run-dialogs";
import { RunFeed } from "./run-feed";
import { fleetQuery, runQuery, runsQuery, useFreshness } from "./run-queries";
import { fits, LENSES, type Lens, lensOf } from "./run-words";
import css from "./runs.module.css";
import { StartARun } from "./start-words";

/** What do the agents do, and do they obey? Every filter is in the address, and every run has one. */
export function RunsPage({ id, session }: { id: string | null; session: Session }) {
  const [search] = useSearchParams();
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const [asked, setAsked] = useState<Asked | null>(null);
  const filter = { lens: lensOf(search.get("state")), loop: search.get("loop"), agent: search.get("agent") };
  const { lens, loop, agent } = filter;
  useFreshness(client, id, (run) => fits(run, lens, loop, agent));
  const fleet = useQuery(fleetQuery(loop));
  const list = useInfiniteQuery(runsQuery(filter));
  const one = useQuery({ ...runQuery(id ?? ""), enabled: id !== null });
  const runs = useMemo(
    () => (list.data?.pages.flatMap((page) => page.items) ?? []).filter((run) => fits(run, lens, loop, agent)),
    [list.data, lens, loop, agent],
  );
  const selected = id === null ? undefined : (one.data ?? runs.find((run) => run.id === id));
  const may = useCallback(
    (run: RunView) => ({
      stop: holds(session, run.loop, "reviewer", "arbiter", "orchestrator"),
      control: holds(session, run.loop, "orchestrator"),
    }),
    [session],
  );
  const text = search.toString();
  const hrefOf = useCallback((run: string) => `/runs/${run}${text ? `?${text}` : ""}`, [text]);
  const more = useRef(list);
  more.current = list;
  const onEnd = useCallback(() => {
    const { hasNextPage, isFetchingNextPage, fetchNextPage } = more.current;
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, []);
  const ask = useCallback((next: Asked) => setAsked(next), []);
  const onPause = useCallback(
    (run: RunView) => setAsked({ what: run.state === "paused" || run.state === "pausing" ? "resume" : "pause", run }),
    [],
  );
  const onStop = useCallback((run: RunView) => setAsked({ what: "stop", run }), []);
  const halts = holds(session, loop, "reviewer", "arbiter", "orchestrator");
  const move = (step: number) => {
    const at = runs.findIndex((run) => run.id === id);
    const next = runs[at < 0 ? 0 : Math.max(0, Math.min(runs.length - 1, at + step))];
    if (next) navigate(hrefOf(next.id), { replace: true });
  };
  useCommand("list.next", () => move(1));
  useCommand("list.previous", () => move(-1));
  useRunKeys(selected, may, setAsked);
  const stopAll = () => setAsked({ what: "stopAll", loop, fleet: fleet.data });
  const halt = () => setAsked({ what: "halt", loop, fleet: fleet.data });
  useCommand("runs.stopAll", stopAll, halts);
  useCommand("runs.halt", halt, halts);
  const nameOf = useCallback(
    (run: string) => {
      const known = runs.find((each) => each.id === run);
      return known ? `${known.agent} ${known.key ?? shortId(known.id)}` : shortId(run);
    },
    [runs],
  );
  const none = fleet.data !== undefined && Object.values(fleet.data.states).every((n) => n === 0);
  return (
    <PageBody>
      <PageHead
        title="Control room"
        lead="What the agents do now, what they were told, and whether they obeyed."
        actions={halts && <RoomActions none={none} onStopAll={stopAll} onHalt={halt} />}
      />
      {fleet.data?.halts.map((one) => (
        <HaltNote
          key={one.scope}
          halt={one}
          fleet={fleet.data}
          onLift={
            holds(session, one.scope === "*" ? null : one.scope, "orchestrator")
              ? () => setAsked({ what: "lift", scope: one.scope })
              : null
          }
        />
      ))}
      {fleet.isError && (
        <Failure
          what="The runs could not be counted"
          error={fleet.error}
          action={<Button onClick={() => fleet.refetch()}>Try again</Button>}
        />
      )}
      <Filters fleet={fleet.data} lens={lens} loop={loop} agent={agent} id={id} />
      {list.isError && (
        <Failure
          what="The runs could not be read"
          error={list.error}
          action={<Button onClick={() => list.refetch()}>Try again</Button>}
        />
      )}
      {list.isPending && <Skeleton height={240} />}
      {list.data && (
        <Card label="Fleet" flush>
          {runs.length > 0 ? (
            <FleetTable
              runs={runs}
              selected={id}
              hrefOf={hrefOf}
              may={may}
              onPause={onPause}
              onStop={onStop}
              onEnd={onEnd}
            />
          ) : none ? (
            <Empty title="No agent runs yet">
              <StartARun loop={loop} />
            </Empty>
          ) : (
            <Empty title={lens.name === "live" ? "Nothing runs now" : "No run fits"}>
              <p>
                {lens.name === "live"
                  ? "Runs that have ended are under Ended."
                  : "Take a filter away, or wait: what changes shows here at once."}
              </p>
            </Empty>
          )}
        </Card>
      )}
      {id !== null && one.isError && !selected && <Failure what="This run could not be read" error={one.error} />}
      {id !== null && !selected && !one.isError && <Skeleton height={320} />}
      {selected && <RunDetail key={selected.id} run={selected} may={may(selected)} ask={ask} />}
      <RunFeed key={`feed of ${id ?? "all"}`} selected={selected} loop={loop} nameOf={nameOf} />
      <RunDialog asked={asked} onClose={() => setAsked(null)} />
    </PageBody>
  );
}

/** The keys of the selected run; those that do not apply to it are not bound. */
function useRunKeys(
  run: RunView | undefined,
  may: (run: RunView) => { stop: boolean; control: boolean },
  ask: (asked: Asked) => void,
): void {
  const rights = run ? may(run) : { stop: false, control: false };
  const state = run?.state;
  const over = !state || ["stopping", "stopped", "finished", "failed"].includes(state);
  const waits = state === "paused" || state === "pausing";
  const pauses = !over && state !== "lost" && (waits ? rights.control : rights.stop);
  useCommand("runs.pause", () => run && ask({ what: waits ? "resume" : "pause", run }), pauses);
  useCommand("runs.stop", () => run && ask({ what: "stop", run }), !over && rights.stop);
  useCommand("runs.redirect", () => run && ask({ what: "redirect", run }), !over && rights.control);
  useCommand(
    "runs.override",
    () => run && ask({ what: "override", run, step: null }),
    !over && rights.control && (run?.used.steps ?? 0) > 0,
  );
}

function RoomActions({ none, onStopAll, onHalt }: { none: boolean; onStopAll: () => void; onHalt: () => void }) {
  const [stop, halt] = [useKey("runs.stopAll"), useKey("runs.halt")];
  return (
    <div className={css.buttons}>
      <Button
        variant="danger"
        disabled={none}
        onClick={onStopAll}
        leftSection={<Icon name="stop" size={14} />}
        rightSection={stop && <Kbd name={stop} />}
      >
        Stop all
      </Button>
      <Button
        variant="danger"
        onClick={onHalt}
        leftSection={<Icon name="shield" size={14} />}
        rightSection={halt && <Kbd name={halt} />}
      >
        Halt
      </Button>
    </div>
  );
}

/** A halt that is in force, and what stands behind it. */
function HaltNote({ halt, fleet, onLift }: { halt: HaltInForce; fleet: Fleet; onLift: (() => void) | null }) {
  const gates = fleet.gates.filter((gate) => halt.scope === "*" || gate.loop === halt.scope);
  const open = gates.reduce((n, gate) => n + gate.open, 0);
  const approved = gates.reduce((n, gate) => n + gate.approved, 0);
  return (
    <Note
      tone="bad"
      title={halt.scope === "*" ? "Everything is halted" : `${halt.scope} is halted`}
      action={onLift && <Button onClick={onLift}>Let it go on</Button>}
    >
      “{halt.reason}”, <Ago at={halt.at} />. No gate gives a grant: {plural(open, "open one")} and{" "}
      {plural(approved, "approved one")} of runs stand.
    </Note>
  );
}

type FiltersProps = {
  fleet: Fleet | undefined;
  lens: Lens;
  loop: string | null;
  agent: string | null;
  id: string | null;
};

function Filters({ fleet, lens, loop, agent, id }: FiltersProps) {
  const [search, setSearch] = useSearchParams();
  const loops = useQuery(loopsQuery);
  const first = useRef<HTMLSelectElement>(null);
  useCommand("list.filter", () => first.current?.focus());
  const set = (name: string, value: string) =>
    setSearch((before) => {
      const next = new URLSearchParams(before);
      if (value) next.set(name, value);
      else next.delete(name);
      return next;
    });
  const href = (name: string) => {
    const next = new URLSearchParams(search);
    if (name === "live") next.delete("state");
    else next.set("state", name);
    const text = next.toString();
    return `/runs${id ? `/${id}` : ""}${text ? `?${text}` : ""}`;
  };
  const known = fleet?.agents ?? [];
  return (
    <div className={css.filters}>
      <nav className={css.lenses} aria-label="States">
        {LENSES.map((each) => (
          <Link
            key={each.name}
            href={href(each.name)}
            aria-current={each.name === lens.name ? "true" : undefined}
            data-tone={toneOf(each, fleet)}
          >
            {each.label} <b>{count(numberOf(each, fleet))}</b>
          </Link>
        ))}
      </nav>
      <form className={css.selects} aria-label="Filter" onSubmit={(event) => event.preventDefault()}>
        <label>
          Loop
          <select ref={first} value={loop ?? ""} onChange={(event) => set("loop", event.target.value)}>
            <option value="">any</option>
            {(loops.data ?? []).map(({ name, title }) => (
              <option key={name} value={name}>
                {title ?? name}
              </option>
            ))}
          </select>
        </label>
        <label>
          Agent
          <select value={agent ?? ""} onChange={(event) => set("agent", event.target.value)}>
            <option value="">any</option>
            {agent && !known.some((each) => each.id === agent) && <option value={agent}>{shortId(agent)}</option>}
            {known.map((each) => (
              <option key={each.id} value={each.id}>
                {each.name} ({count(each.live)})
              </option>
            ))}
          </select>
        </label>
      </form>
    </div>
  );
}

function numberOf(lens: Lens, fleet: Fleet | undefined): number | undefined {
  if (!fleet) return undefined;
  if (lens.alert) return fleet.alerts[lens.alert] ?? 0;
  const states = lens.states ?? Object.keys(fleet.states);
  return states.reduce((n, state) => n + (fleet.states[state] ?? 0), 0);
}

/** Lost and stuck runs are bad news as soon as there is one. */
function toneOf(lens: Lens, fleet: Fleet | undefined): string | undefined {
  const some = (numberOf(lens, fleet) ?? 0) > 0;
  if (!some) return undefined;
  return lens.name === "lost" ? "bad" : lens.name === "stuck" ? "warn" : undefined;
}
