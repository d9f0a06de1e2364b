"""What can be read: one file a format, found by the table in :mod:`coprod_measure.drafting.sniff`."""
