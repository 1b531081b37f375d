"""The page `/targets` (政策目标): how far the city has come on its way to what policy wants."""
