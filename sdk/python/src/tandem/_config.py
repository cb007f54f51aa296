"""Where the server is, who calls, and how long to be patient."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field
from typing import Dict, Optional
from urllib.parse import urlsplit

from ._errors import TandemError
from ._retry import RetryPolicy

VERSION = "0.1.0"
DEFAULT_URL = "http://127.0.0.1:8460"


@dataclass(frozen=True)
class Settings:
    """Everything a client is set up with. Times are seconds."""

    url: str
    key: str = field(repr=False)
    # One HTTP exchange, besides the time that a long poll asks for.
    timeout: float = 30.0
    # How long a call retries a server that is unreachable or busy.
    patience: float = 15.0
    # How long a call that waits for a decision sits out an outage.
    outage: float = 600.0
    retry: RetryPolicy = field(default_factory=RetryPolicy)

    @classmethod
    def read(
        cls,
        url: Optional[str],
        key: Optional[str],
        timeout: float,
        patience: float,
        outage: float,
    ) -> Settings:
        """Arguments first, then `TANDEM_URL` and `TANDEM_KEY`, then the local default."""
        url = (url or os.environ.get("TANDEM_URL") or DEFAULT_URL).rstrip("/")
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise TandemError(f"{url!r} is not an address of the form http://host:port")
        key = key or os.environ.get("TANDEM_KEY")
        if not key:
            raise TandemError("no API key: pass key=… or set TANDEM_KEY")
        if not key.isascii() or not key.isprintable():
            raise TandemError("the API key holds characters that cannot stand in a header")
        return cls(url=url, key=key, timeout=timeout, patience=patience, outage=outage)

    def headers(self) -> Dict[str, str]:
        """Headers of every request."""
        return {
            "Authorization": f"Bearer {self.key}",
            "User-Agent": f"tandem-python/{VERSION} ({platform.python_version()})",
            "Accept": "application/json",
        }
