"""What runs more than once: databases that follow each other, processes beside each other."""
