"""What may be done with values of indicators: answered, corrected, filled in, put into packs."""
