"""The terms of a drafted population, gathered claim by claim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from coprod_measure.instrument.definition import Instrument, Item
from coprod_measure.simulation.claimed_paths import BENT, Edge, claimed_paths, is_reversed, signed, spread
from coprod_measure.simulation.claims import carriers
from coprod_measure.simulation.effects_file import EffectsFile
from coprod_measure.simulation.population import Judgement
from coprod_measure.structure.category_contrasts import planned_weights
from coprod_measure.structure.judged_attributes import stated_rules
from coprod_measure.theory.definition import Hypothesis, Theory

_PROFILE = 2


@dataclass(slots=True)
class Claims:
    """Terms of a population; ``above`` holds what is above each construct, ``waves`` how many there are."""

    theory: Theory
    sizes: EffectsFile
    above: dict[str, set[str]]
    instrument: Instrument
    form: str
    waves: int = 1
    paths: dict[str, dict[str, float]] = field(default_factory=dict)
    products: dict[str, dict[tuple[str, str], float]] = field(default_factory=dict)
    ceilings: dict[str, dict[str, float]] = field(default_factory=dict)
    differences: dict[tuple[str, int], dict[str, float]] = field(default_factory=dict)
    bent: dict[tuple[str, int], dict[str, dict[str, float]]] = field(default_factory=dict)
    choices: dict[str, dict[int, dict[str, float]]] = field(default_factory=dict)
    arms: dict[tuple[tuple[str, int], ...], dict[str, float]] = field(default_factory=dict)
    lags: dict[str, dict[str, float]] = field(default_factory=dict)
    profile: dict[str, float] = field(default_factory=dict)
    rises: dict[str, float] = field(default_factory=dict)
    judgements: dict[str, Judgement] = field(default_factory=dict)
    why: dict[tuple[str, str], str] = field(default_factory=dict)
    circular: set[str] = field(default_factory=set)

    def take(self, hypothesis: Hypothesis) -> None:
        """Take in what a hypothesis claims, as far as it closes no circle."""
        if hypothesis.needs_waves > self.waves:
            return
        edges = [
            one
            for one in claimed_paths(hypothesis, self.theory, self.sizes, self.paths)
            if self._asked(one.target, one.source) and one.target != one.source
        ]
        bent = hypothesis.level in BENT
        taken = sum(
            [self._lag(one) if hypothesis.needs_waves > 1 and not bent else self._path(one) for one in edges]
        )
        self._stronger(hypothesis, edges)
        taken += self._bends(hypothesis)
        taken += self._rise(hypothesis)
        if hypothesis.level == "necessity":
            for source, target in product(hypothesis.sources, hypothesis.targets):
                taken += self._ceiling(hypothesis, source, target)
        if "judgement_rules" in hypothesis.tested_by:
            taken += self._judged(hypothesis)
        elif hypothesis.level == "group_difference" and not hypothesis.moderators:
            taken += self._difference(hypothesis) or self._countries(hypothesis)
        if hypothesis.level == "choice":
            taken += self._choice(hypothesis)
        if hypothesis.level == "segmentation":
            taken += self._segments(hypothesis)
        if edges and not taken:
            self.circular.add(hypothesis.id)

    def _bends(self, hypothesis: Hypothesis) -> int:
        """Take in products, also of a step of a chain, and what arms do."""
        taken = 0
        if hypothesis.level in BENT:
            moderators = hypothesis.moderators or hypothesis.versus or hypothesis.sources[1:]
            for source, moderator, target in product(hypothesis.sources, moderators, hypothesis.targets):
                taken += self._product(hypothesis, source, moderator, target)
                taken += self._by_group(hypothesis, source, moderator, target)
        if hypothesis.level == "mediated" and len(hypothesis.via) == 1 and hypothesis.needs_waves == 1:
            taken += self._bent(hypothesis)
        if hypothesis.level in ("direct", "moderated"):
            for source, target in product(hypothesis.sources, hypothesis.targets):
                taken += self._arm(hypothesis, source, target)
        return taken

    def _asked(self, *names: str) -> bool:
        return set(names) <= set(self.above)

    def _path(self, one: Edge) -> bool:
        if one.target in self.above[one.source]:
            return False
        self._put_above(one.source, one.target)
        there = self.paths.setdefault(one.target, {}).get(one.source)
        if there is None or abs(one.value) > abs(there):
            value = one.value if there is None else float(np.copysign(one.value, there))
            self.paths[one.target][one.source] = value
            self.why[one.target, one.source] = one.why
        return True

    def _put_above(self, cause: str, effect: str) -> None:
        """Note that a cause and what is above it are above an effect and what is below it."""
        causes = {cause} | self.above[cause]
        for name, own in self.above.items():
            if name == effect or effect in own:
                own |= causes

    def _lag(self, one: Edge) -> bool:
        """Let a cause act on what changes of its effect one wave later, be it in a circle."""
        there = self.lags.setdefault(one.target, {})
        if one.source not in there:
            there[one.source] = one.value
            self.why["lag " + one.target, one.source] = one.why
        return True

    def _rise(self, hypothesis: Hypothesis) -> bool:
        """Let means rise from wave to wave."""
        parts = [one for name in hypothesis.rises for one in carriers(self.theory, name) if self._asked(one)]
        for one in parts:
            self.rises.setdefault(one, signed(hypothesis.sign) * self.sizes.rise.size)
            self.why.setdefault(("difference", "wave"), f"{hypothesis.id}; {self.sizes.rise.source}")
        return bool(parts)

    def _bent(self, hypothesis: Hypothesis) -> bool:
        """Let the moderators bend a step of an indirect effect: the index has the claimed sign."""
        taken = False
        first = self.theory.bent_step(hypothesis) == "first"
        parts = [
            [part for name in names for part in carriers(self.theory, name)]
            for names in (hypothesis.sources, hypothesis.mediators, hypothesis.targets, hypothesis.moderators)
        ]
        for source, mediator, target, moderator in product(*parts):
            cause, effect = (source, mediator) if first else (mediator, target)
            other = (target, mediator) if first else (mediator, source)
            share = spread(self.sizes.interaction, len(parts[0 if first else 1]))
            size = -share if self.paths.get(other[0], {}).get(other[1], 1.0) < 0 else share
            taken |= self._product(hypothesis, cause, moderator, effect, size)
        return taken

    def _product(
        self, hypothesis: Hypothesis, source: str, moderator: str, target: str, size: float | None = None
    ) -> bool:
        """Bend effects of a construct, or of the parts that it is computed from, by a moderator."""
        parts = [
            one
            for one in carriers(self.theory, source)
            if one != moderator
            and self._asked(one, moderator, target)
            and target not in self.above[one] | self.above[moderator] | {one, moderator}
        ]
        assumed, own = self.sizes.interaction, self.products.setdefault(target, {}) if parts else {}
        for part in parts:
            if (part, moderator) not in own:
                value = spread(assumed, len(parts)) if size is None else size
                own[part, moderator] = signed(hypothesis.sign) * value
                self.why[target, f"{part} x {moderator}"] = f"{hypothesis.id}; {assumed.source}"
        return bool(parts)

    def _by_group(self, hypothesis: Hypothesis, source: str, moderator: str, target: str) -> bool:
        """Let the path be stronger in the last group than in the first."""
        sorting = self._sorting((moderator,))
        scale = self.instrument.scale_of(sorting.id) if sorting else None
        parts = [one for one in carriers(self.theory, source) if self._asked(one, target)]
        if sorting is None or scale is None or self._asked(moderator) or not parts:
            return False
        size = self.sizes.difference
        for code, side in ((scale.codes[0], -0.5), (scale.codes[-1], 0.5)):
            own = self.bent.setdefault((sorting.id, code), {}).setdefault(target, {})
            for part in parts:
                own.setdefault(part, signed(hypothesis.sign) * side * spread(size, len(parts)))
        self.why.setdefault(("difference", sorting.id), f"{hypothesis.id}; {size.source}")
        return True

    def _stronger(self, hypothesis: Hypothesis, edges: Sequence[Edge]) -> None:
        """Let paths be stronger in those groups that a contrast across them weighs above zero."""
        sorting, size = self._sorting(hypothesis.across), self.sizes.interaction
        sides = self._sides(sorting, hypothesis.contrast)
        if sorting is None or len({side > 0 for side in sides.values()}) < 2:
            return
        for code, side in sides.items():
            for one in edges:
                if one.source in self.paths.get(one.target, {}):
                    own = self.bent.setdefault((sorting.id, code), {}).setdefault(one.target, {})
                    own.setdefault(one.source, float(np.sign(one.value * side)) * size.size)
        self.why.setdefault(("difference", sorting.id), f"{hypothesis.id}; {size.source}")

    def _sides(self, sorting: Item | None, contrast: Mapping[str, float]) -> dict[int, float]:
        """Give the weight of each answer whose words hold one of a contrast."""
        scale = self.instrument.scale_of(sorting.id) if sorting else None
        if scale is None:
            return {}
        words = dict(zip(scale.codes, scale.labels[self.instrument.languages[0]], strict=True))
        weights = planned_weights(contrast, [*words.values()])
        return {code: weights[label] for code, label in words.items() if label in weights}

    def _sorting(self, constructs: Sequence[str]) -> Item | None:
        """Find the question that is asked and sorts people by one of these constructs."""
        asked = (self.instrument.items[id_] for id_ in self.instrument.forms[self.form].item_ids)
        return next((item for item in asked if self._sorts(item) in constructs), None)

    def _arms_of(self, construct: str) -> tuple[str, Sequence[int]] | None:
        """Find the item that assigns people to a construct, and its codes in order."""
        for id_ in self.instrument.forms[self.form].item_ids:
            scale = self.instrument.scale_of(id_)
            if self.instrument.items[id_].assigns == construct and scale is not None:
                return id_, scale.codes
        return None

    def move_by_arms(self) -> None:
        """Let arms move the construct that they assign people to, where questions check whether they did."""
        size = self.sizes.arm
        for id_ in self.instrument.forms[self.form].item_ids:
            moved, scale = self.instrument.items[id_].assigns, self.instrument.scale_of(id_)
            parts = [part for part in carriers(self.theory, moved) if part in self.above] if moved else []
            if scale is None or not parts:
                continue
            for code, side in ((scale.codes[0], -0.5), (scale.codes[-1], 0.5)):
                own = self.differences.setdefault((id_, code), {})
                for part in parts:
                    turn = -1 if is_reversed(self.theory, moved, part) else 1
                    own.setdefault(part, turn * side * size.size)
            self.why.setdefault(("difference", id_), size.source)

    def _arm(self, hypothesis: Hypothesis, source: str, target: str) -> bool:
        """Let the last arm differ from the first, everywhere or in some arms of other factors."""
        found = self._arms_of(source)
        if found is None or not self._asked(target) or self._asked(source):
            return False
        item, codes = found
        sign = signed(hypothesis.sign)
        if not hypothesis.moderators:
            for code, side in ((codes[0], -0.5), (codes[-1], 0.5)):
                own = self.differences.setdefault((item, code), {})
                own.setdefault(target, sign * side * self.sizes.difference.size)
            self.why.setdefault(("difference", item), f"{hypothesis.id}; {self.sizes.difference.source}")
            return True
        first, *others = hypothesis.moderators
        size = self.sizes.difference
        further = [(arm[0], arm[1][-1]) for one in others if (arm := self._arms_of(one)) is not None]
        if (arm := self._arms_of(first)) is None or len(further) < len(others):
            return False
        # Of two other factors it is where the first is lowest, as the contrast that is planned by default.
        cells = [(arm[1][0], 1.0)] if further else [(arm[1][-1], 0.5), (arm[1][0], -0.5)]
        for code, side in cells:
            where = ((item, codes[-1]), *further, (arm[0], code))
            self.arms.setdefault(where, {}).setdefault(target, sign * side * size.size)
        self.why.setdefault(("difference", item), f"{hypothesis.id}; {size.source}")
        return True

    def _ceiling(self, hypothesis: Hypothesis, source: str, target: str) -> bool:
        if not self._asked(source, target) or target in self.above[source]:
            return False
        self.ceilings.setdefault(target, {})[source] = self.sizes.ceiling.size
        self.why[target, f"ceiling {source}"] = f"{hypothesis.id}; {self.sizes.ceiling.source}"
        return True

    def _difference(self, hypothesis: Hypothesis) -> bool:
        """Let groups differ in each target: by the contrast that is claimed, else the first from the last."""
        sorting = self._sorting(hypothesis.sources)
        scale = self.instrument.scale_of(sorting.id) if sorting else None
        targets = [name for name in hypothesis.targets if self._asked(name)]
        if sorting is None or scale is None or not targets:
            return False
        sides = self._sides(sorting, hypothesis.contrast) or {scale.codes[-1]: 1.0, scale.codes[0]: -1.0}
        half = self.sizes.difference.size / 2.0
        for code, weight in sides.items():
            own = self.differences.setdefault((sorting.id, code), {})
            for k, target in enumerate(targets):
                # Of many outcomes it is the profile that differs: some are higher where others are lower.
                turn = -1.0 if len(targets) > _PROFILE and k % 2 else 1.0
                own.setdefault(target, turn * (half if weight > 0 else -half))
        self.why.setdefault(("difference", sorting.id), f"{hypothesis.id}; {self.sizes.difference.source}")
        return True

    def _judged(self, hypothesis: Hypothesis) -> bool:
        """Let people judge by the rule that they state, and more of what is judged raise the verdict."""
        sorting, size = self._sorting(hypothesis.sources), self.sizes.judged
        by, *_ = hypothesis.judged_by
        asked = [self.instrument.items[id_].construct_id for id_ in self.instrument.forms[self.form].item_ids]
        targets = [name for name in hypothesis.targets if self._asked(name, by)]
        if sorting is None or asked.count(by) < 2:
            return False
        for target in targets:
            above = self.sizes.size_of((by,), target)
            self._path(Edge(target, by, above.size, f"{hypothesis.id}; {above.source}"))
            rules = stated_rules(hypothesis, self.instrument, sorting.id)
            self.judgements[target] = Judgement(by, sorting.id, rules, size.size)
            self.why["judgement", target] = f"{hypothesis.id}; {size.source}"
        return bool(targets)

    def _countries(self, hypothesis: Hypothesis) -> bool:
        """Let what is true of countries move the means of their people."""
        taken = False
        for source, target in product(hypothesis.sources, hypothesis.targets):
            if (
                "society" in self.theory.constructs[source].unit
                and self._asked(source, target)
                and source != target
            ):
                size = self.sizes.size_of((source,), target)
                why = f"{hypothesis.id}; {size.source}"
                taken |= self._path(Edge(target, source, signed(hypothesis.sign) * size.size, why))
        return taken

    def _sorts(self, item: Item) -> str:
        """Name the construct whose groups an item tells: of the design, or an answer without an order."""
        if item.role == "design":
            return item.id.rpartition("_")[0]
        scale = self.instrument.scale_of(item.id)
        return item.construct_id or "" if scale is not None and not scale.ordered else ""

    def _segments(self, hypothesis: Hypothesis) -> bool:
        """Let two classes of people differ in every other construct the one way, in the rest the other."""
        asked = [one for name in hypothesis.sources for one in self.theory.first_order(name)]
        asked = [name for name in asked if self._asked(name)]
        for name in asked:
            side = -1.0 if len(self.profile) % 2 else 1.0
            self.profile.setdefault(name, side * self.sizes.segments.size / 2.0)
            self.why.setdefault(("difference", "class"), f"{hypothesis.id}; {self.sizes.segments.source}")
        return bool(asked)

    def _choice(self, hypothesis: Hypothesis) -> bool:
        """Let causes act on the option that the kind of test compares with the next by default."""
        asked = set(self.instrument.forms[self.form].item_ids)
        items = [
            item for name in hypothesis.targets for item in self.instrument.items_of(name) if item.id in asked
        ]
        sources = [
            one
            for name in hypothesis.sources
            for one in self.theory.first_order(name)
            if self._asked(one) and one not in hypothesis.targets
        ]
        scale = self.instrument.scale_of(items[0].id) if items else None
        if scale is None or not sources:
            return False
        chosen = scale.codes[-1] if len(scale.codes) == 2 else scale.codes[0]  # as the kind of test takes it
        own = self.choices.setdefault(items[0].id, {}).setdefault(chosen, {})
        for source in sources:
            sign = signed(hypothesis.source_signs.get(source, hypothesis.sign))
            own.setdefault(source, sign * self.sizes.choice.size)
        self.why.setdefault(("choice", items[0].id), f"{hypothesis.id}; {self.sizes.choice.source}")
        return True
