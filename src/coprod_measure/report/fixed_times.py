"""Office files without the time of their making, so that equal reports are equal files."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_STAMPS = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def fix_times(path: Path) -> None:
    """Rewrite a DOCX or XLSX file with fixed times, in the archive and in its properties.

    ``path``: an existing file; replaced.
    """
    with zipfile.ZipFile(path) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            if name == "docProps/core.xml":
                data = _STAMPS.sub(rb"\g<1>1980-01-01T00:00:00Z", data)
            member = zipfile.ZipInfo(name, _LONG_AGO)
            member.external_attr = 0o644 << 16
            archive.writestr(member, data, zipfile.ZIP_DEFLATED)
