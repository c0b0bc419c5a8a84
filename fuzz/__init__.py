"""Fuzzing: changed bytes go into every reader; a result or an error of ours must come out."""
