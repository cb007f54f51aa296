"""What a dialect adds to the plain call: the same cases by both ways, one after the other.

    TANDEM_URL=… TANDEM_KEY=… python tools/bench_facades.py [cases]

The key is an admin's (it makes a loop and a key to sign with). Needs boto3 for its signer. Prints the
median of each way, the difference of the medians, and their ratio. The time of signing is the client's
and is not counted.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import statistics
import sys
import time
from typing import Any, Dict, Tuple
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

URL = urlsplit(os.environ["TANDEM_URL"])
BEARER = {"Authorization": f"Bearer {os.environ['TANDEM_KEY']}", "Content-Type": "application/json"}
ARN = "arn:aws:sagemaker:us-east-1:000000000000:flow-definition/%s"


def send(
    connection: http.client.HTTPConnection, method: str, path: str, body: str, headers: Dict[str, str]
) -> Tuple[float, Any]:
    """Seconds from the first byte out to the last byte in, and the reply."""
    began = time.perf_counter()
    connection.request(method, path, body, headers)
    reply = connection.getresponse()
    text = reply.read()
    took = time.perf_counter() - began
    assert reply.status < 300, text
    return took, json.loads(text)


def main() -> None:
    """Measures."""
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    connection = http.client.HTTPConnection(URL.netloc)
    name = f"cost-{secrets.token_hex(4)}"
    loop = {
        "loop": name,
        "input": {"function": {"kind": "text"}, "text": {"kind": "text"}},
        "answer": {"call": {"kind": "form", "schema": {"type": "object"}}},
    }
    send(connection, "PUT", f"/v1/loops/{name}", json.dumps(loop), BEARER)
    roles = [{"loop": "*", "role": "submitter"}]
    body = json.dumps({"name": name, "roles": roles})
    _, key = send(connection, "POST", "/v1/keys", body, BEARER)
    _, pair = send(connection, "POST", f"/v1/keys/{key['id']}/aws", "{}", BEARER)
    signer = SigV4Auth(
        Credentials(pair["access_key_id"], pair["secret_access_key"]), "sagemaker", "us-east-1"
    )

    def signed(path: str, body: str) -> Dict[str, str]:
        request = AWSRequest("POST", f"{URL.scheme}://{URL.netloc}{path}", data=body)
        signer.add_auth(request)
        return dict(request.headers)

    took: Dict[str, list] = {"plain": [], "a2i": [], "humanlayer": []}
    for n in range(cases):
        fields = {"function": "f", "text": "is it good?"}
        proposal = {"output": {"call": {"fn": "f", "kwargs": {"text": "is it good?"}}}}
        plain = json.dumps({"key": f"p-{n}", "input": fields, "proposal": proposal})
        path = f"/v1/loops/{name}/cases"
        took["plain"].append(send(connection, "POST", path, plain, BEARER)[0])
        content = json.dumps({**fields, "tandem": {"proposal": proposal}})
        started = {
            "HumanLoopName": f"{name}-{n}",
            "FlowDefinitionArn": ARN % name,
            "HumanLoopInput": {"InputContent": content},
        }
        body, path = json.dumps(started), "/compat/a2i/human-loops"
        took["a2i"].append(send(connection, "POST", path, body, signed(path, body))[0])
        spec = {"fn": "f", "kwargs": {"text": "is it good?"}}
        call = json.dumps({"run_id": "r", "call_id": f"{name}-{n}", "spec": spec})
        path = f"/compat/humanlayer/loops/{name}/v1/function_calls"
        took["humanlayer"].append(send(connection, "POST", path, call, BEARER)[0])
    plain_ms = statistics.median(took["plain"]) * 1000
    print(f"plain       {plain_ms:7.3f} ms")
    for way in ("a2i", "humanlayer"):
        ms = statistics.median(took[way]) * 1000
        print(f"{way:11} {ms:7.3f} ms   +{ms - plain_ms:.3f} ms   x{ms / plain_ms:.2f}")


if __name__ == "__main__":
    main()
