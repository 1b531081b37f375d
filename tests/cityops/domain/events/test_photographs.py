"""Photos made by Pillow: place and time are read, all metadata goes, they stand upright; hostile ones are refused."""

import warnings
from contextlib import suppress
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from cityops.domain.events.evidence import BrokenError, EvidenceError, Medium, OversizeError
from cityops.domain.events.photographs import EDGE, LARGEST_PIXELS, PREVIEW_EDGE, Photograph, cleaned
from factories import photos

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def kept(sent: bytes, medium: Medium = Medium.JPEG) -> Photograph:
    return cleaned(sent, medium, NOW)


def shown(photo: bytes) -> Image.Image:
    image = Image.open(BytesIO(photo))
    image.load()
    return image


def near(one: Any, other: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 24 for a, b in zip(one, other, strict=True))


def test_place_and_time_are_read_and_then_nothing_of_the_camera_is_left() -> None:
    sent = photos.jpeg()
    assert b"ZQPHONE" in sent
    assert b"ZQCOMMENT" in sent
    photo = kept(sent)
    assert (photo.lon, photo.lat) == (photos.LON, photos.LAT)
    assert photo.taken_at == datetime(2026, 11, 27, 0, 30, tzinfo=UTC)  # 08:30 in Guangzhou
    for made in (photo.content, photo.preview):
        assert b"ZQ" not in made
        assert b"Exif" not in made
        assert set(shown(made).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert dict(shown(made).getexif()) == {}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_stands_upright_however_the_phone_was_held(orientation: int) -> None:
    upright = photos.picture()
    turns = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    held = upright
    for turn in turns.get(orientation, []):  # what the sensor sees of it
        held = held.transpose(turn)
    photo = kept(photos.jpeg(held, orientation=orientation))
    assert (photo.width, photo.height) == upright.size
    image = shown(photo.content)
    assert near(image.getpixel((8, 8)), photos.CORNER)
    for grey in ((56, 8), (8, 40), (56, 40)):
        assert near(image.getpixel(grey), (120, 120, 120))


def test_what_lies_behind_the_picture_does_not_go_on() -> None:
    polyglot = photos.jpeg() + b"PK\3\4 a whole archive <script>alert(1)</script>"
    assert b"script" not in kept(polyglot).content
    assert kept(polyglot).content == kept(photos.jpeg()).content


def test_the_same_file_is_kept_as_the_same_bytes() -> None:
    assert kept(photos.jpeg()) == kept(photos.jpeg())


def test_a_large_photo_is_made_smaller_and_its_preview_small() -> None:
    photo = kept(photos.jpeg(photos.picture(4000, 3000)))
    assert (photo.width, photo.height) == shown(photo.content).size == (EDGE, EDGE * 3 // 4)
    assert max(shown(photo.preview).size) == PREVIEW_EDGE
    assert len(photo.preview) < 20_000
    small = kept(photos.jpeg(photos.picture(64, 48)))
    assert shown(small.content).size == shown(small.preview).size == (64, 48)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "LA", "1"])
def test_a_png_becomes_a_jpeg_whatever_its_colours(mode: str) -> None:
    image = shown(kept(photos.png(photos.picture(mode=mode)), Medium.PNG).content)
    assert (image.format, image.mode) == ("JPEG", "RGB")


def test_what_lets_through_stands_on_white() -> None:
    clear = Image.new("RGBA", (32, 32), (0, 0, 0, 0))
    assert near(shown(kept(photos.png(clear), Medium.PNG).content).getpixel((16, 16)), (255, 255, 255))
    palette = Image.new("P", (32, 32), 0)
    palette.putpalette([0, 0, 0])
    sent = photos.png(palette, transparency=0)
    assert near(shown(kept(sent, Medium.PNG).content).getpixel((16, 16)), (255, 255, 255))


def test_colours_of_a_wide_profile_become_those_of_every_screen() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    made, broken = BytesIO(), BytesIO()
    photos.picture().save(made, "JPEG", quality=95, icc_profile=profile.tobytes())
    photos.picture().save(broken, "JPEG", quality=95, icc_profile=b"no profile")
    for sent in (made, broken):
        photo = kept(sent.getvalue())
        assert near(shown(photo.content).getpixel((8, 8)), photos.CORNER)
        assert "icc_profile" not in shown(photo.content).info


def test_a_photo_with_a_second_picture_in_it_is_kept_as_the_first() -> None:
    made = BytesIO()
    photos.picture().save(made, "MPO", save_all=True, append_images=[Image.new("RGB", (64, 48))])
    assert near(shown(kept(made.getvalue()).content).getpixel((8, 8)), photos.CORNER)


def test_a_picture_that_moves_is_refused() -> None:
    sent = photos.png(photos.picture(), save_all=True, append_images=[Image.new("RGB", (64, 48))])
    with pytest.raises(BrokenError, match="moves"):
        kept(sent, Medium.PNG)


@pytest.mark.parametrize(
    ("width", "height"), [(30_000, 30_000), (8_000, 5_001), (2**31 - 1, 2**31 - 1), (40_000_001, 1)]
)
def test_a_small_file_of_very_many_pixels_is_refused_before_it_is_decoded(width: int, height: int) -> None:
    with pytest.raises(OversizeError, match="40,000,000"):
        kept(photos.huge_png(width, height), Medium.PNG)


def test_a_picture_of_as_many_pixels_as_may_be_is_opened() -> None:
    assert LARGEST_PIXELS == 8_000 * 5_000
    with pytest.raises(BrokenError):  # its pixels are not there, but it was not too large
        kept(photos.huge_png(8_000, 5_000), Medium.PNG)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.95])
@pytest.mark.parametrize(("medium", "sent"), [(Medium.JPEG, photos.jpeg()), (Medium.PNG, photos.png())])
def test_a_picture_that_was_cut_off_is_refused(medium: Medium, sent: bytes, share: float) -> None:
    with pytest.raises(BrokenError, match=r"damaged or was cut off.*send it again"):
        kept(sent[: int(len(sent) * share)], medium)


PLACES: list[tuple[dict[str, Any], tuple[float | None, float | None]]] = [
    ({}, (photos.LON, photos.LAT)),
    ({"east": ("W", (10.0, 30.0, 0.0)), "north": ("S", (20.0, 0.0, 36.0))}, (-10.5, -20.01)),
    ({"east": None}, (None, None)),
    ({"north": None}, (None, None)),
    ({"east": ("E", (0.0, 0.0, 0.0)), "north": ("N", (0.0, 0.0, 0.0))}, (None, None)),
    ({"east": ("E", (181.0, 0.0, 0.0))}, (None, None)),
    ({"north": ("N", (90.0, 1.0, 0.0))}, (None, None)),
]


@pytest.mark.parametrize(("written", "place"), PLACES)
def test_a_place_is_what_the_camera_wrote_or_none(
    written: dict[str, Any], place: tuple[float | None, float | None]
) -> None:
    photo = kept(photos.jpeg(**written))
    assert (photo.lon, photo.lat) == place


TIMES: list[tuple[str | None, str | None, datetime | None]] = [
    ("2026:11:27 08:30:00", None, datetime(2026, 11, 27, 0, 30, tzinfo=UTC)),
    ("2026:11:27 08:30:00", "+09:00", datetime(2026, 11, 26, 23, 30, tzinfo=UTC)),
    ("2026:11:28 19:59:59", None, datetime(2026, 11, 28, 11, 59, 59, tzinfo=UTC)),
    ("2026:11:28 20:00:01", None, None),  # more than a day ahead
    ("1970:01:01 00:00:00", None, None),
    ("0000:00:00 00:00:00", None, None),
    ("yesterday", None, None),
    ("2026:11:27 08:30:00", "nowhere", None),
    (None, None, None),
]


@pytest.mark.parametrize(("taken", "zone", "expected"), TIMES)
def test_a_time_without_a_zone_is_the_citys_and_one_that_cannot_be_is_none(
    taken: str | None, zone: str | None, expected: datetime | None
) -> None:
    assert kept(photos.jpeg(taken=taken, zone=zone)).taken_at == expected


@settings(max_examples=150)
@given(st.data())
def test_any_damage_ends_in_a_picture_or_in_a_refusal(data: st.DataObject) -> None:
    medium = data.draw(st.sampled_from([Medium.JPEG, Medium.PNG]))
    sent = bytearray(photos.jpeg() if medium is Medium.JPEG else photos.png())
    for place, value in data.draw(
        st.lists(st.tuples(st.integers(0, len(sent) - 1), st.integers(0, 255)), max_size=8)
    ):
        sent[place] = value
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's own on metadata that it leaves out
        with suppress(EvidenceError):
            photo = kept(bytes(sent), medium)
            assert shown(photo.content).size == (photo.width, photo.height)
            assert b"ZQ" not in photo.content
