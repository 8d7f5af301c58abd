"""What strangers may write where the toolkit prints it: scripts, links, formulas, marks of typesetters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.twin.cities import tiny

if TYPE_CHECKING:
    from twin.city import City

PAYLOADS = (
    "<script>window.hit=1</script>",
    "</script><script>window.hit=1</script>",
    "<img src=x onerror=window.hit=1>",
    "<svg/onload=window.hit=1>",
    '"><script>window.hit=1</script>',
    "'-window.hit=1-'",
    "javascript:window.hit=1",
    "{{ 7*7 }}{% raw %}",
    "${window.hit=1}",
    "`${window.hit=1}`",
    "<iframe srcdoc='<script>parent.hit=1</script>'>",
    "<!--<script>window.hit=1//-->",
    "\u2028window.hit=1\u2029",
    "]]><script>window.hit=1</script>",
    "<a href=javascript:window.hit=1>x</a>",
    "&lt;script&gt;window.hit=1&lt;/script&gt;",
    "\\u003cscript\\u003ewindow.hit=1\\u003c/script\\u003e",
    "<style>@import 'http://127.0.0.1:9/x'</style>",
    "<link rel=stylesheet href=http://127.0.0.1:9/x>",
    "<base href=http://127.0.0.1:9/>",
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'>",
    "<object data=http://127.0.0.1:9/x>",
    "<form action=http://127.0.0.1:9/><input autofocus onfocus=window.hit=1>",
    "<details open ontoggle=window.hit=1>",
    "<math><mtext><script>window.hit=1</script></mtext></math>",
    "<video><source onerror=window.hit=1></video>",
    "__proto__",
    "constructor",
    "=cmd|'/C calc'!A0",
    "%3Cscript%3Ewindow.hit=1%3C/script%3E",
)
"""Thirty texts that a page must print and never obey: each would set ``window.hit`` or ask a host."""

TYPESET = (
    "<script>window.hit=1</script>",
    "<img src=x onerror=window.hit=1>",
    '"><svg onload=window.hit=1>',
    "{{ 7*7 }}{% raw %}",
    "javascript:alert(1)",
    "=cmd|' /C calc'!A0",
    "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1",
    '#read("/etc/passwd")',
    "#sys.inputs $x^2$ *b* _i_ `c` @ref <label>",
    "]#panic()[",
    "$\\frac{1}{2}$",
    "\u202egnp.exe", "a\x00b\x1b[31m", "line\nbreak",
    "\u0645\u062f\u064a\u0646\u0629 東京 ελ 🚲",
    "]]></style><!--", "'; DROP TABLE x;--",
)  # fmt: skip
"""Texts that a typesetter or a spreadsheet would obey."""


def hostile() -> City:
    """The tiny city with a payload in every text that a stranger may write."""
    city = tiny()
    buildings, streets, sources, places = city.buildings, city.streets, city.sources, city.places
    buildings["name"] = [PAYLOADS[i % len(PAYLOADS)] for i in range(len(buildings))]
    buildings["use"] = [PAYLOADS[-1 - i] for i in range(len(buildings))]
    streets["name"] = [PAYLOADS[(i + 12) % len(PAYLOADS)] for i in range(len(streets))]
    streets["highway"] = PAYLOADS[1]
    places["value"] = [PAYLOADS[-1 - i] for i in range(len(places))]
    places["name"] = [PAYLOADS[i % len(PAYLOADS)] for i in range(len(places))]
    sources["what"] = PAYLOADS[2]
    sources["attribution"] = PAYLOADS[0]
    return city.replace(
        buildings=buildings, streets=streets, sources=sources, places=places, name=PAYLOADS[4]
    )
