"""Ten million respondents from Parquet: a fit from moments that were streamed.

The file takes a minute to write, and 3 GB of the temporary folder while it is read.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from benchmarks.chain import chain_data, chain_model
from benchmarks.timing import Row, Work

FACTORS, RESPONDENTS, CHUNK = 12, 10_000_000, 200_000
NEEDED = 4e9  # bytes


def works() -> Iterator[Work]:
    """Time reading the file once, streaming its moments, and the fit, each in a process of its own."""
    yield Work("ten million respondents", _rows)


def _rows() -> Iterator[Row]:
    if shutil.disk_usage(gettempdir()).free < NEEDED:
        yield Row(
            "read 10,000,000 x 48 from Parquet", None, note="skipped: the temporary folder has no 4 GB free"
        )
        return
    with TemporaryDirectory() as folder:
        path = write(Path(folder) / "answers.parquet")
        size = path.stat().st_size / 1e9
        read, stream = (_in_a_process_of_its_own(work, path) for work in ("read", "fit"))
    yield Row("read 10,000,000 x 48 from Parquet, once", read["seconds"], note=f"file of {size:.1f} GB")
    yield Row(
        "moments streamed from it, ML with errors and fit",
        stream["seconds"],
        note=f"{stream['seconds'] / read['seconds']:.1f} x reading (2 x); "
        f"{stream['gigabytes']:.2f} GB at most (1.5 GB); fit alone {1000 * stream['fit']:.0f} ms",
    )


def write(path: Path) -> Path:
    """Write continuous answers chunk by chunk; one chunk is drawn, the others are it, moved and turned."""
    import pyarrow as pa
    import pyarrow.parquet as parquet

    chunk = chain_data(FACTORS, CHUNK).astype("float32")
    with parquet.ParquetWriter(path, pa.Table.from_pandas(chunk, preserve_index=False).schema) as file:
        for k in range(RESPONDENTS // CHUNK):
            part = chunk.sample(frac=1.0, random_state=k) * (-1.0) ** k
            file.write_table(pa.Table.from_pandas(part, preserve_index=False))
    return path


def _in_a_process_of_its_own(work: str, path: Path) -> dict[str, float]:
    """Wall seconds and the largest memory, so that nothing else counts."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.streaming", work, str(path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {name: float(value) for name, value in json.loads(done.stdout).items()}


def main() -> None:
    """Do one piece of work on one file; print what it took."""
    import pyarrow.parquet as parquet

    from coprod_measure.fitting.models import sem
    from coprod_measure.fitting.streamed_moments import stream_moments

    work, path = sys.argv[1:]
    start = time.perf_counter()
    fitted = 0.0
    if work == "read":
        for batch in parquet.ParquetFile(path).iter_batches(batch_size=100_000):
            del batch
    else:
        names = parquet.ParquetFile(path).schema_arrow.names
        moments = stream_moments(path, names)
        begin = time.perf_counter()
        fit = sem(chain_model(FACTORS), moments)
        _ = fit.parameters, fit.fit_measures
        fitted = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(json.dumps({"seconds": time.perf_counter() - start, "gigabytes": peak, "fit": fitted}))


if __name__ == "__main__":
    main()
