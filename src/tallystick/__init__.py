"""Public claims beside public records."""
