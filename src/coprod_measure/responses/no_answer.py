"""Labels that say that somebody gave no answer: "prefer not to say", in the languages that surveys are in."""

from __future__ import annotations

import re

from coprod_measure.responses.wordings import same_words

# English, German, French, Spanish, Portuguese, Italian, Dutch, Swedish/Danish/Norwegian, Polish.
_SAID = re.compile(
    "|".join(
        (
            r"(?:i(?:'d| would)? ?)?(?:prefer|rather|choose|wish|want) not(?: to)?\b.*",
            r"(?:i )?(?:do(?:es)?n't|do not|does not|did not|didn't) (?:know|want to (?:say|answer))\b.*",
            r"(?:don't|do not) know\b.*",
            r"not (?:sure|stated|specified|disclosed|reported|given)|unsure|undecided|unknown|undisclosed",
            r"no (?:answer|response|reply|data|information|statement)\b.*",
            r"(?:refused|refusal|declined?|decline to .*|missing|none given|n ?/ ?a|na|n\.a\.?)",
            r"(?:refused|declined) to (?:answer|say|state)",
            r"(?:ich )?(?:weiß|weiss) (?:es )?nicht\b.*|wei(?:ß|ss) ich nicht",
            r"lieber nicht\b.*",
            r"keine (?:angabe|antwort|aussage)n?\b.*|k\. ?a\.?|ohne angabe|verweigert",
            r"(?:ich )?(?:möchte|will|mag) (?:(?:ich|dazu|das|es|mich) )*(?:lieber )?nicht\b.*",
            r"(?:je )?ne (?:sais|souhaite|veux|se prononce) pas\b.*|sans réponse|non précisé|nsp",
            r"(?:je )?préfère ne pas\b.*|pas de réponse|refus(?:e de répondre)?",
            r"no (?:sé|sabe|contesta|quiero|deseo)\b.*|prefiero no\b.*|sin respuesta|ns ?/ ?nc",
            r"(?:eu )?prefiro não\b.*|não (?:sei|sabe|respondeu|quero|desejo)\b.*|sem resposta",
            r"(?:io )?prefer(?:isco|irei) non\b.*|non (?:so|sa|risponde|voglio|desidero)\b.*",
            r"nessuna risposta",
            r"(?:ik )?weet (?:ik |het )?niet\b.*|liever niet\b.*",
            r"(?:dat )?(?:zeg|wil) (?:ik )?(?:liever )?niet\b.*",
            r"geen (?:antwoord|opgave)|ik (?:zeg|wil) (?:het |dat )?(?:liever )?niet\b.*",
            r"(?:jag )?vet (?:ej|inte|ikke)\b.*|(?:jag )?vill (?:ej|inte)\b.*|inget svar",
            r"ved ikke|vil ikke\b.*|uoplyst",
            r"nie wiem\b.*|wolę nie\b.*|odmowa\b.*|brak odpowiedzi",
        )
    )
)


def says_nothing(label: object) -> bool:
    """Whether a label stands for no answer, so that those who chose it are no group of their own kind.

    Examples
    --------
    >>> [says_nothing(one) for one in ("I prefer not to say", "Keine Angabe", "Woman", "No", "None", "other")]
    [True, True, False, False, False, False]
    """
    return _SAID.fullmatch(same_words(str(label)).strip(" .,;:!()[]-")) is not None
