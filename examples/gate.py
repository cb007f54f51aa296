"""A tool behind a gate: it runs only with a person's consent, with the arguments they left.

    tandem loop apply examples/loops/refunds.yaml
    TANDEM_KEY=tdm_… python examples/gate.py order-7 80

Then approve, edit or reject the refund in the inbox.
"""

from __future__ import annotations

import sys

from tandem import CaseCancelled, GateRejected, Tandem, TandemUnavailable, current_grant

t = Tandem()


@t.gate("refunds")
def refund(order: str, amount: float) -> str:
    """Pays money back. The grant's id goes along, so that the bank drops repeats."""
    grant = current_grant()
    assert grant is not None
    return f"refunded {amount:.2f} for {order} under {grant['grant']}"


def main(order: str, amount: float) -> int:
    """Asks for one refund. Asked again for the same order, also after a crash, it is the same
    case, and it is never paid twice."""
    try:
        print(refund.as_call(f"refund-{order}")(order, amount))
    except GateRejected as no:
        print(f"not refunded: {no}")
        return 1
    except (CaseCancelled, TandemUnavailable) as error:
        print(f"not refunded, try again: {error}")
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], float(sys.argv[2])))
