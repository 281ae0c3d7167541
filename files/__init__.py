"""The files of workspaces: what jobs read, and what they leave behind."""
