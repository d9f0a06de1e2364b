"""Convergent and discriminant validity of constructs under the measurement model."""

from __future__ import annotations

from coprod_measure.measurement.htmt import htmt

__all__ = ["htmt"]
