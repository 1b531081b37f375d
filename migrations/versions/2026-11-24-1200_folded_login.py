"""Logins in lower case, as they are made and asked for from now on; two that differ by case alone are refused."""

from collections import defaultdict

from alembic import op
from sqlalchemy import text

revision = "2026_11_24_folded_login"
down_revision = "2026_11_24_reject_refusals"


def upgrade() -> None:
    """Fold the logins there are; it fails, and changes nothing, where two would become one."""
    connection = op.get_bind()
    alike: dict[str, list[str]] = defaultdict(list)
    for login in connection.scalars(text("SELECT login FROM account ORDER BY login")):
        alike[login.lower()].append(login)
    if twice := [" and ".join(logins) for logins in alike.values() if len(logins) > 1]:
        raise RuntimeError(
            f"accounts {'; '.join(twice)} differ by case alone, so that they are one login now; rename all but one"
            " of each by SQL in the column login of the table account, then upgrade again"
        )
    change = text("UPDATE account SET login = :folded WHERE login = :login")
    for folded, [login] in alike.items():
        if folded != login:
            connection.execute(change, {"folded": folded, "login": login})


def downgrade() -> None:
    """Leave the logins: how they were written is not kept, and they are good as they are."""
