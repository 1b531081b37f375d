"""Has an indicator more in force than those that are shipped."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cityops.reference import themes
from cityops.settings import settings

ENTRY = """
  leaks:
    name: {zh: 燃气泄漏事件数, en: Gas leaks reported}
    unit: 件
    decimals: 0
    owner: gas_group
    period: hour
    cadence: 5min
    grace: 5min
    direction: high
    thresholds: {red: 3, basis: {zh: 默认值, en: A default}, basis_mark: default}
    measure: {kind: cases, at: occurred_at, classes: [gas_leak]}
    definition: [{version: 1, from: 2026-01-01, zh: 时段内的燃气泄漏事件。, en: Gas leaks of the period.}]
    origins: [{producer: 广州燃气集团, title: 全部事件来源, licence: 政务数据内部共享}]
    collection: system
"""


@contextmanager
def one_more(folder: Path) -> Iterator[None]:
    """Have the shipped files and one entry more, `leaks`, in force out of a folder while the block runs."""
    for file in themes.SHIPPED.iterdir():
        more = ENTRY if file.name == "energy.yaml" else ""
        (folder / file.name).write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CITYOPS_INDICATORS", str(folder))
        settings.cache_clear()
        yield
    settings.cache_clear()
