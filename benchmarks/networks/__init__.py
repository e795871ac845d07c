"""The networks that benchmarks run on: the sample, random cities, a real town."""
