"""Measurements that anyone can repeat: `python -m benchmarks.NAME`, or all by `make bench`."""
