"""The telephone in the page: its messages and its rule. Pure."""
