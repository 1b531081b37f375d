"""Events: cases from report to closing."""
