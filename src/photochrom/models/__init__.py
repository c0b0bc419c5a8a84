"""The models that ship inside the package, each with its card."""
