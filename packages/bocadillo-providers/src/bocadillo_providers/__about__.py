"""The version of this distribution, read by the build and by `bocadillo`."""

__version__ = "0.19.0"
