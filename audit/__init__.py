"""Who changed what, and when: a record of each change to job types, workspaces and recipe types."""
