"""What is measured: a module for each subject, yielding its figures."""
