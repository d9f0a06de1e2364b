"""The statistics of each kind of hypothesis test: arrays in, frozen records out."""
