"""Published standards as tables with a date and the formulas that read them: air, surface water, noise, traffic."""
