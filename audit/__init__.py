"""Who changed what, and when: records of each change, of mass changes of jobs, and of secrets handed out."""
