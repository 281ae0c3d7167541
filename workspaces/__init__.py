"""The named places that the outputs of jobs go to."""
