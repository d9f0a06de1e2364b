"""Whether items mean the same in every group and wave."""
