"""Judges a broker's certificate by the authority in CITYOPS_MQTT_CA_FILE, and says what to do about one refused."""

import ssl

from cityops.errors import CityopsError


def trust(file: str) -> ssl.SSLContext:
    """Return what a certificate is judged by: the authority in a PEM file, without one those this machine trusts.

    Raises
    ------
    CityopsError
        The file cannot be used.
    """
    try:
        return ssl.create_default_context(cafile=file or None)
    except OSError as error:  # ssl's errors among them
        raise CityopsError(
            f"CITYOPS_MQTT_CA_FILE names {file}, which is no certificate of an authority: name a PEM file "
            f"that this account can read ({error.__class__.__name__})"
        ) from error


def refusal(error: BaseException | None) -> str | None:
    """Return what to say where a certificate was refused; None where a connection failed of something else.

    Libraries raise errors of their own for it, of which ssl's is the cause, or the cause of the cause.
    """
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return (
                f"its certificate is not trusted ({error.verify_message}): name the PEM file of the authority that "
                "has signed it in CITYOPS_MQTT_CA_FILE, and the broker by a host that stands in it"
            )
        error = error.__cause__ or error.__context__
    return None
