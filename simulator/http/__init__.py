"""The web side: Fonolo's endpoints under `/3.0`, the workbench under `/_simulator`, the console."""
