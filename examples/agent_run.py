"""An agent under supervision: people pause, redirect and stop it while it pays orders back.

    tandem loop apply examples/loops/refunds.yaml
    TANDEM_KEY=tdm_… python examples/agent_run.py order-7 order-8

Then open Runs in the web app, give it orders, and approve its refunds in the inbox. Kill it and start
it again: it goes on where it was, and pays nothing twice.
"""

from __future__ import annotations

import sys
from typing import List

from tandem import Conflict, GateRejected, RunLost, RunOver, RunStopped, Tandem

t = Tandem()


@t.gate("refunds")
def refund(order: str, amount: float) -> str:
    """Pays money back; inside a run it is a gate of the run."""
    return f"paid {amount:.2f} for {order}"


def redirected(goal: str, constraints: List[str]) -> None:
    """Called between two steps, before the redirection is acknowledged."""
    print(f"new goal: {goal}; keep to: {constraints}")


def main(orders: List[str]) -> int:
    """Settles the orders under one key, so that a second start takes the first one's place."""
    try:
        with t.run(
            "refunds",
            goal=f"settle {len(orders)} orders",
            constraints=["pay each order once"],
            budget={"steps": 1000, "then": "pause"},
            key="settle-" + "-".join(orders),
            on_redirect=redirected,
        ) as run:
            for order in orders:
                run.check()
                run.plan("next order", output=order)
                try:
                    print(refund.as_call(order)(order, 10.0))
                except GateRejected as no:
                    run.observe("rejected", output=str(no))
                except Conflict as used:
                    if used.code != "already_consumed":
                        raise
                    run.observe("paid before", output=order)
            run.output("settled", output=orders)
    except RunStopped as stopped:
        print(f"stopped: {stopped.reason}")
        return 1
    except (RunLost, RunOver) as error:
        print(error)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
