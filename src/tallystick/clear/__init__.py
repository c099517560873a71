"""Floor 5: the one gate. Nothing leaves that singles a person out; only this floor makes ClearedCells."""
