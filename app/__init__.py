"""The sample application: replace its models with yours."""
