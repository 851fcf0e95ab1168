"""Files that are no policy are refused at once, in little memory, and with a clear reason."""

import subprocess
import sys
from pathlib import Path

import pytest

LOAD = """
import resource, sys, time
from pathlib import Path
from policies.errors import PolicyErrors
from policies.loader import load
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.process_time()
try:
    load(Path(sys.argv[1]))
except PolicyErrors as refused:
    print(f"{time.process_time() - began:.3f}")
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    print(str(refused)[:2000])
"""

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + level)}: &{chr(98 + level)} [{', '.join([f'*{chr(97 + level)}'] * 9)}]\n" for level in range(20)
)
CYCLE = "lists:\n  a: [x, $b]\n  b: [y, $c]\n  c: [$a]\n"
MANY_KEYS = b"".join(b"k%d: 1\n" % number for number in range(90_000))
BINARY = bytes(range(256)) * 400

BAD = {
    "an empty file": (b"", "the file is empty"),
    "a file of comments": (b"# nothing\n", "the file is empty"),
    "a binary file": (BINARY, "is no text file"),
    "a binary file without a zero": (BINARY.replace(b"\0", b""), "is not written in UTF-8"),
    "a picture's control characters": (b"a: \x01\x02\n", "a character here that YAML does not allow"),
    "a file of 10 MB": (b"groups:\n" + b"  a: b\n" * 1_500_000, "is larger than 1 MB"),
    "a bomb of aliases": (BOMB.encode(), "is an alias, which a policy does not use"),
    "brackets without end": (b"a: " + b"[" * 500_000, "nested more than 20 levels deep"),
    "braces without end": (b"{a: " * 200_000, "nested more than 20 levels deep"),
    "one list of 500,000": (b"rules: [" + b"a," * 500_000 + b"a]", "there are too many values in this file"),
    "one mapping of 90,000": (MANY_KEYS, "there are too many values in this file"),
    "the same key 100,000 times": (b"a: 1\n" * 100_000, "is here a second time"),
    "one line of 1 MB": (b"a: " + b"x" * 1_000_000, "is no key of a policy file"),
    "lists in a circle": (CYCLE.encode(), "a list cannot hold itself: `$a` → `$b` → `$c` → `$a`"),
    "a list in itself": (b"lists: {a: [$a]}\n", "a list cannot hold itself: `$a` → `$a`"),
    "a rule that refers to itself": (
        b"rules:\n  - id: me\n    deny: {reason: No}\n    when: {not: {me: true}}\n",
        "a condition speaks of facts, never of a rule, itself or another: `me`",
    ),
    "a tag that would run something": (b"a: !!python/object/apply:os.system [ls]\n", "is a YAML tag"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_in_under_a_second_and_in_little_memory(name: str, tmp_path: Path) -> None:
    content, expected = BAD[name]
    file = tmp_path / "policy.yaml"
    file.write_bytes(content)
    ran = subprocess.run(
        [sys.executable, "-c", LOAD, str(file)], capture_output=True, text=True, timeout=30, check=False
    )
    assert ran.stdout, ran.stderr
    seconds, kilobytes, said = ran.stdout.split("\n", 2)
    assert expected in said
    assert "policy.yaml:" in said
    assert float(seconds) < 1.0
    assert int(kilobytes) < 100_000
