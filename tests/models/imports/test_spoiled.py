"""Spoiled exports: each with all its faults named, by file and row."""

import pytest
from export_samples import copied, faults, imported, spoil
from spoiled_exports import SPOILED


@pytest.mark.parametrize("name", SPOILED)
def test_every_fault_of_a_spoiled_export_is_named_and_no_other(name, tmp_path):
    broker, edits, expected = SPOILED[name]
    files = copied(broker, tmp_path)
    for file, changes in edits.items():
        spoil(files[file], *changes)
    found = faults(imported(broker, files=sorted(files.values())))
    missing = [text for text in expected if sum(text in fault for fault in found) != 1]
    assert missing == [], found
    assert len(found) == len(expected), found


def test_there_are_forty_or_more():
    assert len(SPOILED) >= 40
