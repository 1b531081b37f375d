"""What codes are called in files, in Chinese and English: files go to people who have no list of codes."""

from collections.abc import Mapping

Words = Mapping[str, tuple[str, str]]

STAGES: Words = {
    "found": ("发现", "Found"),
    "dispatched": ("派单", "Assigned"),
    "handling": ("处置", "Handling"),
    "closed": ("办结", "Closed"),
}
STATUSES: Words = {
    "reported": ("已上报", "Reported"),
    "accepted": ("已受理", "Accepted"),
    "verifying": ("核实中", "Verifying"),
    "filed": ("已立案", "Filed"),
    "dispatched": ("已派单", "Assigned"),
    "signed": ("已签收", "Signed for"),
    "processing": ("处置中", "In handling"),
    "done": ("已处置", "Done"),
    "verifying_result": ("核查中", "Checking result"),
    "closed": ("已结案", "Closed"),
    "archived": ("已归档", "Archived"),
    "void": ("已作废", "Void"),
    "merged": ("已并单", "Merged"),
}
SEVERITIES: Words = {"normal": ("一般", "Normal"), "urgent": ("急", "Urgent"), "critical": ("特急", "Critical")}
FRESHNESS: Words = {"fresh": ("及时", "on time"), "late": ("迟报", "late"), "silent": ("静默", "silent")}
WARNINGS: Words = {
    "0": ("", ""),
    "1": ("蓝", "Blue"),
    "2": ("黄", "Yellow"),
    "3": ("橙", "Orange"),
    "4": ("红", "Red"),
}


def word(words: Words, code: object, language: str) -> str:
    """Return what a code is called, the code itself where it has no name."""
    return words.get(str(code), (str(code), str(code)))[language != "zh"]
