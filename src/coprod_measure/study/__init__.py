"""The whole street once: from a study file to results, each room's record saved on the way."""
