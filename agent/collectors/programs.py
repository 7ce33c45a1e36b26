"""Programs of this system."""

import os


def is_program(name: str) -> bool:
    """Whether the name alone would start it. (shutil.which does the same, and loads packers with it.)"""
    return any(os.access(os.path.join(folder, name), os.X_OK) for folder in os.get_exec_path())
