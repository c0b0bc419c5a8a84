"""What other programs write colours into, one format a file: `read(content)` and `write(sheet)`."""
