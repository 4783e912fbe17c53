"""The models of another release against the tables that later revisions make.

During a deploy the old code runs on the new tables, and after a rollback it does so for days.
"""
