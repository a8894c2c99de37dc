"""Tests of the DAGs and of the operators that they use."""
