"""Cases: each step as it is written, and what is read of them."""
