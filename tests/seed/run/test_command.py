"""Commands are divided and filled in as Bash does it, but for what a value could change."""

import shlex
import subprocess

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from seed.run.command import CommandError, command_words

VARIABLES = {"IN": "/seed/inputs/IN/a b.txt", "EMPTY": "", "UNSET": None, "QUOTE": 'it\'s "$HOME" `x` \\'}

# Texts that have some meaning to a shell.
TEMPLATES = st.lists(
    st.sampled_from(
        [" ", "\t", "a", "b=c", "'", '"', "\\", "${IN}", "$IN/", "${UNSET}", "${EMPTY}", "${QUOTE}", "x/*.tif", "-"]
    ),
    max_size=12,
).map("".join)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("", []),
        ("run", ["run"]),
        ("run  -v\t--out=/x\n", ["run", "-v", "--out=/x"]),
        ("run ${IN} $IN", ["run", "/seed/inputs/IN/a b.txt", "/seed/inputs/IN/a b.txt"]),
        ("--in=${IN}.bak", ["--in=/seed/inputs/IN/a b.txt.bak"]),
        ("${IN}${IN}", ["/seed/inputs/IN/a b.txt/seed/inputs/IN/a b.txt"]),
        ("run ${UNSET} $UNSET ${EMPTY}", ["run"]),
        ('run "${UNSET}" ""', ["run", "", ""]),
        ("a${UNSET}b", ["ab"]),
        ("'${IN}' \\${IN} \"\\${IN}\"", ["${IN}", "${IN}", "${IN}"]),
        ("${IN/#/-i } ${UNSET/#/-u }", ["-i", "/seed/inputs/IN/a b.txt"]),
        ("${IN/#/--in=}", ["--in=/seed/inputs/IN/a b.txt"]),
        ('"${IN/#/-i }"', ["-i /seed/inputs/IN/a b.txt"]),
        ('x${IN/#/ -a "b }', ["x", "-a", '"b', "/seed/inputs/IN/a b.txt"]),
        ("${HOME} $HOME $1 $ ${IN:-x} $$", ["${HOME}", "$HOME", "$1", "$", "${IN:-x}", "$$"]),
        ("${QUOTE}", [VARIABLES["QUOTE"]]),
        ('sh -c "cat ${IN} > out; ls *"', ["sh", "-c", "cat /seed/inputs/IN/a b.txt > out; ls *"]),
        ("a > b | c ; d & $(e) `f`", ["a", ">", "b", "|", "c", ";", "d", "&", "$(e)", "`f`"]),
        ('"a\\n\\"b\\\\"', ['a\\n"b\\']),
        ('a\\\nb "c\\\nd"', ["ab", "cd"]),
    ],
)
def test_the_words_of_a_command(command: str, words: list[str]):
    assert command_words(command, VARIABLES) == words


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("run 'a", "the quote ' at character 5 is not closed"),
        ('"a\\"', 'the quote " at character 1 is not closed'),
        ("run \\", "it ends with a backslash, which protects nothing"),
    ],
)
def test_a_command_that_no_shell_would_take(command: str, sentence: str):
    with pytest.raises(CommandError) as caught:
        command_words(command, {})
    assert str(caught.value) == sentence


@given(st.text(alphabet=" ab'\"\\\n-=", max_size=20))
def test_words_without_references_are_those_of_a_shell(command: str):
    assume("\\\n" not in command)  # for shlex a line break, and nothing for a shell
    try:
        expected = shlex.split(command, posix=True)
    except ValueError:
        return
    try:
        assert command_words(command, {}) == expected
    except CommandError as error:
        raise AssertionError(command) from error


@given(st.text(max_size=30), st.booleans())
def test_a_value_is_one_word_whatever_it_holds(value: str, is_quoted: bool):
    command = 'run "${NAME}" end' if is_quoted else "run ${NAME} end"
    expected = ["run", value, "end"] if value or is_quoted else ["run", "end"]
    assert command_words(command, {"NAME": value}) == expected


@given(TEMPLATES)
def test_bash_that_divides_no_values_says_the_same(command: str):
    """Bash with an empty IFS and without file name patterns is the oracle."""
    set_up = "set -f; IFS=; unset UNSET; printf '%s\\0' x "
    variables = {name: value for name, value in VARIABLES.items() if value is not None}
    bash = subprocess.run(["bash", "-c", set_up + command], capture_output=True, env=variables, check=False)
    try:
        words = command_words(command, VARIABLES)
    except CommandError:
        # Bash takes a backslash at the end for itself.
        assert bash.returncode or command.endswith("\\")
        return
    assert bash.stdout.decode().split("\0")[1:-1] == words
