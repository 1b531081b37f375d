"""The private folder of programs: libraries are found by the names they bear, also where a package sets no link."""

import shutil
from pathlib import Path

from cityops.local.binaries import Binaries, name_libraries


def test_a_library_is_linked_by_the_name_it_bears(binaries: Binaries, tmp_path: Path) -> None:
    [link] = (binaries.root / "usr/lib").glob("*-linux-gnu*/libcjson.so.1")
    library = link.resolve()
    assert library.name != link.name
    shutil.copy(library, tmp_path / library.name)
    (tmp_path / "libscript.so").write_text("INPUT(libcjson.so.1)")  # a linker script is no library
    name_libraries(tmp_path)
    assert (tmp_path / link.name).resolve() == tmp_path / library.name
    names = {"libscript.so", link.name, library.name}
    assert {one.name for one in tmp_path.iterdir()} == names
    name_libraries(tmp_path)  # what is there stays
    assert {one.name for one in tmp_path.iterdir()} == names
