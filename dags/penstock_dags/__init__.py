"""Wires Penstock's join key into ECS tasks and Glue job runs: import the operators from `penstock_dags.operators`."""
