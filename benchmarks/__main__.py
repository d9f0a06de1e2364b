"""Print every benchmark: `make bench`."""

from __future__ import annotations

import platform
import sys
from importlib import import_module

from coprod_measure.provenance import versions

SECTIONS = (
    "startup", "estimation", "measurement", "hypotheses", "composites", "occasions", "planning", "responses",
    "demo", "streaming",
)  # fmt: skip


def main() -> None:
    """Run the sections that were named, or all."""
    from threadpoolctl import threadpool_info

    import_module("numpy")
    import_module("scipy.linalg")
    blas = {
        f"{info['internal_api']} {info['version']}, {info['num_threads']} threads"
        for info in threadpool_info()
    }
    print(f"{platform.platform()}; BLAS: {'; '.join(sorted(blas))}")
    print("; ".join(f"{name} {version}" for name, version in versions().items()))
    print(f"\n{'work':52} {'ours':>10} {'peer':>10} {'ratio':>7}  {'peer':8}")
    for section in sys.argv[1:] or SECTIONS:
        for row in import_module(f"benchmarks.{section}").rows():
            print(row, flush=True)


if __name__ == "__main__":
    main()
