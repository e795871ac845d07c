"""Measurements that anyone can run; each prints the figures it stands for."""
