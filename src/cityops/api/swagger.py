"""The API's page for people: Swagger UI out of its package over this API's own document, with nothing from elsewhere.

The page holds no data. What is asked from it shows the key that its reader has given to it, and nothing is kept.
"""

from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.responses import FileResponse, HTMLResponse

from cityops.api.access.door import PUBLIC
from cityops.headers import page_policy

INTRODUCTION = """
**中文** 点击 *Authorize* 填入 API 密钥（`cityops keys create 名称 --role analyst`），再用 *Try it out* 提问：
按密钥的角色与区域返回，旁有等价的 `curl`。时间为 RFC 3339；区域代码市、区 6 位，街镇 9 位；
数值不取整，缺数为 null，从不写 0。文件下载见 *export* 一组。

**English** Give an API key under *Authorize*, then ask with *Try it out*: each answer is what the key's role and area
may see, beside the `curl` that asks for it. Times are RFC 3339; regions have 6 digits (city, districts) or 9
(streets). Values are unrounded; what is missing is null, never 0. In Python:

```python
import pandas as pd
from cityops.client import Client

city = Client("http://127.0.0.1:8000", "key_…")
```
"""

IN_PYTHON: Mapping[str, str] = {
    "/api/v1/indicators": "city.indicators()",
    "/api/v1/regions": "city.regions()",
    "/api/v1/metrics": "city.metrics()",
    "/api/v1/numbers": "city.numbers()",
    "/api/v1/intervals": "city.intervals()",
    "/api/v1/state": 'city.state("440106")',
    "/api/v1/series": 'city.series("events_reported", level="district", interval="day", compare="previous")',
    "/api/v1/air-quality": 'city.air_quality(level="district", interval="hour")',
    "/api/v1/baselines": 'city.baselines("pm25", region="440106")',
    "/api/v1/devices": 'pd.concat(city.devices(region="440106"))',
    "/api/v1/events": 'pd.concat(city.events(region="440106", class_="road_ponding"))',
    "/api/v1/cases": 'pd.concat(city.cases(region="440106", todo="overdue"))',
    "/api/v1/cases/rates": 'city.case_rates(by="district")',
    "/api/v1/alarms": 'pd.concat(city.alarms(region="440106", open=True))',
    "/api/v1/standards": 'city.standards("road_ponding")',
    "/api/v1/export/series": 'city.table("series", indicator="pm25", level="district")',
    "/api/v1/export/readings": 'city.export("readings", "raw.parquet", region="440106", metric="pm25")',
    "/api/v1/export/events": 'city.export("events", "cases.xlsx", region="440106")',
    "/api/v1/export/alarms": 'city.export("alarms", "alarms.zip", region="440106")',
}
"""What the client says for a route, in a line of Python."""

_PAGE = """<!doctype html>
<html lang="zh">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>cityops API</title>
<link rel="icon" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
_START = """SwaggerUIBundle({
  url: "api/v1/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  defaultModelsExpandDepth: -1,
  displayRequestDuration: true,
  validatorUrl: null,
});
"""
_FILES = ("swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png")
_KEPT = {"Cache-Control": "public, max-age=86400"}


def add_to(app: FastAPI) -> None:
    """Serve the page at /docs, and what it loads beside it."""

    async def get_page(_: Request) -> Response:
        return HTMLResponse(_PAGE, headers={"Content-Security-Policy": page_policy(())})

    async def get_start(_: Request) -> Response:
        return Response(_START, media_type="text/javascript")

    async def get_file(request: Request) -> Response:
        return FileResponse(_folder() / request.url.path.rpartition("/")[2], headers=_KEPT)

    app.add_route("/docs", get_page, include_in_schema=False)
    app.add_route("/docs/start.js", get_start, include_in_schema=False)
    for name in _FILES:
        app.add_route(f"/docs/{name}", get_file, include_in_schema=False)


@cache
def _folder() -> Path:
    """Return where the package keeps Swagger UI; it is not imported, for it would bring Flask along."""
    found = find_spec("flask_swagger_ui")
    assert found is not None, "a dependency of cityops"
    assert found.submodule_search_locations is not None
    return Path(found.submodule_search_locations[0]) / "dist"


def explain(document: dict[str, Any]) -> None:
    """Add to the API's document how to sign in, and what the client says for a route."""
    document["info"]["description"] = INTRODUCTION
    schemes = document["components"].setdefault("securitySchemes", {})
    schemes["key"] = {"type": "http", "scheme": "bearer", "description": "API key, session or display token"}
    document["security"] = [{"key": []}]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if f"{method.upper()} {path}" in PUBLIC:
                operation["security"] = []
        if path in IN_PYTHON:
            methods["get"]["description"] += f"\n\n```python\n{IN_PYTHON[path]}\n```"
