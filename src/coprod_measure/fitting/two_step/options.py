"""How a model is to be fitted in two steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypedDict, get_args

from coprod_measure.arguments import names_of, unknown_options
from coprod_measure.errors import ModelError, Problem
from coprod_measure.estimation.two_step.mapping import Mapping
from coprod_measure.fitting.option_rules import fit_options
from coprod_measure.fitting.options import FitOptions

SamErrors = Literal["twostep", "twostep_robust", "local", "none"]
LatentSource = Literal["items", "factors"]
# Options of sem() that a fit in two steps obeys.
OBEYED = frozenset(
    """estimator missing group group_equal group_partial mean_structure fixed_x std_lv orthogonal information
    cluster weights""".split()  # noqa: SIM905
)


class SamKeywords(TypedDict, total=False):
    """Keywords of :func:`sam`; see :class:`SamOptions`."""

    blocks: Sequence[Sequence[str]] | None
    mapping: str
    moments: str | None
    se: str | None
    estimator: str
    missing: str
    group: str | None
    group_equal: Sequence[str]
    group_partial: Sequence[str]
    mean_structure: bool | None
    fixed_x: bool
    std_lv: bool
    orthogonal: bool
    information: str | None
    cluster: str | None
    weights: str | None


@dataclass(frozen=True, slots=True)
class SamOptions:
    """What two steps need beside the options of any fit.

    Attributes
    ----------
    blocks : tuple of tuple of str
        Latent variables that are measured together; empty: each alone unless they share items or parameters.
    mapping : str
        ``"ML"``, ``"GLS"`` or ``"ULS"`` (lavaan's ``local.options = list(M.method = )``).
    moments : str or None
        With missing answers: ``"items"`` takes the latent moments from the saturated moments of all items, as
        lavaan does; ``"factors"`` maximises the likelihood of the factors' own moments given the measurement,
        which hundreds of items and planned missing need. None: items where they are few enough.
    se : str
        ``"twostep"``, ``"twostep_robust"``, ``"local"`` or ``"none"``.
    """

    blocks: tuple[tuple[str, ...], ...] = ()
    mapping: Mapping = "ML"
    moments: LatentSource | None = None
    se: SamErrors | None = None

    @property
    def standard_errors(self) -> SamErrors:
        """Kind of errors after defaults."""
        return self.se or "twostep"


def sam_options(keywords: dict[str, Any]) -> tuple[SamOptions, FitOptions]:
    """Check the keywords of :func:`sam`.

    Raises
    ------
    ModelError
        All options that do not exist or are not obeyed here, at once.
    """
    if problems := unknown_options(keywords, [*SamKeywords.__annotations__, *names_of(FitOptions)]):
        raise ModelError.from_problems(problems)
    own = {name: keywords.pop(name) for name in ("blocks", "mapping", "moments", "se") if name in keywords}
    problems = [
        Problem(
            f"option {name}", "has no effect in two steps", "Leave it out, or use cm.sem", "not-in-two-steps"
        )
        for name in keywords
        if name not in OBEYED and name in FitOptions.__dataclass_fields__
    ]
    clean = {
        "mapping": _one_of("mapping", str(own.get("mapping") or "ML").upper(), get_args(Mapping), problems),
        "moments": _one_of("moments", own.get("moments"), get_args(LatentSource), problems),
        "se": _one_of("se", _spelled(own.get("se")), get_args(SamErrors), problems),
        "blocks": tuple((one,) if isinstance(one, str) else tuple(one) for one in own.get("blocks") or ()),
    }
    if str(keywords.get("estimator") or "ML").upper() != "ML":
        cure = 'Use estimator="ML", with se="twostep_robust" for errors without normality'
        problems.append(
            Problem("option estimator", "both steps are by maximum likelihood", cure, "not-in-two-steps")
        )
    if problems:
        raise ModelError.from_problems(problems)
    fit = fit_options(keywords)
    options = SamOptions(**clean)
    if (fit.cluster or fit.weights) and options.se in (None, "twostep"):
        options = SamOptions(options.blocks, options.mapping, options.moments, "twostep_robust")
    return options, fit


def _spelled(value: object) -> str | None:
    if value is None:
        return None
    text = str(value).lower().replace(".", "_").replace("-", "_")
    return {"robust": "twostep_robust", "two_step": "twostep", "two_step_robust": "twostep_robust"}.get(
        text, text
    )


def _one_of(name: str, value: Any, choices: tuple[str, ...], problems: list[Problem]) -> Any:
    if value is not None and value not in choices:
        cure = f"Use one of {', '.join(choices)}"
        problems.append(Problem(f"option {name}", f"{value!r} is not known", cure, "unknown-choice"))
    return value
