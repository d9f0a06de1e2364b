"""The same work for us and for the peers, on the same data in the same run; ratios out."""
