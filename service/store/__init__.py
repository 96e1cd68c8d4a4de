"""The store of limits, keys, duplicates and rings: implementations of `callbacks.ports.Store`."""
