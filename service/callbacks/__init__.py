"""The rules of a call-back, pure Python: what may be asked for, and when a phone may ring."""
