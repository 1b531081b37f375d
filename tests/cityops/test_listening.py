"""Sockets: bound before all else, and one that cannot be had is told with part, port, reason and remedy."""

import errno
import os
import socket
import urllib.request

import pytest

from cityops.errors import CityopsError
from cityops.listening import listen, refused, serve_metrics, taken_over
from cityops.local.processes import free_ports


def test_a_port_that_is_free_is_listened_on_at_once() -> None:
    with listen("127.0.0.1", 0, "the API", "-") as listener:
        socket.create_connection(listener.getsockname(), timeout=10).close()
        assert listener.family == socket.AF_INET


def test_an_address_with_colons_is_one_of_ipv6() -> None:
    if not socket.has_ipv6 or not os.path.exists("/proc/net/if_inet6"):  # noqa: PTH110 - a question to the kernel
        pytest.skip("this machine has no IPv6")
    with listen("::1", 0, "the API", "-") as listener:
        assert listener.family == socket.AF_INET6


def test_a_port_that_is_taken_is_told_with_the_remedy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        told = f"port {port} of the API is taken by another program: end that program, or choose another with --port"
        with pytest.raises(CityopsError, match=f"^{told}$"):
            taken_over(None, "127.0.0.1", port, "the API")
        with pytest.raises(CityopsError, match=f"port {port} of the figures for Prometheus is taken"):
            serve_metrics(port)


def test_an_address_of_another_machine_is_told() -> None:
    with pytest.raises(CityopsError, match="cannot be had: this machine has no such address: choose another"):
        listen("192.0.2.1", 0, "the API", "choose another")  # RFC 5737: of nobody


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(errno.EACCES, "Permission denied"), "port 80 of x may not be taken by this account: do y"),
        (OSError(errno.EMFILE, "Too many open files"), "cannot be listened on (Too many open files): do y"),
        (OSError("odd"), "cannot be listened on (odd): do y"),
    ],
)
def test_every_other_reason_is_in_the_sentence(error: OSError, told: str) -> None:
    assert str(refused(80, "x", error, "do y")).endswith(told)


def test_the_socket_of_the_parent_is_taken_as_it_is() -> None:
    with socket.create_server(("127.0.0.1", 0)) as parents, taken_over(os.dup(parents.fileno()), "-", 0, "-") as ours:
        assert ours.getsockname() == parents.getsockname()


def test_figures_are_served_on_a_port_and_on_none() -> None:
    serve_metrics(0)
    [port] = free_ports(1)
    serve_metrics(port)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        assert b"# TYPE" in answer.read()
