"""What a result says of its making is true."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from coprod_measure.provenance import sha256_of_bytes, sha256_of_file, versions

# Published test vector: FIPS 180-2, appendix B.1.
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_hashes_agree_with_the_standard(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")
    assert sha256_of_file(tmp_path / "abc") == sha256_of_bytes(b"abc") == ABC


def test_versions_are_those_that_run() -> None:
    assert versions()["numpy"] == np.__version__
