"""Mattes for a still camera, without a model."""
