"""The certificates that the page on clusters makes are taken by every Python."""

import re
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "cluster.md"
pytestmark = [
    pytest.mark.skipif(
        not PAGE.exists(),
        reason="the page belongs to the repository, not to proctor alone",
    ),
    pytest.mark.skipif(
        shutil.which("openssl") is None, reason="no program openssl here"
    ),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder in which the page's commands were typed."""
    folder = tmp_path_factory.mktemp("certificates")
    blocks = re.split(r"^```\w*\n", PAGE.read_text(), flags=re.MULTILINE)[1::2]
    (script,) = [block for block in blocks if block.startswith("openssl ")]
    command = ("sh", "-euc", script)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


def side(folder, purpose):
    """Return one side of a connection, as Dask makes it; as strict as Python 3.13."""
    context = ssl.create_default_context(purpose, cafile=folder / "ca.pem")
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.load_cert_chain(folder / "own.pem", folder / "own.key")
    return context


def test_both_sides_take_them(folder):
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = side(folder, ssl.Purpose.SERVER_AUTH).wrap_bio(back, there)
    server = side(folder, ssl.Purpose.CLIENT_AUTH).wrap_bio(there, back, True)
    sides = [client, server]
    while sides:
        for one in list(sides):
            try:
                one.do_handshake()
                sides.remove(one)
            except ssl.SSLWantReadError:
                assert there.pending or back.pending, "each waits for the other"
