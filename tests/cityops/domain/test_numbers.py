"""Numbers of persons in every form, grouping and context, and numbers of things that stay as they are."""

import re
import string
from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops.domain.masking import masked
from cityops.domain.numbers import found, whole
from factories import persons
from factories.growth import growth
from factories.persons import Number


def digits_of(text: str) -> str:
    return re.sub(r"[^0-9X*]", "", normalize("NFKC", text).upper())


@settings(max_examples=1200, deadline=None)
@given(persons.written(), st.sampled_from(persons.CONTEXTS))
def test_no_number_is_shown_in_any_form(number: Number, context: tuple[str, str]) -> None:
    before, after = context
    shown = masked(before + number.written + after)
    assert "*" in shown
    assert number.secret not in digits_of(shown)
    for part in (number.secret[:-4], number.secret[-8:]):
        assert part not in digits_of(shown.removeprefix(before).removesuffix(after))
    assert shown.endswith(after)


@settings(max_examples=1200, deadline=None)
@given(persons.telephones(), st.sampled_from(persons.CONTEXTS))
def test_no_telephone_is_shown_in_any_form(number: Number, context: tuple[str, str]) -> None:
    before, after = context
    shown = masked(before + number.written + after)
    assert "****" in shown
    assert number.secret not in digits_of(shown)


WRITTEN = [
    ("退款到银行卡 6222 0000 1111 2222 333", "退款到银行卡 *******2333"),
    ("6222-0000-1111-2222", "*******2222"),
    ("６２２２　００００　１１１１　２２２２", "*******2222"),
    ("6222_0000_1111_2222_333。", "*******2333。"),
    ("卡号4367420012345678901", "卡号*******8901"),
    ("账号 1234 5678 9012", "账号 *******9012"),
    ("VISA 4111 1111 1111 1111", "VISA *******1111"),
    ("+852 9123 4567", "+852-9123****"),
    ("香港电话 9123 4567", "香港电话 9123****"),
    ("请打 6123 4567", "请打 6123****"),
    ("请打91234567", "请打9123****"),
    ("WhatsApp:51234567", "WhatsApp:5123****"),
    ("(852)2123 4567", "852-2123****"),
    ("澳门 +853 6612 3456", "澳门 +853-6612****"),
    ("澳门28712345", "澳门2871****"),
    ("00853-66123456", "853-6612****"),
    ("+886 912 345 678", "+886-****"),
    ("0086 20 8123 4567", "020-8123****"),
    ("电话：020 8123 4567 转 12", "电话：020-8123**** 转 12"),
    ("13800138000/13900139000", "138****8000/139****9000"),
    ("护照E12345678", "护照E****"),
    ("通行证C12345678，回乡证H1234567801", "通行证C****，回乡证H****"),
    ("我的护照号码是 EA1234567", "我的护照号码是 EA****"),
    ("HKID: A123456(3)", "HKID: A****"),
    ("持澳门居民身份证1234567（8）", "持澳门居民身份证1****"),
    ("身份证号 440106900101123", "身份证号 440106*********"),
    ("身份证 44010620260101123X", "身份证 440106************"),
    ("13800138000.50", "138****8000.50"),
    ("电话 138-0013 8000", "电话 138****8000"),
    ("1380013800013900139000", "138****8000139****9000"),
    ("13800138000440106199001011234", "138****8000440106************"),
    ("4401061990010112341380013800013900139000", "440106************138****8000139****9000"),
    ("电话28123456", "电话2812****"),
]


@pytest.mark.parametrize(("text", "shown"), WRITTEN)
def test_what_is_shown_of_it(text: str, shown: str) -> None:
    assert masked(text) == shown


STAYS = [
    "2026-11-24 08:30:15.123", "2026/11/24 8:30-9:15", "20261124083015", "2026年11月24日", "11-24 08:30",
    "113.264385, 23.129112", "23.129112 113.264385", "(113.2643,23.1291)", "N23°07′44.8″ E113°15′51.8″",
    "+113.264385", "PM2.5 读数 135 142 158 161", "水位 1.25 1.27 1.31 1.46 米", "13.5 14.2 15.8 16.1 17.3",
    "1013.25,1013.27,1012.98", "流量 5200-6100 m³/h", "气压1013.250000 hPa", "累计流量 56789012", "水表读数61234567",
    "车流 5200 6100 辆", "8000-9000元", "1764115200000", "1764115200", "1764115200000000", "13.800138000",
    "0.20812345678", "202611230001234567", "20261124153012345678", "工单 2026-1124-5301-2345", "案件编号 91234567",
    "GZ-2026-000123", "440106-20261124-0001", "440106202611240001", "44010600001320000001", "WL-440106013-0001",
    "C20261124", "No.61234567", "12345", "110、119、120", "95588", "粤A12345", "粤AD12345", "192.168.100.20",
    "172.16.254.13:1883", "00:1A:2B:3C:4D:5E", "1920x1080", "4403051984", "440106013", "10001000", "510000",
    "9001:2015", "3.1415926535", "3-56123456", "3.56123456",
]  # fmt: skip


@pytest.mark.parametrize("text", STAYS)
@pytest.mark.parametrize("context", persons.CONTEXTS[:5])
def test_what_is_no_number_of_a_person_stays(text: str, context: tuple[str, str]) -> None:
    before, after = context
    assert masked(before + text + after) == before + text + after


READINGS = st.floats(-50, 1500, allow_nan=False).map(lambda value: f"{value:.2f}")
MOMENTS = st.datetimes().map(lambda moment: moment.replace(year=2026))
CODES = st.builds("{:%Y%m%d}{:06}".format, MOMENTS, st.integers(0, 10**6 - 1))


@settings(max_examples=120, deadline=None)
@given(
    st.one_of(
        st.lists(READINGS, min_size=1, max_size=6).flatmap(
            lambda values: st.sampled_from([" ", ", ", "，", "、"]).map(lambda gap: gap.join(values))
        ),
        st.builds("{:%Y-%m-%d %H:%M:%S}".format, MOMENTS),
        CODES,
        st.builds("{:.6f},{:.6f}".format, st.floats(112.9, 114.1), st.floats(22.5, 23.9)),
    ),
    st.sampled_from(persons.CONTEXTS[:5]),
)
def test_no_reading_date_place_or_case_is_masked(text: str, context: tuple[str, str]) -> None:
    before, after = context
    assert masked(before + text + after) == before + text + after


ALPHABET = string.digits + " -.Xx()（），:+/\u200b\u3000＿０"


@settings(max_examples=200, deadline=None)
@given(st.text(ALPHABET, max_size=200))
def test_any_row_of_signs_is_masked_without_an_error(text: str) -> None:
    assert len(masked(text)) <= 2 * len(text) + 4


PIECES = [
    *(
        " ",
        "1",
        "1 ",
        "5 ",
        "138 ",
        "8-",
        "电话",
        "市民 ",
        "联系人  ",
        "(",
        "+",
        "A1",
        "0 2",
        "62",
        "张三，",
        "王\u3000",
        ". ",
    ),
    *("13.800 5.", "555 44 ", "12345678 ", "020-", "X", "1X", "\u200b", "1\u200b", "身份证 4", "E1234567"),
]


@pytest.mark.parametrize("piece", PIECES)
def test_masking_takes_time_in_proportion_to_the_length(piece: str) -> None:
    assert growth(lambda text: masked(f"市民{text}"), piece) < 10
    assert growth(masked, f"市民{piece}") < 10
    assert growth(masked, piece) < 10


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("13800138000", "mobile"),
        ("138 0013 8000", "mobile"),
        ("44010619900101123X", "identity"),
        ("020-81234567", "telephone"),
        ("6222021234567890123", "card"),
        ("电话13800138000", None),
        ("13800138000 ", None),
        ("13800138000/13900139000", None),
        ("12345", None),
        ("", None),
    ],
)
def test_a_text_is_a_number_only_if_it_is_nothing_else(text: str, form: str | None) -> None:
    assert whole(text) == form


def test_numbers_are_found_from_left_to_right_with_their_places() -> None:
    text = "（020）81234567，手机13800138000"
    assert [(text[one.start : one.end], one.form) for one in found(text)] == [
        ("（020）81234567", "telephone"),
        ("13800138000", "mobile"),
    ]
    assert list(found("")) == []
