"""How one DDL statement is sent: its algorithm, its waits, ALTERs combined, online copies."""
