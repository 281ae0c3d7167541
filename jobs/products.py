"""Products: the files that a try leaves behind, and where they may lie."""


def product_path(name: str, version: str, job_id: int, exe_num: int) -> str:
    """Return the folder below which a try stores its products, in each of its workspaces; no other try has it."""
    return f"{name}/{version}/{job_id}/{exe_num}"
