"""A photo as it is kept: decoded whole, upright, without what the camera wrote, of which place and time are read.

The bytes come from an upload, whoever made it. A new picture is made of the pixels alone, so that no metadata, no
second picture behind the first and no other file hidden in it goes on.
"""

import struct
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from io import BytesIO
from math import isfinite
from typing import Any, NamedTuple

from PIL import ExifTags, Image, ImageCms, ImageFile

from cityops.domain.events.evidence import BrokenError, EvidenceError, Medium, OversizeError
from cityops.domain.intervals import CITY_ZONE

LARGEST_PIXELS = 40_000_000
"""Width times height; decoded, with what lies between the steps, that is about a quarter of a gigabyte."""

EDGE = 2_560
"""Pixels of the longer side of what is kept: a licence plate ten metres away can still be read."""

PREVIEW_EDGE = 320
QUALITY, PREVIEW_QUALITY = 85, 70

_FORMATS = {Medium.JPEG: "JPEG", Medium.PNG: "PNG"}
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How a picture is turned upright, by the orientation that the camera wrote (EXIF, tag 274)."""

_PNG_END = b"IEND\xaeB`\x82"

_DAMAGED = (OSError, EOFError, SyntaxError, ValueError, LookupError, TypeError, ArithmeticError, struct.error)
"""What decoders raise where bytes are not as their format has them."""


class Photograph(NamedTuple):
    """A JPEG and its preview, both without metadata; place (degrees, WGS-84) and time as the camera wrote them."""

    content: bytes
    preview: bytes
    width: int
    height: int
    lon: float | None
    lat: float | None
    taken_at: datetime | None


def cleaned(sent: bytes, medium: Medium, now: datetime) -> Photograph:
    """Return a picture as it is kept.

    Parameters
    ----------
    now
        A camera whose clock is after this by more than a day wrote no time.

    Raises
    ------
    OversizeError
        It has more pixels than are decoded; they are counted before it is.
    BrokenError
        It is damaged, cut off, or moves.
    """
    try:
        with _opened(sent, medium) as image:
            lon, lat = _place(image)
            taken_at = _taken(image, now)
            picture = _upright(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise OversizeError(_too_many_pixels("more")) from None
    except EvidenceError:
        raise
    except _DAMAGED as error:
        told = f"the picture cannot be decoded ({str(error)[:80]})"
        raise BrokenError(f"{told}: it is damaged or was cut off on its way; send it again") from None
    small = picture.copy()
    small.thumbnail((PREVIEW_EDGE, PREVIEW_EDGE))
    return Photograph(_jpeg(picture, QUALITY), _jpeg(small, PREVIEW_QUALITY), *picture.size, lon, lat, taken_at)


def _opened(sent: bytes, medium: Medium) -> ImageFile.ImageFile:
    """Open a picture without decoding it."""
    image = Image.open(BytesIO(sent), formats=[_FORMATS[medium]])
    width, height = image.size
    if width * height > LARGEST_PIXELS:
        raise OversizeError(_too_many_pixels(f"{width:,} × {height:,}"))
    if medium is Medium.PNG and _PNG_END not in sent:  # its decoder is content with the pixels
        raise EOFError("it has no end")
    if medium is Medium.PNG and getattr(image, "is_animated", False):
        raise BrokenError("the picture moves: send a still one")
    return image


def _too_many_pixels(found: str) -> str:
    return f"the picture has {found} pixels; at most {LARGEST_PIXELS:,} are decoded: send it at a lower resolution"


def _upright(image: ImageFile.ImageFile) -> Image.Image:
    """Decode a picture; return it as one sees it: upright, in sRGB, on white where it lets through, within EDGE."""
    profile = image.info.get("icc_profile")
    if image.format != "PNG":
        image.draft("RGB", (EDGE, EDGE))  # a photo of many pixels is decoded at a half or a quarter
    image.load()
    plain = _on_white(image)
    plain.thumbnail((EDGE, EDGE))
    turn = _TURNS.get(_tags(image).get(ExifTags.Base.Orientation, 1))
    picture = plain if turn is None else plain.transpose(turn)
    picture = _in_srgb(picture, profile) if image.mode == "RGB" and profile else picture
    picture.info = {}
    return picture


def _on_white(image: Image.Image) -> Image.Image:
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image.convert("RGB")
    seen = image.convert("RGBA")
    white = Image.new("RGB", seen.size, "white")
    white.paste(seen, mask=seen.getchannel("A"))
    return white


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Return the picture in the colours that every screen takes; as it is where its profile is of no use."""
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        made = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, *_DAMAGED):
        return image
    return made or image


def _jpeg(image: Image.Image, quality: int) -> bytes:
    written = BytesIO()
    image.save(written, "JPEG", quality=quality, optimize=True)
    return written.getvalue()


def _place(image: Image.Image) -> tuple[float | None, float | None]:
    """Return longitude and latitude that the camera wrote; None for both where it wrote none that can be."""
    written = _tags(image, ExifTags.IFD.GPSInfo)
    lon = _degrees(written.get(ExifTags.GPS.GPSLongitude), written.get(ExifTags.GPS.GPSLongitudeRef), "W", 180)
    lat = _degrees(written.get(ExifTags.GPS.GPSLatitude), written.get(ExifTags.GPS.GPSLatitudeRef), "S", 90)
    if lon is None or lat is None or (lon, lat) == (0, 0):  # a receiver that has not found itself writes zeros
        return None, None
    return lon, lat


def _degrees(written: Any, half: Any, negative: str, most: float) -> float | None:
    try:
        degrees, minutes, seconds = (float(one) for one in written)
        value = degrees + minutes / 60 + seconds / 3600
        sign = -1 if str(half).strip("\x00 ").upper() == negative else 1
    except (TypeError, ValueError, ArithmeticError):
        return None
    return round(sign * value, 7) if isfinite(value) and 0 <= value <= most else None


def _taken(image: Image.Image, now: datetime) -> datetime | None:
    """Return when the camera says that it took the picture, in UTC; what names no zone is the city's time."""
    written = _tags(image, ExifTags.IFD.Exif)
    at, zone = written.get(ExifTags.Base.DateTimeOriginal), written.get(ExifTags.Base.OffsetTimeOriginal)
    try:
        local = datetime.strptime(str(at).strip("\x00 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - its zone follows
        offset = datetime.strptime(str(zone).strip("\x00 "), "%z").tzinfo if zone else CITY_ZONE
        moment = local.replace(tzinfo=offset).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if datetime(2000, 1, 1, tzinfo=UTC) <= moment <= now + timedelta(days=1) else None


def _tags(image: Image.Image, of: ExifTags.IFD | None = None) -> Mapping[int, Any]:
    """Return what the camera wrote, of the picture itself or of one subject; nothing where that cannot be read."""
    try:
        written = image.getexif()
        return written if of is None else written.get_ifd(of)
    except _DAMAGED:
        return {}
