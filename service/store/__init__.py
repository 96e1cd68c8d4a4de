"""Limits, idempotency, duplicates and ring budgets: the ledgers behind `callbacks.ports.Ledger`."""
