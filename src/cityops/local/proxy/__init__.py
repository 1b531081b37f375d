"""HAProxy in front of several APIs, dashboards and HTTP ingests: fetched from Debian only when it is asked for."""

from cityops.local.proxy.haproxy import Proxy
from cityops.local.proxy.programs import ProxyPrograms, prepare_proxy_programs

__all__ = ["Proxy", "ProxyPrograms", "prepare_proxy_programs"]
