"""Masks names, telephone, card and identity numbers of citizens in free text, for all who do not handle the case.

Numbers are found by what they are (`cityops.domain.numbers`), papers by their letters and digits. Names have no form:
they are found beside words such as 市民, 联系人, 先生 or a number, so that a name in the middle of a sentence stays.
What looks like one and is none is masked too.
"""

import re

from cityops.domain import numbers
from cityops.domain.access import Permission, Role, ScopeKind, Subject
from cityops.domain.numbers import STARS

# Between the digits of a number people write blanks, hyphens and dots; what has no width is invisible.
_GAP = r"[\s\-‐-―－·•.．_\u200b-\u200f\u2060\ufeff]{0,2}"
_AREA = r"0(?:10|2\d|[3-9]\d{2})"
_NARROW = {ord("０") + digit: str(digit) for digit in range(10)}

_DATED = r"(?!20[12]\d(?:0[1-9]|1[0-2])[0-3]\d(?:\d\d)?(?!\d))"
_LETTERED = re.compile(
    rf"(?<![A-Za-z0-9])(?:([EGDSPHMCW]){_DATED}\d{{8}}(?:\d\d)?|(E[A-Z])\d{{7}}|([A-Z]{{3}})\d{{12}})(?![A-Za-z0-9])"
)
"""Passports, permits to Hong Kong, Macau and the mainland, permanent residents from abroad."""
_BRACKETED = re.compile(r"(?<![A-Za-z0-9])([A-Z]{1,2}|[157])[ -]?\d{6}[ -]?(?:[(（][0-9A][)）]|/\d(?!\d))")
"""Identity cards of Hong Kong and Macau, whose check digit stands in brackets."""
_NAMED = re.compile(
    r"((?:护照|護照|通行证|通行證|回乡证|回鄉證|台胞证|港澳证|身份证|身份證|[Pp]assport|HKID)[^\dA-Za-z\n]{0,6}"
    r"(?:号码|号|[Nn]o\.?)?[^\dA-Za-z\n]{0,3}[A-Z]{0,3})(?=[A-Z0-9])[0-9]{6,11}[A-Z]?(?![0-9])"
)

_COMPOUND = "欧阳|司徒|上官|诸葛|司马|皇甫|令狐|慕容|尉迟|长孙|夏侯|东方|公孙|南宫"
_SINGLE = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石"
    "廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤欧麦冼岑简霍伍温庄倪甘柯祝盛翁尤梅童颜柳"
    "阮詹饶凌游洪关古容招区植劳黎利屈邝谈招湛骆车司祁邢俞鲍殷施华凤苗费倪穆齐康伏樊包左岳耿卓蓝"
)
_SURNAME = rf"(?:{_COMPOUND}|[{_SINGLE}])"
_HAN = r"[\u3400-\u4dbf\u4e00-\u9fff]"
_CALLED = "先生|女士|小姐|太太|同志|师傅|老师|阿姨|大爷|大妈|老伯|婆婆"
_GOES_ON = (
    "反映|来电|致电|投诉|举报|表示|反馈|咨询|求助|要求|希望|发现|报警|报料|报称|电话|手机|身份证|称|说|报|家|的|在|于|因|所|等|向|对"
    "|与|和|住|被|已|现"
)
_ENDS = rf"(?=$|[^\u3400-\u4dbf\u4e00-\u9fff]|{_CALLED}|{_GOES_ON})"
_LABEL = "姓名|联系人|报料人|爆料人|反映人|投诉人|举报人|来电人|诉求人|报案人|报警人|当事人|申请人|户主|事主|收件人"
_PERSON = "市民|居民|群众|村民|住户|租户|业主|乘客|司机|老人|患者|伤者|我叫|我是|名叫|本人"
_NUMBER = rf"(?:\+|00)?(?:86)?{_GAP}1[3-9](?:{_GAP}\d){{3}}|[(（]?{_AREA}[)）\s-]?\d{{3}}|\d{{8}}"

_NAMES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"((?:{_LABEL})\s{{0,9}}[:：为是叫]\s{{0,9}}(?:{_COMPOUND}|{_HAN}))(?:{_HAN}{{1,3}}?{_ENDS}|{_HAN}{{1,2}})",
        rf"((?:{_LABEL})\s{{0,9}}{_SURNAME})(?:{_HAN}{{1,2}}?{_ENDS}|{_HAN}{{1,2}})",
        rf"((?:{_PERSON})\s{{0,9}}[:：]?\s{{0,9}}{_SURNAME}){_HAN}{{1,2}}?{_ENDS}",
        rf"({_SURNAME}){_HAN}{{1,2}}(?={_CALLED})",
        rf"({_SURNAME}){_HAN}{{1,2}}(?=[，,、（(\s]{{1,2}}[男女](?!{_HAN}))",
        # 张三，联系电话：138…
        rf"({_SURNAME}){_HAN}{{1,2}}(?=[，,、;；:：\s（(]{{0,2}}(?:联系)?(?:电话|手机|身份证)?(?:号码|号)?"
        rf"[：:为是，,\s]{{0,2}}(?:{_NUMBER}))",
    )
)


def masked(text: str) -> str:
    """Return a text with 张** for a name, 138****1234, 020-8123****, and the place alone of an identity number.

    Takes time in proportion to the text's length, whatever it holds.
    """
    text = text.translate(_NARROW)
    for name in _NAMES:
        text = name.sub(r"\1**", text)
    text = _BRACKETED.sub(rf"\1{STARS}", _LETTERED.sub(_letters, text))
    text = _NAMED.sub(rf"\1{STARS}", text)
    shown, end = [], 0
    for one in numbers.found(text):
        shown += [text[end : one.start], one.shown]
        end = one.end
    return "".join((*shown, text[end:]))


def masked_code(code: str) -> str:
    """Return a code that a sender chose; masked where it is nothing but a mobile or identity number."""
    return masked(code) if numbers.whole(code) in {"mobile", "identity"} else code


def reads_persons(subject: Subject, kind: str, region_code: str, *, concerned: bool = False) -> bool:
    """Whether somebody handles a case, and so reads who reported it; `kind` is that of the credential.

    The database shows only rows of the scope, among them cases that a unit once had and gave back: it reads them
    masked. A scope of place is held against the row's region once more; beyond it, and for a department, the case
    must be one that the unit is `concerned` with now.
    """
    if not subject.may(Permission.PERSON_READ) or subject.role is Role.WALL_DISPLAY or kind == "display":
        return False
    in_part = subject.scope.kind in {ScopeKind.DISTRICTS, ScopeKind.STREETS, ScopeKind.DEPARTMENTS}
    return concerned or not in_part or subject.scope.covers(region_code)


def _letters(found: re.Match[str]) -> str:
    return f"{found[1] or found[2] or found[3]}{STARS}"
