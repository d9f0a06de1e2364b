"""How long the fuzzers run: a moment in every test, minutes in ``make fuzz``."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, settings

from coprod_measure.errors import ResponsesError
from coprod_measure.instrument.definition import Instrument
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.read import read_responses

EXAMPLES = int(os.environ.get("COPROD_FUZZ_EXAMPLES", "0"))
FUZZED = settings(
    max_examples=EXAMPLES or 20,
    derandomize=not EXAMPLES,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def outcome(
    content: bytes, name: str, instrument: Instrument, **options: object
) -> Responses | ResponsesError:
    """Answers or one clear error; whatever comes, the file is left alone."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            return read_responses(path, instrument, **options)  # type: ignore[arg-type]
        except ResponsesError as error:
            return error
        finally:
            assert path.read_bytes() == content
