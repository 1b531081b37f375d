"""What files are by their first bytes, whatever they say; what a PDF may hold; and names that harm nobody."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.events.evidence import (
    LARGEST_BYTES,
    NAME_LENGTH,
    BrokenError,
    Medium,
    OversizeError,
    UnfitError,
    check_pdf,
    check_size,
    medium_of,
    safe_name,
)
from factories import photos

TAKEN = {Medium.JPEG: photos.jpeg(), Medium.PNG: photos.png(), Medium.PDF: photos.PDF}


@pytest.mark.parametrize("medium", Medium)
def test_a_file_that_is_what_it_says_is_taken(medium: Medium) -> None:
    assert medium_of(TAKEN[medium], medium) is medium
    assert medium_of(TAKEN[medium], f" {medium.upper()}; charset=binary") is medium


@pytest.mark.parametrize("medium", Medium)
@pytest.mark.parametrize("said", [*Medium, "", "image/jpg", "text/html", "application/octet-stream", "x" * 300])
def test_one_that_says_something_else_is_refused_with_what_it_is(medium: Medium, said: str) -> None:
    if said == medium:
        return
    with pytest.raises(UnfitError, match=f"says that it is .* but is {medium}: send it as {medium}") as error:
        medium_of(TAKEN[medium], said)
    assert len(str(error.value)) < 250


@pytest.mark.parametrize(
    ("sent", "what", "remedy"),
    [
        (b"<html><script>alert(1)</script>", "a web page", "another format"),
        (b"\xef\xbb\xbf \n<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>", "SVG", "another format"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC", "most compatible"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0", "HEIC", "most compatible"),
        (b"\0\0\0\x20ftypisom\0\0\0\0", "a video", "single pictures"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "a WebP picture", "another format"),
        (b"GIF89a\1\0\1\0", "a GIF", "another format"),
        (b"PK\3\4\x14\0", "a ZIP", "as PDF"),
        (b"II*\0\x08\0\0\0", "TIFF", "another format"),
        (b"MZ\x90\0", "of no kind", "another format"),
        (b" %PDF-1.4", "of no kind", "another format"),  # what is not a PDF from its first byte may be something else
        (b"\xff\xd8", "of no kind", "another format"),
    ],
)
@pytest.mark.parametrize("said", [Medium.JPEG, Medium.PDF])
def test_what_is_not_taken_is_named_with_a_way_out(sent: bytes, what: str, remedy: str, said: str) -> None:
    with pytest.raises(UnfitError) as error:
        medium_of(sent, said)
    assert what in str(error.value)
    assert remedy in str(error.value)
    assert "JPEG (image/jpeg), PNG (image/png) or PDF" in str(error.value)


def test_an_empty_file_is_said_to_be_empty() -> None:
    with pytest.raises(BrokenError, match="empty"):
        medium_of(b"", Medium.JPEG)


@given(st.binary(max_size=80), st.text(max_size=20))
def test_any_bytes_are_either_of_a_kind_or_refused(sent: bytes, said: str) -> None:
    with suppress(UnfitError, BrokenError):
        assert medium_of(sent, said) in Medium


def test_a_whole_pdf_is_taken_and_one_cut_off_is_not() -> None:
    check_pdf(photos.PDF)
    for length in (9, len(photos.PDF) - 7):
        with pytest.raises(BrokenError, match="cut off"):
            check_pdf(photos.PDF[:length])


@pytest.mark.parametrize("held", ["/JavaScript", "/Launch", "/EmbeddedFile"])
def test_a_pdf_that_does_something_is_refused(held: str) -> None:
    with pytest.raises(BrokenError, match=f"holds {held}.*print it"):
        check_pdf(photos.PDF.replace(b"/Catalog", b"/Catalog/X " + held.encode()))


def test_the_largest_file_is_taken_and_one_byte_more_is_not() -> None:
    check_size(LARGEST_BYTES)
    with pytest.raises(OversizeError, match="10,485,761 bytes; at most 10,485,760"):
        check_size(LARGEST_BYTES + 1)


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("IMG_2026.JPG", "IMG_2026.jpg"),
        ("天河路积水.现场.jpeg", "天河路积水.现场.jpg"),
        ("积水 2026.11.27 3号", "积水 2026.11.27 3号.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Users\\王\\照片.png", "照片.jpg"),
        ("photo.jpg.exe", "photo.jpg"),
        ("a\u202egpj.exe", "agpj.jpg"),
        ("a\r\nSet-Cookie: x=1.jpg", "aSet-Cookie x=1.jpg"),
        ('"><img src=x>.jpg', "img src=x.jpg"),
        ("NUL.jpg", "_NUL.jpg"),
        ("con", "_con.jpg"),
        ("...", "evidence.jpg"),
        ("", "evidence.jpg"),
        (".htaccess", "htaccess.jpg"),
        ("é", "é.jpg"),
    ],
)
def test_a_name_keeps_its_letters_and_loses_what_harms(given_: str, expected: str) -> None:
    assert safe_name(given_, Medium.JPEG) == expected


@given(st.text(max_size=300), st.sampled_from(Medium))
def test_any_name_is_made_one_that_every_system_takes(given_: str, medium: Medium) -> None:
    name = safe_name(given_, medium)
    assert name.endswith(medium.ending)
    assert 0 < len(name.removesuffix(medium.ending)) <= NAME_LENGTH + 1
    assert not set(name) & set('/\\<>:"|?*\r\n\t\0')
    assert name == name.strip()
    assert len(name.encode()) < 350
    assert safe_name(name, medium) == name or name.startswith("_")
