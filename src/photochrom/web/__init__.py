"""The page people use: a server of it and of an API, and sites that need no server."""
