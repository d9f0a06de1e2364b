"""The door of the engine: model text and data frames in, a `Fit` with tables out."""
