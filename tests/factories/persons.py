"""Made-up numbers of persons in the forms and groupings in which people write them, as Hypothesis strategies."""

import re
from dataclasses import dataclass
from itertools import pairwise

from hypothesis import strategies as st

PROVINCES = ("11", "13", "22", "31", "36", "42", "44", "45", "51", "62", "81")
SEPARATORS = (
    "",
    " ",
    "  ",
    "-",
    "\u3000",
    "·",
    ".",
    "_",
    "\u200b",
    "–",
    "－",
    "．",
    "＿",
    "—",
    " - ",
    "\u00a0",
    "\u00ad",
)
CONTEXTS = (
    ("", ""),
    ("市民来电，", "，请回复"),
    ("我的", "谢谢"),
    ("（", "）"),
    ("天河路12号停电 ", ""),
    ("“", "”"),
    ("信息:", ";"),
    ("请联系", "处理"),
    ("漏水3天了。", "。急"),
)


@dataclass(frozen=True)
class Number:
    """A number as it is written, and the digits of it that nobody may read in a row."""

    written: str
    secret: str


def digits(count: int) -> st.SearchStrategy[str]:
    """Return so many digits."""
    return st.text("0123456789", min_size=count, max_size=count)


MOBILES = st.builds("1{}{}".format, st.sampled_from("3456789"), digits(9))
DAYS = st.builds("{:04}{:02}{:02}".format, st.integers(1930, 2019), st.integers(1, 12), st.integers(1, 28))
IDENTITIES = st.builds(
    "{}{}{}{}{}".format, st.sampled_from(PROVINCES), digits(4), DAYS, digits(3), st.sampled_from("0123456789X")
)
OLD_IDENTITIES = st.builds(
    "{}{}{:02}{:02}{:02}{}".format,
    *(st.sampled_from(PROVINCES), digits(4), st.integers(30, 99), st.integers(1, 12), st.integers(1, 28), digits(3)),
)
CARDS = st.builds("62{}{}".format, digits(14), st.sampled_from(["", "1", "12", "123"]))


def with_check_digit(number: str) -> str:
    """Return a number with the check digit of ISO/IEC 7812-1."""
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(reversed(number)))
    return f"{number}{-total % 10}"


FOREIGN_CARDS = st.builds("{}{}".format, st.sampled_from(["4", "51", "53", "35"]), digits(14)).map(
    lambda number: with_check_digit(number[:15])
)
LANDLINES = st.builds(
    "{}-{}{}".format, st.sampled_from(["020", "0755", "0757", "010"]), st.sampled_from("2368"), digits(7)
)
BAY = st.builds("{}{}{}".format, st.sampled_from(["852"]), st.sampled_from("23569"), digits(7)) | st.builds(
    "8536{}".format, digits(7)
)

GROUPINGS = {
    11: ((3, 4, 4), (3, 8), (7, 4), (4, 3, 4), (4, 4, 3), (3, 3, 5), (3, 2, 2, 2, 2), (1,) * 11),
    15: ((6, 6, 3), (3, 3, 3, 3, 3), (1,) * 15),
    16: ((4, 4, 4, 4), (6, 10), (8, 8), (1,) * 16),
    17: ((4, 4, 4, 4, 1), (6, 11)),
    18: ((6, 8, 4), (6, 4, 4, 4), (3, 4, 11), (4, 4, 4, 6), (1,) * 18),
    19: ((4, 4, 4, 4, 3), (6, 13), (1,) * 19),
}


def grouped(number: str, sizes: tuple[int, ...], separator: str) -> str:
    """Return a number in groups."""
    places = [sum(sizes[:at]) for at in range(len(sizes) + 1)]
    return separator.join(number[start:end] for start, end in pairwise(places))


def wide(text: str) -> str:
    """Return a text with full-width digits."""
    return text.translate({ord(str(digit)): ord("０") + digit for digit in range(10)})


@st.composite
def written(draw: st.DrawFn) -> Number:
    """Return a number as somebody may write it."""
    number = draw(st.one_of(MOBILES, IDENTITIES, OLD_IDENTITIES, CARDS, FOREIGN_CARDS))
    if len(number) in GROUPINGS and draw(st.booleans()):
        told = grouped(number, draw(st.sampled_from(GROUPINGS[len(number)])), draw(st.sampled_from(SEPARATORS)))
    else:
        told = number
    if len(number) == 11:
        told = draw(st.sampled_from(["", "+86 ", "+86", "86-", "0086 ", "（+86）", "0"])) + told
    return Number(wide(told) if draw(st.booleans()) else told, number)


@st.composite
def telephones(draw: st.DrawFn) -> Number:
    """Return a landline with its area code, or a number of Hong Kong or Macau, as somebody may write it."""
    gap = draw(st.sampled_from(["", " ", "-", ".", "－", "\u3000"]))
    if draw(st.booleans()):
        area, _, local = draw(LANDLINES).partition("-")
        local = draw(st.sampled_from([local, f"{local[:4]}{gap}{local[4:]}"]))
        area = draw(
            st.sampled_from(
                [f"{area}{gap}", f"({area})", f"（{area}）{gap}", f"+86 {area[1:]} ", f"0086-{area[1:]}-"]
            )
        )
        told = area + local + draw(st.sampled_from(["", "转8001", "-801", " ext. 12"]))
        return Number(told, re.sub(r"\D", "", local))
    number = draw(BAY)
    country = draw(st.sampled_from([f"+{number[:3]}", f"00{number[:3]}", f"({number[:3]})", f"{number[:3]}-"]))
    told = country + gap + draw(st.sampled_from([number[3:], f"{number[3:7]}{gap}{number[7:]}"]))
    return Number(wide(told) if draw(st.booleans()) else told, number[-8:])
