"""Hand a decision over to people, play the person, and go on with what they decided.

    tandem serve            # prints the first key
    TANDEM_KEY=tdm_… python examples/quickstart.py

Needs a key that may do everything: it publishes a loop and makes a key for the reviewer, because
nobody judges what they handed in themselves.
"""

from __future__ import annotations

import os
import threading

from tandem import Tandem

LOOP = {
    "loop": "quickstart",
    "title": "Route support tickets",
    "coverage": "selective",
    "input": {"text": {"kind": "text"}},
    "answer": {"intent": {"kind": "choice", "options": ["card_arrival", "lost_card", "other"]}},
    "policy": {"confidence": {"auto_at": 0.9}},
    "review": {"undo": "0s"},
}


def review(url: str, key: str) -> None:
    """A colleague: takes the next case and corrects it."""
    with Tandem(url, key) as colleague:
        (claim,) = colleague.claim(loops=["quickstart"])
        print("reviewer sees:", claim["case"]["input"]["text"])
        colleague.judge(claim, "answer", answer={"intent": "lost_card"})


def main() -> None:
    """Decides three tickets: by the machine, by a person, and a batch."""
    with Tandem() as t:
        t.loops.put("quickstart", LOOP)
        grants = [{"loop": "quickstart", "role": "reviewer"}]
        made = t.request("POST", "/v1/members", json=person(grants))
        key = t.request(
            "POST", "/v1/keys", json={"name": "colleague", "member": made["id"], "roles": grants}
        )

        sure = t.decide(
            "quickstart",
            input={"text": "my card has not arrived"},
            proposal={"output": {"intent": "card_arrival"}, "confidence": 0.97},
        )
        print("decided by", sure["by"], "->", sure["output"])

        unsure = t.submit(
            "quickstart",
            input={"text": "I cannot find my card"},
            proposal={"output": {"intent": "card_arrival"}, "confidence": 0.55},
        )
        colleague = threading.Thread(target=review, args=(t.url, key["secret"]))
        colleague.start()
        decision = t.wait(unsure["id"], timeout=60)
        colleague.join()
        print("decided by", decision["by"], "->", decision["output"], decision["outcome"])

        rows = [{"input": {"text": "hello"}}, {"input": {"txt": "oops"}}]
        for result in t.submit_many("quickstart", rows):
            print("line", result.line, "stored" if result.ok else result.error)


def person(grants: list[dict[str, str]]) -> dict[str, object]:
    """A member with an address of their own."""
    name = os.urandom(4).hex()
    return {"name": f"Colleague {name}", "email": f"{name}@example.org", "roles": grants}


if __name__ == "__main__":
    main()
