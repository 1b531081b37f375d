"""Numbers that name a person, found in free text by what they are: length, prefix, inner date, check digit, grouping.

A text is read once: its digits in groups, groups that only separators part in runs, and in each run the longest
sequence of whole groups that is a number of some form. How the digits are parted, by what, and how wide they are
written changes nothing of that; a list of readings, a date, a place, an address of the network is none of the forms.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from unicodedata import decimal

STARS = "****"

_LONGEST = 23
"""Digits of the longest form, a card's number of 19, and some more; where longer, several may stand together."""
_FEW = 5
"""So many groups may be part of a longer row of them; more are a number only if they are all of the row."""
_GAP = 3
"""Signs that part two groups at most, as in `(020) - 8123`."""

_TOKENS = re.compile(r"\d+|[XxＸｘ]")
_INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\u20e3\ufeff]")
_LISTING = frozenset(",，、;；")
_STOPS = frozenset("。！？!?")
_PROVINCE = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91)"
_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_DATE = re.compile(rf"(?:19|20)\d\d{_DAY}")
_AREA = r"(?:10|2\d|[3-9]\d\d)"

_PHONE = re.compile(
    r"(?:电话|電話|手机|手機|座机|固话|号码|號碼|传真|[Tt]el|TEL|[Pp]hone|[Mm]obile|[Ww]hats[Aa]pp|[Ff]ax)[^\d\n]{0,6}$"
    r"|(?:致电|拨打|请打|回电|来电|联系|聯絡|微信|[Cc]all)[^\d\n，,。；;！]{0,6}$"
)
_HERE = re.compile(r"(?:香港|澳门|澳門|港澳|HK|Hong Kong|Maca[ou])[^\d\n]{0,6}$")
_CARD = re.compile(r"(?:卡号|卡號|[行用蓄记保]卡|[账帐][号户]|存折|[Cc]ard|[Aa]ccount)[^\d\n]{0,6}$")
_PAPERS = re.compile(r"(?:身份证|身分證|身份證|证件|證件)[^\d\n]{0,6}$")
_COUNTED = re.compile(
    r"(?:编号|编码|代码|单号|工单|案件|案卷|案号|流水|订单|设备|序列|批次|[Nn][Oo]\.?|ID|读数|示数|流量|累计|水位|[数量]值?"
    r"|金额)[为是]?[^\d\n\u4e00-\u9fff]{0,3}$|[A-Za-z#_-]$"
)
"""What stands before a number that counts or names a thing."""
_UNIT = re.compile(r"\s?[%‰℃°A-Za-zμ²³]|[元吨次个人户辆件台米度升平立公万亿套条起宗岁]")


@dataclass(frozen=True, slots=True)
class Found:
    """A number of a person: where it stands, and what may be shown of it."""

    start: int
    end: int
    shown: str
    form: str


@dataclass(frozen=True, slots=True)
class _Group:
    digits: str
    """In ASCII; an X, the check digit of an identity number, is a group of its own."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Whole groups of a run, with what stands around them."""

    digits: str
    sizes: tuple[int, ...]
    gaps: tuple[str, ...]
    """What parts the groups, by its kind."""
    before: str
    after: str
    around: tuple[str, ...]
    """What parts them from further groups of the run."""

    @property
    def regular(self) -> bool:
        """Whether the groups are parted as those of one number: all alike, and in few or equal groups."""
        equal = len(set(self.sizes[1:-1])) <= 1 and self.sizes[0] <= 6
        return len(set(self.gaps) - {""}) <= 1 and (len(self.sizes) <= 4 or equal)

    @property
    def is_decimal(self) -> bool:
        """Whether it may be one decimal number."""
        return self.gaps == (".",)


@dataclass(frozen=True, slots=True)
class _Form:
    name: str
    pattern: re.Pattern[str]
    fits: Callable[[_Candidate], bool]
    shown: Callable[[str], str]


def found(text: str) -> Iterator[Found]:
    """Yield the numbers of persons in a text, from left to right; none overlaps another."""
    for run in _runs(text):
        yield from _in_run(text, run)


def whole(text: str) -> str | None:
    """Return the form of the number that a text is, if it is nothing else."""
    one = next(found(text), None)
    return one.form if one is not None and (one.start, one.end) == (0, len(text)) else None


def _runs(text: str) -> Iterator[list[_Group]]:
    run: list[_Group] = []
    for token in _TOKENS.finditer(text):
        told = token[0]
        digits = told if told.isascii() and told.isdigit() else _narrow(told)
        if run and not _parts(text[run[-1].end : token.start()]):
            yield run
            run = []
        run.append(_Group(digits, token.start(), token.end()))
    if run:
        yield run


def _narrow(told: str) -> str:
    return "X" if told in "XxＸｘ" else "".join(str(decimal(one)) for one in told)


def _parts(gap: str) -> bool:
    gap = _INVISIBLE.sub("", gap) if len(gap) <= 4 * _GAP else gap
    return len(gap) <= _GAP and not any(sign.isalnum() or sign in _STOPS for sign in gap)


def _kind(gap: str) -> str:
    """Return what parts two groups, hyphens of all kinds and widths being one kind."""
    gap = re.sub(r"\s", "", bare := _INVISIBLE.sub("", gap)) or bare[:1].replace("\u3000", " ")
    gap = re.sub("[-‐-―－−_＿]", "-", gap)
    return re.sub("．", ".", " " if gap.isspace() else gap)


def _in_run(text: str, run: Sequence[_Group]) -> Iterator[Found]:
    gaps = [_kind(text[one.end : other.start]) for one, other in pairwise(run)]
    place = 0
    while place < len(run):
        last, one = _longest(text, run, gaps, place)
        if one is not None:
            yield one
        elif len(run[place].digits) > 19:
            yield from _together(run, place)
        place = last + 1


def _longest(text: str, run: Sequence[_Group], gaps: Sequence[str], first: int) -> tuple[int, Found | None]:
    """Return the last group of the longest number that begins at a group, and that; the group itself if none does."""
    digits, last, found_ = "", first, None
    for place in range(first, len(run)):
        digits += run[place].digits
        if len(digits) > _LONGEST:
            break
        if len(digits) < 7 or _is_cut_out(run, gaps, first, place):
            continue
        possible = [form for form in _FORMS if form.pattern.fullmatch(digits)]
        if possible:
            one = _candidate(text, run, gaps, first, place, digits)
            form = next((form for form in possible if form.fits(one)), None)
            if form is not None:
                last, found_ = place, _shown(text, run[first].start, run[place].end, form, digits)
    return last, found_


def _is_cut_out(run: Sequence[_Group], gaps: Sequence[str], first: int, last: int) -> bool:
    """Whether groups go on before or behind these as they do among them: fractions, and pieces of a long list."""
    around = (*gaps[max(0, first - 1) : first], *gaps[last : last + 1])
    if "." in around and (first < last or len(run[first].digits) < 11):
        return True
    return last - first >= _FEW and gaps[first] in around


def _candidate(
    text: str, run: Sequence[_Group], gaps: Sequence[str], first: int, last: int, digits: str
) -> _Candidate:
    start, end = run[first].start, run[last].end
    return _Candidate(
        digits=digits,
        sizes=tuple(len(one.digits) for one in run[first : last + 1]),
        gaps=tuple(gaps[first:last]),
        before=text[max(0, start - 16) : start],
        after=text[end : end + 3],
        around=(*gaps[max(0, first - 1) : first], *gaps[last : last + 1]),
    )


def _shown(text: str, start: int, end: int, form: _Form, digits: str) -> Found:
    opened = text[start - 1 : start]
    if opened and opened in "(（" and re.search(r"[)）]", text[start:end]):
        start -= 1
    return Found(start, end, form.shown(digits), form.name)


def _together(run: Sequence[_Group], place: int) -> Iterator[Found]:
    """Yield the numbers of a group that is nothing but several of them without anything between."""
    group = run[place]
    follows = run[place + 1] if place + 1 < len(run) else None
    digits = group.digits
    if follows is not None and (follows.digits, follows.start) == ("X", group.end):
        digits += "X"
    ends: dict[int, int] = {0: 0}  # where a number may end: where it begins
    for end in range(11, len(digits) + 1):
        for size, form in _SIDE_BY_SIDE:
            if end - size in ends and form.pattern.fullmatch(digits, end - size, end):
                ends.setdefault(end, end - size)
    end, numbers = len(digits), []
    while end in ends and end > 0:
        numbers.append((ends[end], end))
        end = ends[end]
    if end == 0:
        for begins, ends_at in reversed(numbers):
            form = next(form for size, form in _SIDE_BY_SIDE if size == ends_at - begins)
            shown = form.shown(digits[begins:ends_at])
            yield Found(group.start + begins, min(group.start + ends_at, group.end), shown, form.name)


def _is_luhn(digits: str) -> bool:
    """Whether the last digit is that of a bank card: ISO/IEC 7812-1, annex B."""
    doubled = (sum(divmod(int(digit) * 2, 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[::-2])) + sum(doubled)) % 10 == 0


def _is_identity(one: _Candidate) -> bool:
    digits, born = one.digits, one.digits[6:14]
    if _PAPERS.search(one.before):
        return True
    if "." in one.gaps and {*one.gaps} != {"."}:  # several decimal numbers
        return False
    if digits.endswith("X"):
        return True
    # Numbers of cases hold a day as well, but their own: of these years, or at the beginning.
    is_case = _DATE.fullmatch(born) and born >= "2020"
    if is_case or (_DATE.fullmatch(digits[:8]) and "2010" <= digits[:4] < "2050"):
        return False
    return one.regular or bool(_DATE.fullmatch(born) and re.match(_PROVINCE, digits))


def _is_named_identity(one: _Candidate) -> bool:
    return one.digits[-1] == "X" or bool(_PAPERS.search(one.before))


def _is_old_identity(one: _Candidate) -> bool:
    return bool(_PAPERS.search(one.before)) or (one.digits[6:8] >= "30" and one.regular)


def _is_mobile(one: _Candidate) -> bool:
    own = _own(one, 11)
    if own is None:  # the digits themselves part otherwise than country and number
        return one.regular
    sizes, gaps = own
    dotted = {*gaps} == {"."}
    if dotted and (len(sizes) == 2 and sizes not in {(3, 8), (7, 4)}):
        return False
    if dotted and len(sizes) == 4 and max(sizes) <= 3:  # an address such as 192.168.100.20
        return False
    if len({*gaps} - {""}) > 1:
        return "." not in gaps and bool(_PHONE.search(one.before))
    if {*gaps} & _LISTING:
        return sizes == (3, 4, 4)
    odd_first = len({*sizes[1:]}) == 1 and sizes[0] <= 3
    return len(sizes) <= 4 or odd_first


def _own(one: _Candidate, length: int) -> tuple[tuple[int, ...], tuple[str, ...]] | None:
    """Return sizes and gaps of the last `length` digits, None where a group reaches over their beginning."""
    total = 0
    for count in range(1, len(one.sizes) + 1):
        total += one.sizes[-count]
        if total >= length:
            break
    return (one.sizes[-count:], one.gaps[len(one.gaps) - count + 1 :]) if total == length else None


def _is_bay_phone(one: _Candidate) -> bool:
    own = _own(one, 8)
    if own is None:
        return one.regular and "." not in one.gaps
    sizes, gaps = own
    return sizes in {(8,), (4, 4), (2, 2, 2, 2), (1,) * 8} and len({*gaps}) <= 1 and not {*one.gaps} & _LISTING


def _is_landline(one: _Candidate) -> bool:
    if {*one.sizes} == {1}:
        return True
    country = re.match(r"0086|86", one.digits)
    apart = country is not None and one.sizes[0] == country.end()
    if one.digits[0] != "0" and not (apart or one.before.endswith(("+", "＋"))):
        return False
    rest = one.digits[country.end() :] if country and apart else one.digits
    area = re.match(rf"(?:0086|86)?0?{_AREA}", rest)
    if area is None or one.sizes[1 if apart else 0] < area.end():
        return False
    if {*one.gaps} & _LISTING:
        return False
    own = _own(one, len(rest) - area.end())
    if own is None:
        return one.regular and "." not in one.gaps
    is_reading = one.digits[0] != "0" and one.gaps[0] == "."
    return not is_reading and own[0] != (4, 3) and len(own[0]) <= 4 and len({*own[1]} - {""}) <= 1


def _is_card(one: _Candidate) -> bool:
    """Whether it is a bank card: named so, of a bank here by its prefix, or with a right check digit."""
    if _CARD.search(one.before):
        return True
    if (
        len(one.digits) < 13
        or (one.is_decimal and one.sizes[0] < 6)
        or not (one.regular or one.sizes[:4] == (4, 4, 4, 4))
    ):
        return False
    if len(one.digits) >= 16 and re.match(r"62|60|9558|9559", one.digits):
        return True
    is_case = _DATE.fullmatch(one.digits[6:14])  # behind the code of a region
    return not is_case and bool(re.match(r"[3-6]|9[0-5]", one.digits)) and _is_luhn(one.digits)


def _is_local(one: _Candidate) -> bool:
    if one.sizes == (4, 3) or one.is_decimal or not one.regular:
        return False
    if _DATE.fullmatch(one.digits) or _COUNTED.search(one.before) or _UNIT.match(one.after):
        return False
    if _PHONE.search(one.before) or (len(one.digits) == 8 and _HERE.search(one.before)):
        return True
    if one.sizes == (4, 4):
        is_range = one.digits[2:4] == one.digits[6:8] == "00"
        return one.gaps[0] in {"", " ", "-"} and one.gaps[0] not in one.around and not is_range
    return one.sizes == (8,) and one.digits[0] in "569" and not {*one.around} & {"", "-", "."}


def _is_abroad(one: _Candidate) -> bool:
    return one.before.endswith(("+", "＋")) and len(one.sizes) <= 6 and (len(one.sizes) > 2 or "." not in one.gaps)


def _place(digits: str) -> str:
    return digits[:6] + "*" * (len(digits) - 6)


def _ends(digits: str) -> str:
    return f"{digits[-11:-8]}{STARS}{digits[-4:]}"


def _abroad(digits: str) -> str:
    return f"{digits[-11:-8]}-{digits[-8:-4]}{STARS}"


def _landline(digits: str) -> str:
    digits = re.sub("^(?:0086|86)0?", "0", digits)
    area = re.match(f"0{_AREA}", digits)
    assert area is not None
    return f"{area[0]}-{digits[area.end() : -4]}{STARS}"


def _form(name: str, pattern: str, fits: Callable[[_Candidate], bool], shown: Callable[[str], str]) -> _Form:
    return _Form(name, re.compile(pattern), fits, shown)


_IDENTITY = _form("identity", r"[1-9]\d{5}(?:19|20)\d{9}[\dX]", _is_identity, _place)
_MOBILE = _form("mobile", r"(?:0086|86|0)?1[3-9]\d{9}", _is_mobile, _ends)
_FORMS = (
    _IDENTITY,
    _form("identity", r"\d{17}[\dX]|\d{15}", _is_named_identity, _place),
    _form("identity", rf"{_PROVINCE}\d{{4}}\d\d{_DAY}\d{{3}}", _is_old_identity, _place),
    _MOBILE,
    _form("telephone", r"(?:00)?85(?:2[2-9]|3[268])\d{7}", _is_bay_phone, _abroad),
    _form("telephone", rf"(?:(?:0086|86)?0|0086|86){_AREA}[2-9]\d{{6,7}}", _is_landline, _landline),
    _form("card", r"\d{8,19}", _is_card, lambda digits: f"*******{digits[-4:]}"),
    _form("telephone", r"[2-9]\d{6,7}", _is_local, lambda digits: f"{digits[:-4]}{STARS}"),
    _form("telephone", r"[1-9]\d{7,14}", _is_abroad, lambda digits: f"{digits[:3]}-{STARS}"),
)
"""In the order in which they are asked."""
_SIDE_BY_SIDE = ((11, _MOBILE), (18, _IDENTITY))
