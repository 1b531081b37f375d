"""How often one asker may ask the API: per credential, and per address for whoever shows none that is known."""

from cityops.api.problems import ProblemError
from cityops.domain.grants import SERVICE
from cityops.rates import Buckets
from cityops.store.access.credentials import CredentialKind, Known


def is_service(known: Known) -> bool:
    """Whether this is the dashboard's own key, which asks for all screens: it is not counted, as no wall may wait.

    Its label alone says so, and is given at the command line alone: `cityops.services.credentials.give`.
    """
    return known.kind is CredentialKind.KEY and known.subject.name == SERVICE


class Rates:
    """The API's buckets. Fifty walls behind one address have fifty credentials, so none of them is held up."""

    def __init__(self) -> None:
        self.credentials = Buckets(rate=50, burst=200)
        self.strangers = Buckets(rate=10, burst=100)
        self.sign_ins = Buckets(rate=1, burst=60)
        self.sign_ins_of_one = Buckets(rate=1 / 6, burst=10)

    def check_known(self, known: Known) -> None:
        """Refuse a credential that asks too often.

        Raises
        ------
        ProblemError
            429 with `Retry-After`.
        """
        if is_service(known):
            return
        if seconds := self.credentials.wait(known.id):
            raise _too_often("This credential", self.credentials, seconds)

    def check_stranger(self, address: str, take: int) -> None:
        """Refuse an address from which too much came without a known credential; `take` 0 only looks.

        Raises
        ------
        ProblemError
            429 with `Retry-After`.
        """
        if seconds := self.strangers.wait(address, take):
            raise _too_often("Your address", self.strangers, seconds)

    def check_sign_in(self, address: str, login: str) -> None:
        """Refuse a login from an address that tries too often: each try costs a slow hash.

        Before the database is asked, which counts for all processes together (`cityops.store.access.attempts`).

        Raises
        ------
        ProblemError
            429 with `Retry-After`.
        """
        if seconds := self.sign_ins.wait(address) or self.sign_ins_of_one.wait(f"{address} {login}"):
            raise too_many_sign_ins(seconds)


def too_many_sign_ins(seconds: int) -> ProblemError:
    """Return the refusal of an address that may sign in again after so many seconds."""
    told = f"Too many sign-ins from your address: try again in {seconds} s."
    return ProblemError(429, told, headers={"Retry-After": str(seconds)})


def _too_often(who: str, buckets: Buckets, seconds: int) -> ProblemError:
    return ProblemError(429, buckets.told(who, seconds), headers={"Retry-After": str(seconds)})
