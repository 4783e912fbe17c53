"""Sends one DDL statement: its algorithm, its waits, combined ALTERs, online copies."""
