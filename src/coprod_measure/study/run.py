"""The whole street on one page."""

from __future__ import annotations

from pathlib import Path

from coprod_measure.study.as_asked import Say
from coprod_measure.study.definition import Study, read_study
from coprod_measure.study.outputs import with_out
from coprod_measure.study.pipeline import Rooms
from coprod_measure.study.results import StudyResults


def run_study(
    study: str | Path | Study,
    *,
    out: str | Path | None = None,
    progress: Say | None = None,
    tell: Say | None = None,
) -> StudyResults:
    r"""Walk the whole street.

    Parameters
    ----------
    study : str, path or Study
        A study file, or one that was read.
    out : str or path, optional
        Folder for the records; the study's own when left out.
    progress : callable, optional
        Called with a few words before each room.
    tell : callable, optional
        Called with what the user must know; a :class:`~coprod_measure.errors.CoprodWarning` when left out.

    Returns
    -------
    StudyResults
        Hand it to :func:`coprod_measure.write_report`.

    Raises
    ------
    CoprodError
        If the study, the instrument, the export or the rules are wrong, a model cannot be estimated, or the
        folder holds the outputs of another study or is written to by another run. Reports of an earlier run
        that rest on other records than those written until then are removed and named.

    Examples
    --------
    >>> import tempfile
    >>> import coprod_measure as cm
    >>> folder = Path(tempfile.mkdtemp())
    >>> everybody = (cm.shipped_folder("data/sample") / "bfi" / "bfi.csv").read_text().splitlines()
    >>> _ = (folder / "answers.csv").write_text("\n".join(everybody[:301]))
    >>> _ = (folder / "study.yaml").write_text('''
    ... id: one-trait
    ... title: One trait of personality
    ... instrument: bfi25
    ... responses: {file: answers.csv}
    ... measurement: {constructs: [neuroticism], n_factors: 1, parallel_draws: 20}
    ... seed: 1
    ... ''')
    >>> results = cm.run_study(folder / "study.yaml")
    >>> results.measurement.reliability.table()[["construct", "alpha"]].round(2).to_numpy().tolist()
    [['neuroticism', 0.82]]
    """
    study = with_out(study if isinstance(study, Study) else read_study(study), out)
    say = progress or (lambda _: None)
    # The folder is tried now, not only after minutes of computing.
    with Rooms(study, progress=progress, tell=tell) as rooms:
        try:
            say("Reading and cleaning the answers")
            rooms.make("clean")
            say("Keying and missing answers")
            rooms.make("quality")
            rooms.make("measure")
            say("Testing the hypotheses")
            rooms.make("test")
            if study.compare_exclusions:
                say("The same with nobody excluded")
            rooms.make("exclusions")
        except BaseException:
            rooms.remove_outdated()
            raise
        return rooms.results()
