"""What runs by itself: each job again and again, in one process of all that run it, until told to stop."""
