"""Test clients, live servers and pytest fixtures for Bocadillo applications."""
