"""Photos that officers of the simulated city send in: small JPEGs that say on their face that they are simulated."""

from datetime import datetime
from io import BytesIO

from PIL import Image, ImageDraw

from cityops.domain.intervals import CITY_ZONE
from cityops.simulate.noise import key_of

SIZE = (480, 360)
MEDIUM = "image/jpeg"


def snapshot(number: int, version: str, nth: int, at: datetime) -> bytes:
    """Return a photo of a case as JPEG: road, wall and sky, and in large letters that it is simulated.

    No two are alike: a file belongs to one act, so that the photo of a rework must not be that of the first result.
    """
    width, height = SIZE
    key = key_of("snapshot", number, version, nth)
    picture = Image.new("RGB", SIZE, (150 + key % 60, 160 + key // 60 % 60, 175 + key // 3600 % 60))
    draw = ImageDraw.Draw(picture)
    horizon = height // 2 + key // 7 % 50
    wall = key // 11 % 250
    draw.rectangle((0, horizon, width, height), fill=(96, 98, 102))
    draw.rectangle((wall, 90, wall + 170, horizon), fill=(140, 116, 98))
    draw.line((width // 2, horizon, width // 3, height), fill=(230, 230, 220), width=6)
    draw.text((20, 20), "SIMULATED", fill=(150, 20, 20), font_size=48)
    told = f"case {number} ({version}.{nth})  {at.astimezone(CITY_ZONE):%Y-%m-%d %H:%M:%S}"
    draw.text((20, height - 40), told, fill="white", font_size=20)
    file = BytesIO()
    picture.save(file, "JPEG", quality=70)
    return file.getvalue()
