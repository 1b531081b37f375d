"""What we measure: speeds on real parts on one machine, as ratios within one run; `python -m bench [ONLY]`."""
