"""Numbers over time: what ended in each hour, and what waited and ran in each minute."""
