"""Photos and files of a case before they are taken: their kinds, their sizes, and safe names for them.

The bytes come from whoever acts on a case; what is found goes to `cityops.services.evidence`, which keeps it.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Medium(StrEnum):
    """Kinds of files that are taken: pictures are kept as JPEG, files as they are."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    PDF = "application/pdf"

    @property
    def kept_as(self) -> "Medium":
        """What a file of this kind is when it is served."""
        return Medium.PDF if self is Medium.PDF else Medium.JPEG

    @property
    def ending(self) -> str:
        """What the name of such a file ends with."""
        return {Medium.JPEG: ".jpg", Medium.PNG: ".png", Medium.PDF: ".pdf"}[self]


LARGEST_BYTES = 10 * 1_048_576
"""Of a file as it is sent: a photo of 24 megapixels has 4 to 9 million."""

UNBOUND_MOST = 40
"""Files of one case that wait for the act they are sent for."""

UNBOUND_KEPT = timedelta(days=1)
"""How long such a file waits: a form that was left open over a shift can still be sent."""

NAME_LENGTH = 80
"""Characters of a name without its ending: with 3 bytes each it fits into what file systems take (255)."""


class EvidenceError(ValueError):
    """A file is not taken; the text names the file's fault and the remedy. Nothing of it is kept."""


class UnfitError(EvidenceError):
    """It is of a kind that is not taken, or of another than it says."""


class OversizeError(EvidenceError):
    """It is larger than is taken, or would be once it is unpacked."""


class BrokenError(EvidenceError):
    """It is of the kind it says, but damaged, cut off, or holds what no evidence needs."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file as it is kept and served: `content` has the SHA-256 `digest`, `preview` is a small JPEG of a picture.

    Of a picture the size is in pixels, upright; lon and lat (degrees, WGS-84) and `taken_at` are what the camera
    wrote, None where it wrote nothing.
    """

    digest: str
    medium: Medium
    name: str
    content: bytes
    preview: bytes | None = None
    width: int | None = None
    height: int | None = None
    lon: float | None = None
    lat: float | None = None
    taken_at: datetime | None = None


_SIGNS: tuple[tuple[re.Pattern[bytes], Medium | str], ...] = (
    (re.compile(rb"\xff\xd8\xff"), Medium.JPEG),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), Medium.PNG),
    (re.compile(rb"%PDF-[12]\."), Medium.PDF),
    (re.compile(rb"....ftyp(?:hei|hev|mif|msf)", re.DOTALL), "an HEIC photo"),
    (re.compile(rb"....ftyp", re.DOTALL), "a video"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "a WebP picture"),
    (re.compile(rb"GIF8"), "a GIF picture"),
    (re.compile(rb"II\*\x00|MM\x00\*"), "a TIFF picture or a camera's raw photo"),
    (re.compile(rb"BM....\x00\x00\x00\x00", re.DOTALL), "a BMP picture"),
    (re.compile(rb"PK\x03\x04"), "a ZIP file, such as an office document"),
    (re.compile(rb"\xd0\xcf\x11\xe0"), "an old office document"),
    (re.compile(rb"(?:\xef\xbb\xbf)?\s*<"), "a web page, or a drawing such as SVG"),
)
"""By what its first bytes a file is known: those that are taken, and those that are often sent instead."""

_REMEDIES = {
    "an HEIC photo": "set the phone's camera to the most compatible format, or photograph from the page itself",
    "a video": "send single pictures of what it shows",
    "a ZIP file, such as an office document": "save it as PDF",
    "an old office document": "save it as PDF",
}

_TAKEN = "JPEG (image/jpeg), PNG (image/png) or PDF (application/pdf)"


def medium_of(sent: bytes, said: str) -> Medium:
    """Return what a file is, by its first bytes.

    Parameters
    ----------
    said
        Its media type as the sender says (Content-Type); parameters behind it do not count.

    Raises
    ------
    UnfitError
        It is nothing that is taken, or not what it says it is.
    BrokenError
        It is empty.
    """
    if not sent:
        raise BrokenError("the file is empty: send its bytes as the body of the request")
    found = next((what for sign, what in _SIGNS if sign.match(sent[:64])), "of no kind that is known here")
    if not isinstance(found, Medium):
        remedy = _REMEDIES.get(found, "send it in another format")
        raise UnfitError(f"the file is {found}, whatever its name says; taken are {_TAKEN}: {remedy}")
    said = said.partition(";")[0].strip().lower()
    if said != found:
        raise UnfitError(f"the file says that it is {said[:80] or 'nothing'} but is {found}: send it as {found}")
    return found


_ACTIVE = (b"/JavaScript", b"/Launch", b"/EmbeddedFile")
_END_BYTES = 2048


def check_pdf(sent: bytes) -> None:
    """Refuse a PDF that does not end as one, or that plainly holds a script, a program to start or another file.

    Raises
    ------
    BrokenError
        Says which, with the remedy.
    """
    end = sent[-_END_BYTES:]
    if b"startxref" not in end or b"%%EOF" not in end:
        raise BrokenError("the PDF has no end: it was cut off on its way, or never whole; open it, save it, send it")
    if held := next((name.decode() for name in _ACTIVE if name in sent), None):
        raise BrokenError(f"the PDF holds {held}, which no evidence needs: print it into a new PDF and send that")


def check_size(length: int) -> None:
    """Refuse a file of more bytes than are taken.

    Raises
    ------
    OversizeError
        Says how many are, with the remedy.
    """
    if length > LARGEST_BYTES:
        raise OversizeError(
            f"the file has {length:,} bytes; at most {LARGEST_BYTES:,} are taken: send a smaller picture, or a part"
        )


_NEVER_IN_NAMES = re.compile(r"[<>:\"|?*\s]+")
_DEVICES = re.compile(r"(?:CON|PRN|AUX|NUL|COM\d|LPT\d)(?:\.|$)", re.IGNORECASE)
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Categories of characters that change how a name is read without being seen, such as a turn of its direction."""


def safe_name(given: str, medium: Medium) -> str:
    """Return a name under which a file can be kept by any system: no folder, nothing unseen, the ending of its kind.

    Chinese and other letters stay as they are (in their composed form, NFC). A name of which nothing is left is
    `evidence`.
    """
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    name = "".join(letter for letter in name if unicodedata.category(letter) not in _UNSEEN)
    name = re.sub(r"(?:\.[A-Za-z][A-Za-z0-9]{0,4})+\s*$", "", name)
    name = _NEVER_IN_NAMES.sub(" ", name).strip(" .")[:NAME_LENGTH].strip(" .")
    if _DEVICES.match(name):
        name = f"_{name}"
    return (name or "evidence") + medium.ending
