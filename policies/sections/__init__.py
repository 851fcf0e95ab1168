"""The sections of a policy file: one module for each, from nodes to the model."""
