"""`python -m simulator` is `fonolo-simulator`."""

from simulator.cli import main

if __name__ == "__main__":
    main()
