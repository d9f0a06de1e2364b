"""The nodes of a YAML text, composed by the parser in C where it reads the text as YAML 1.2 does."""

from __future__ import annotations

import gc
import re
import warnings
from contextlib import suppress
from functools import lru_cache
from typing import Any

DEEPEST = 100

_OTHER_LINE_BREAK = re.compile("[\x85\u2028\u2029]")


class TooDeepError(Exception):
    """More levels than anybody writes by hand."""

    def __init__(self, mark: Any) -> None:
        super().__init__()
        self.mark = mark


@lru_cache(maxsize=4)  # one command reads a theory several times: alone, and with its instrument
def nodes_of(text: str) -> Any:
    """Compose a text, with the parser in C where it reads the text as YAML 1.2 does.

    That parser follows YAML 1.1: it refuses some sound files and breaks lines at more characters. So a text
    with such characters, and one that it refuses, goes to the slow parser, which also explains better.
    """
    from ruamel.yaml.error import YAMLError

    # Hundreds of thousands of small objects that all survive: collecting in between only costs time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        if not _OTHER_LINE_BREAK.search(text):
            with suppress(YAMLError):
                return _composed(text, pure=False)
        return _composed(text, pure=True)
    finally:
        if collecting:
            gc.enable()


def _composed(text: str, *, pure: bool) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent

    # Composing recurses, in C without a limit: the depth has to be known before.
    depth = 0
    for event in YAML(typ="safe", pure=pure).parse(text):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > DEEPEST:
            raise TooDeepError(event.start_mark)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an anchor used for a second thing is legal
        return YAML(typ="safe", pure=pure).compose(text)


def is_mapping(node: Any) -> bool:
    """Whether a node has keys."""
    from ruamel.yaml.nodes import MappingNode

    return isinstance(node, MappingNode)
