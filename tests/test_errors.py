"""An error is one line that says where, what, and how to mend it."""

from __future__ import annotations

from coprod_measure.errors import AnalysisError, CoprodError, InputError, NotAvailable, Problem


def test_one_problem_is_one_line() -> None:
    error = InputError("unknown key 'iems'", place="study.yaml:3:1", cure="Did you mean\n'items'?")
    assert str(error) == "study.yaml:3:1: unknown key 'iems'. Did you mean 'items'?"


def test_several_problems_are_listed_once() -> None:
    problems = [Problem("a:1", "first", "x"), Problem("a:2", "second", "y")]
    error = InputError.from_problems(problems)
    assert isinstance(error, InputError)
    assert str(error).splitlines() == ["2 problems", "  a:1: first. x", "  a:2: second. y"]


def test_exit_codes_tell_bad_input_from_impossible_analysis() -> None:
    assert (CoprodError("x").exit_code, InputError("x").exit_code, AnalysisError("x").exit_code) == (1, 1, 3)


def test_what_is_not_available_says_why_and_counts_as_nothing() -> None:
    reason = NotAvailable("two items")
    assert not reason
    assert str(reason) == "not available: two items"
