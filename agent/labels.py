"""The labels by which the containers of an agent are told from all others."""

LABELS = "scale.agent"
"""What the names of the labels of a container begin with."""

JOB, TRY = f"{LABELS}.job", f"{LABELS}.try"
"""The labels that each container has of its own."""
