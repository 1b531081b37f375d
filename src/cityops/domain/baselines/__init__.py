"""What is usual at each hour of the week, learnt value by value, and when a value leaves it."""
