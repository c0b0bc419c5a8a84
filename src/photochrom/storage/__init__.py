"""Places that hold files: this machine's folders, and whatever fsspec knows by its URL."""
