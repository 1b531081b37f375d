"""Two databases under Patroni on one machine, for trials: fetched only when they are asked for."""

from cityops.local.patroni.member import Member
from cityops.local.patroni.pair import DatabasePair
from cityops.local.patroni.programs import PairPrograms, prepare_pair_programs

__all__ = ["DatabasePair", "Member", "PairPrograms", "prepare_pair_programs"]
