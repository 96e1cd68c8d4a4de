"""Threads share one heap."""

from __future__ import annotations

import subprocess
import sys

import pytest

#: Eight threads allocate at once; prints how many heaps of threads (64 MiB reserved) there are.
_PROGRAM = """
import re, threading
from service.server.heap import share_one_heap
{prepare}
barrier = threading.Barrier(8)
def allocate():
    kept = [bytes(10_000) for _ in range(10)]
    barrier.wait()
    barrier.wait()
threads = [threading.Thread(target=allocate) for _ in range(7)]
for thread in threads: thread.start()
barrier.wait()
spans = re.findall(r"(\\w+)-(\\w+) \\S+ ", open("/proc/self/maps").read())
starts = {{int(start, 16) for start, _ in spans}}
print(sum(start % 2**26 == 0 for start in starts))
barrier.wait()
"""


def heaps_of_threads(prepare: str) -> int:
    program = _PROGRAM.format(prepare=prepare)
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    return int(ran.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="heaps are counted in Linux's /proc")
def test_threads_share_one_heap() -> None:
    if heaps_of_threads("") == 0:
        pytest.skip("this C library gives threads no heaps of their own")
    assert heaps_of_threads("share_one_heap()") == 0
