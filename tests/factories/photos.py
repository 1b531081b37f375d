"""Photos as phones make them, small: real JPEGs and PNGs with what a camera writes, and files that are none."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import ExifTags, Image

CORNER = (200, 30, 30)
"""Colour of the upper left quarter as the camera held it; the rest is grey."""

LON, LAT = 113.3250694, 23.1201389
"""Where the photos are taken: at 花城广场, in Tianhe."""

EASTING = ("E", (113.0, 19.0, 30.25))
NORTHING = ("N", (23.0, 7.0, 12.5))

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"


def picture(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """Return a grey picture whose upper left quarter is red."""
    image = Image.new("RGB", (width, height), (120, 120, 120))
    image.paste(CORNER, (0, 0, width // 2, height // 2))
    return image.convert(mode)


def exif(
    orientation: int = 1,
    east: tuple[str, Any] | None = EASTING,
    north: tuple[str, Any] | None = NORTHING,
    taken: str | None = "2026:11:27 08:30:00",
    zone: str | None = None,
) -> Image.Exif:
    """Return what a camera writes into a photo."""
    written = Image.Exif()
    written[ExifTags.Base.Orientation] = orientation
    written[ExifTags.Base.Make] = "ZQPHONE"
    place = written.get_ifd(ExifTags.IFD.GPSInfo)
    if east:
        place[ExifTags.GPS.GPSLongitudeRef], place[ExifTags.GPS.GPSLongitude] = east
    if north:
        place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLatitude] = north
    times = written.get_ifd(ExifTags.IFD.Exif)
    if taken:
        times[ExifTags.Base.DateTimeOriginal] = taken
    if zone:
        times[ExifTags.Base.OffsetTimeOriginal] = zone
    return written


def jpeg(image: Image.Image | None = None, **written: Any) -> bytes:
    """Return a JPEG with what a camera writes."""
    made = BytesIO()
    (image or picture()).save(made, "JPEG", quality=90, exif=exif(**written), comment=b"ZQCOMMENT")
    return made.getvalue()


def png(image: Image.Image | None = None, **options: Any) -> bytes:
    """Return a PNG."""
    made = BytesIO()
    (image or picture()).save(made, "PNG", **options)
    return made.getvalue()


def huge_png(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes that says it has so many pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = (b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
