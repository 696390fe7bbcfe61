"""The recorder: a process of its own that keeps conversations in files, so that neither voice nor control
ever waits for a disk."""
