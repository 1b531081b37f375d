"""What walls cost and how soon they show something, on a city that speaks."""
