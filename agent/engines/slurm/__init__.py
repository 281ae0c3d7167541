"""Slurm as an engine: it places each container on a node of a cluster, where a step of ours runs it."""
