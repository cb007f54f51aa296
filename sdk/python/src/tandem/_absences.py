"""Who is away, and who stands in for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, List, cast

from ._cases import segment
from ._flow import Call, get, post
from ._types import Absence, ListedAbsence

if TYPE_CHECKING:
    from ._async_client import AsyncTandem
    from ._client import Tandem


def away(member: str, delegate: str, until: str) -> Call:
    """Says that a member is away, and asks somebody to stand in."""
    path = f"/v1/members/{segment(member)}/absence"
    return post(path, {"until": until, "delegate": delegate})


def back(member: str) -> Call:
    """Says that a member is back."""
    return post(f"/v1/members/{segment(member)}/absence", {})


def accept(absence: ListedAbsence) -> Call:
    """Says yes to what was shown."""
    path = f"/v1/members/{segment(absence['member'])}/absence/accept"
    return post(path, {"digest": absence["digest"]})


def decline(member: str) -> Call:
    """Says no, or stands in no longer."""
    return post(f"/v1/members/{segment(member)}/absence/decline", {})


class Absences:
    """Who is away, and who stands in: nobody does before they said yes."""

    def __init__(self, client: Tandem) -> None:
        self._client = client

    def list(self) -> List[ListedAbsence]:
        """One's own absence, and those one is asked to stand in for; everybody's, for admins."""
        return cast(List[ListedAbsence], self._client._json(get("/v1/absences"))["items"])

    def away(self, member: str, *, delegate: str, until: str) -> Absence:
        """Says that a member is away until a time, and asks somebody to stand in."""
        return cast(Absence, self._client._json(away(member, delegate, until)))

    def back(self, member: str) -> Absence:
        """Says that a member is back."""
        return cast(Absence, self._client._json(back(member)))

    def accept(self, absence: ListedAbsence) -> ListedAbsence:
        """Says yes to standing in, as it is shown in `absence`. One that takes a passkey is
        accepted in the web app."""
        return cast(ListedAbsence, self._client._json(accept(absence)))

    def decline(self, member: str) -> None:
        """Says no to standing in for a member, or stands in no longer."""
        self._client._json(decline(member))


class AsyncAbsences:
    """Who is away, and who stands in: nobody does before they said yes."""

    def __init__(self, client: AsyncTandem) -> None:
        self._client = client

    async def list(self) -> List[ListedAbsence]:
        """One's own absence, and those one is asked to stand in for; everybody's, for admins."""
        answer = await self._client._json(get("/v1/absences"))
        return cast(List[ListedAbsence], answer["items"])

    async def away(self, member: str, *, delegate: str, until: str) -> Absence:
        """Says that a member is away until a time, and asks somebody to stand in."""
        return cast(Absence, await self._client._json(away(member, delegate, until)))

    async def back(self, member: str) -> Absence:
        """Says that a member is back."""
        return cast(Absence, await self._client._json(back(member)))

    async def accept(self, absence: ListedAbsence) -> ListedAbsence:
        """Says yes to standing in, as it is shown in `absence`. One that takes a passkey is
        accepted in the web app."""
        return cast(ListedAbsence, await self._client._json(accept(absence)))

    async def decline(self, member: str) -> None:
        """Says no to standing in for a member, or stands in no longer."""
        await self._client._json(decline(member))
