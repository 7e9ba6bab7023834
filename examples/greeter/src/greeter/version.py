# Written by the release. Do not edit.
__version__ = "0.1.0"
__git_commit__ = "unknown"
__git_describe__ = "unknown"
