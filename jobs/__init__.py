"""Jobs: the runs of job types."""
