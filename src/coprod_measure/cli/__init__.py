"""The `coprod` command: parse, call one library function, print."""
