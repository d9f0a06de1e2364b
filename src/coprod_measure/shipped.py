"""Where the questionnaires and samples that travel with the package lie on this machine."""

from __future__ import annotations

from pathlib import Path


def shipped_folder(name: str) -> Path:
    """Find a folder of shipped content.

    Parameters
    ----------
    name : str
        ``"instruments"`` or ``"data/sample"``.

    Returns
    -------
    pathlib.Path
        Inside the installed package, or at the top of a source checkout.

    Examples
    --------
    >>> sorted(path.name for path in shipped_folder("data/sample").iterdir() if path.is_dir())
    ['bfi', 'coproduction', 'panel']
    """
    package = Path(__file__).parent
    installed = package / "shipped" / name
    return installed if installed.is_dir() else package.parents[1] / name
