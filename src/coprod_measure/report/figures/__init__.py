"""Pictures of results, one kind a file: plain arrays and frames in, a drawing out."""
