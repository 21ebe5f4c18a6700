"""Cells and outputs that nobody expects, and what a reader sees of them."""

import base64

from proctor.tests.pages import picture, printed, raised, shown

# Markdown, and what a reader sees of it.
HOSTILE = {
    "<script>alert(1)</script>": "<script>alert(1)</script>",
    "a <img src=x onerror=alert(1)> b": "a <img src=x onerror=alert(1)> b",
    '<svg onload="alert(1)"><a>': '<svg onload="alert(1)"><a>',
    "<style>body{display:none}</style>": "<style>body{display:none}</style>",
    "</div></main></body>": "</div></main></body>",
    "<!-- hidden": "<!-- hidden",
    '<iframe srcdoc="<script>">': '<iframe srcdoc="<script>">',
    "[x](javascript:alert(1))": "x",
    "[x](JaVaScRiPt:alert(1))": "x",
    "[x](java&#115;cript:alert(1))": "x",
    "[x](&#1;javascript:alert(1))": "x",
    "[x](data:text/html;base64,PHNjcmlwdD4=)": "x",
    "[x](vbscript:a)": "x",
    "[x](//example.org)": "x",
    "[x](file:///etc/passwd)": "x",
    "<javascript:alert(1)>": "javascript:alert(1)",
    "[x]\n\n[x]: javascript:alert(1)": "x",
    "[x](https://example.org \"onclick='a'\")": "x",
    '[x](https://example.org/"onclick="alert)': "x",
    "![seen](https://example.org/tracker.png)": "[picture: seen]",
    "![a](attachment:a.png)": "[picture: a]",
    "![a](data:image/svg+xml;base64,PHN2Zz4=)": "[picture: a]",
    "![a](data:image/png;base64,PHN2Zz4=)": "[picture: a]",
    "![a](data:image/jpeg;base64,PHN2Zz4=)": "[picture: a]",
    f"![a](data:image/jpeg;base64,{picture()})": "[picture: a]",
    f"![a](data:image/gif;base64,{picture()})": "[picture: a]",
    f"![a](data:image/png,{picture()})": "[picture: a]",
    "![a](data:text/html;base64,PHN2Zz4=)": "[picture: a]",
    f"![a](data:image/png;base64,{picture()}%22onload=)": "[picture: a]",
    '![" onerror="alert(1)](x)': '[picture: " onerror="alert(1)]',
    "![<b>&lt;i&gt;](x)": "[picture: <b><i>]",
    '```"><script>\nx\n```': "x",
    "```mermaid\n</pre><script>\n```": "</pre><script>",
    "```python\n</pre><script>\n```": "</pre><script>",
    "`<script>`": "<script>",
    "$<script>$": "$<script>$",
    "$$\n<script>\n$$": "$$ <script> $$",
    "$a_1 * b_1$ and $a_2 * b_2$": "$a_1 * b_1$ and $a_2 * b_2$",
    "|<b>|\n|-|\n|<i onclick=a>|": "<b> <i onclick=a>",
    "# <script>": "<script>",
    "&lt;script&gt;": "<script>",
    "\ud800 \x00 \u202e \x1b[31m": "\ufffd \ufffd \ufffd",
}

SCRIPT = "javascript:alert(1)"
# Ways to write a link or a picture that leads where none may.
TARGETS = [
    f"[x]({SCRIPT})",
    f"[x]( {SCRIPT})",
    f"[x](\n{SCRIPT})",
    f"[x](<{SCRIPT}>)",
    f"[x]( <{SCRIPT}> 'title')",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;avascript&colon;alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](\\javascript\\:alert(1))",
    "[x](JAVA&Tab;SCRIPT:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:a)",
    "[x](//example.org)",
    "[x](../../api/contents)",
    "[x](/files/javascript:alert(1))",
    f"![x]({SCRIPT})",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "![x](/logout)",
    f"[![x](https://example.org/a.png)]({SCRIPT})",
    f"[x]\n\n[x]: {SCRIPT}",
    f"[x][y]\n\n[y]:\n  {SCRIPT}",
    f"[x][]\n\n[x]: <{SCRIPT}> 'title'",
    f"![x][y]\n\n> [y]: {SCRIPT}",
    f"- [y]: {SCRIPT}\n\n[y]",
    f"<{SCRIPT}>",
    f"<JavaScript:{SCRIPT}>",
    f"[[x]({SCRIPT})](https://example.org)",
    f"[a](https://example.org)]({SCRIPT})",
    f"[`]({SCRIPT})`]({SCRIPT})",
    f"$[x]({SCRIPT})$ and $$[x]({SCRIPT})$$",
    f"|[x]({SCRIPT})|\n|-|\n|[x\\|]({SCRIPT})|",
    f"# [x]({SCRIPT})",
    f"term [x]({SCRIPT})\n: [x]({SCRIPT})",
    f"- [ ] ({SCRIPT}) [ ]({SCRIPT})",
    f"~~[x]({SCRIPT})~~ **[x]({SCRIPT})**",
    "&lt;a href=javascript:alert(1)&gt;",
    f"<https://example.org onclick='{SCRIPT}'>",
    "```mermaid\nclick A href 'javascript:alert(1)'\n```",
    "~~~ \u00a0Mermaid\nclick A href 'javascript:alert(1)'\n~~~",
]

# Commands that MathJax makes links, styles and attributes of, or that hide others.
FORMULAS = [
    rf"\href{{{SCRIPT}}}{{x}}",
    r"\href{https://example.org}{x}",
    r"\color{red}{\href{https://example.org}{x}}",
    r"\\\href{https://example.org}{x}",
    r"\mmlToken{mi}[href='https://example.org']{x}",
    r"\style{cursor:url(https://example.org/a.png),auto}{x}",
    r"\class{panel}{x}",
    r"\cssId{score}{x}",
    r"\data{a=b}{x}",
    r"\bbox[background:url(https://example.org/a.png)]{x}",
    r"\unicode[x;background:url(https://example.org)]{65}",
    r"\U{5C}href{https://example.org}{x}",
    r"\require{HTML} x",
    r"\def\y#1{\href{https://example.org}{#1}}\y{x}",
    r"\let\y\href \y{https://example.org}{x}",
    r"\newcommand{\alpha}{x}",
    r"\renewcommand \frac[2]{x}",
    r"\newenvironment{align}{x}{y}",
    r"\DeclareMathOperator{\sin}{x}",
    r"\begin{array}{c}\href{https://example.org}{x}\end{array}",
    r"\text{\(\href{https://example.org}{x}\)}",
]

# Outputs, and what a reader sees of them.
OTHER = "An output that is neither text nor a PNG picture is not shown."
OUTPUTS = [
    (shown(text_html="<script>alert(1)</script>"), OTHER),
    (shown(text_html="<script>", text_plain="<Table>"), "<Table>"),
    (shown(**{"image/svg+xml": "<svg onload=alert(1)>"}), OTHER),
    (shown(**{"application/javascript": "alert(1)"}), OTHER),
    (shown(text_markdown="<script>", text_latex="$$"), OTHER),
    (shown(image_png="not base64!", text_plain="<Figure>"), "<Figure>"),
    (shown(image_png=base64.b64encode(b"<svg>").decode()), OTHER),
    (shown(image_png=picture() + '" onload="alert(1)'), OTHER),
    (shown(image_png=picture(width=10_001)), OTHER),
    (shown(image_png={"a": 1}), OTHER),
    (printed(["<b>", 3, "</b>\n"]), "<b></b>"),
    (printed("\x1b[1;31mred\x1b[0m \x1b]0;title\x07plain"), "red plain"),
    (printed("10%\r 50%\r100%\ndone\r\n"), "100% done"),
    (printed({"a": "b"}), ""),
    (raised("E<i>", "m\x1b[0m", ["\x1b[31m<script>\x1b[0m", 7]), "<script>"),
    (raised("E<i>", "<b>", "no list"), "E<i>: <b>"),
    (raised(None, None, None), ""),
    ({"output_type": "<script>"}, OTHER),
    ({}, OTHER),
    ("<script>", OTHER),
    (None, OTHER),
]

CELLS = [
    None,
    "cell",
    7,
    [],
    {},
    {"cell_type": "code"},
    {"cell_type": "<script>", "source": "<script>"},
    {"cell_type": ["code"], "source": {"a": 1}},
    {"cell_type": "raw", "metadata": {"format": "text/html"}, "source": "<script>"},
    {"cell_type": "markdown", "source": ["<scr", "ipt>", None]},
    {
        "cell_type": "markdown",
        "source": "x",
        "attachments": {"a": {"image/png": "<b>"}},
    },
    {"cell_type": "code", "source": "x", "outputs": {"output_type": "stream"}},
    {"cell_type": "code", "source": "x", "execution_count": "<b>", "id": '"><script>'},
    {"cell_type": "code", "source": "x", "metadata": {"tags": ['"><script>']}},
    {"cell_type": "code", "source": "x", "metadata": []},
    {"cell_type": "code", "source": "x", "metadata": {"nbgrader": "test"}},
    {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": ["x"], "grade": 1}}},
    {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": '"><script>'}}},
]

# A cell: the object that answers the examiner's calls says that three lines ran,
# whatever did.
FORGES_COUNT = """
(server,) = [kind for kind in object.__subclasses__() if kind.__name__ == "Answers"]
honest = server._do

def forged(self, operation, arguments):
    if operation == "count":
        function, positional, named, *_ = arguments
        return 3, function(*positional, **named)
    return honest(self, operation, arguments)

server._do = forged
"""
