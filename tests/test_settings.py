"""Settings: option over environment over file over default, and one clear sentence for each mistake."""

from __future__ import annotations

import io

import pytest

from conformance.config.settings import OPTIONS, UserError, build, collect, read_token


@pytest.fixture(autouse=True)
def _alone(monkeypatch, tmp_path):
    """No settings of the machine, and a working folder of its own."""
    for option in OPTIONS:
        monkeypatch.delenv(option.variable, raising=False)
    monkeypatch.delenv("SCIM_TOKEN", raising=False)
    monkeypatch.chdir(tmp_path)


def test_option_wins_over_environment_over_file_over_default(monkeypatch, tmp_path):
    """Each source counts only where the one before says nothing."""
    assert collect({})["concurrency"] == 4

    (tmp_path / "scim.toml").write_text("concurrency = 5\n")
    assert collect({})["concurrency"] == 5

    monkeypatch.setenv("SCIM_CONCURRENCY", "6")
    assert collect({})["concurrency"] == 6
    assert collect({"concurrency": "7"})["concurrency"] == 7


def test_the_default_file_is_that_of_the_working_folder(tmp_path):
    """A file named with --config takes its place."""
    (tmp_path / "scim.toml").write_text('profile = "rfc"\n')
    (tmp_path / "other.toml").write_text('profile = "gallery"\n')

    assert collect({})["profile"] == "rfc"
    assert collect({}, "other.toml")["profile"] == "gallery"


def test_lists_come_from_every_source(monkeypatch, tmp_path):
    """What can be repeated is a list in the file, and lines in the environment."""
    (tmp_path / "scim.toml").write_text('only = ["a", "b"]\n')
    assert collect({})["only"] == ("a", "b")

    monkeypatch.setenv("SCIM_ONLY", "c\nd")
    assert collect({})["only"] == ("c", "d")
    assert collect({"only": ["e"]})["only"] == ("e",)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("concurency = 5", "Unknown setting 'concurency' in scim.toml"),
        ("concurrency = 0", "concurrency in scim.toml is '0'; it takes a whole number from 1."),
        ('profile = "azure"', "profile in scim.toml is 'azure'; it takes one of entra, gallery, rfc, all."),
        ("insecure = 7", "insecure in scim.toml is 7; it takes true or false."),
        ('token = "abc"', "scim.toml holds a token: keep secrets out of it"),
        ("url = ", "The settings file 'scim.toml' is not TOML"),
        ("[target]\ncolour = 1", "scim.toml: Unknown setting 'colour' in [target]"),
    ],
)
def test_a_mistake_in_the_file_is_told(tmp_path, text, complaint):
    """What is wrong, with the value, and where it came from."""
    (tmp_path / "scim.toml").write_text(text)

    with pytest.raises(UserError) as caught:
        collect({})

    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value).strip()


def test_a_mistake_in_the_environment_names_the_variable(monkeypatch):
    """So that it is found."""
    monkeypatch.setenv("SCIM_TIMEOUT", "soon")

    with pytest.raises(UserError, match="SCIM_TIMEOUT is 'soon'; it takes a number of seconds"):
        collect({})


def test_a_header_s_value_is_not_told():
    """It may be a secret."""
    with pytest.raises(UserError) as caught:
        collect({"header": ["hunter2"]})

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({}, "No tenant URL"),
        ({"url": "ftp://example.com"}, "ftp"),
        ({"url": "http://scim.example.com/v2"}, "would cross the network in clear"),
        ({"url": "https://scim.example.com", "ca_bundle": "nowhere.pem"}, "The CA bundle 'nowhere.pem' is not a file"),
    ],
)
def test_a_target_that_cannot_be_used_is_told(values, complaint):
    """One sentence each."""
    with pytest.raises(UserError) as caught:
        build(collect(values), None)

    assert complaint in str(caught.value)


@pytest.mark.parametrize("text", ["s3cret", "Bearer s3cret", "bearer  s3cret\n", " s3cret\r\n"])
def test_the_token_is_taken_with_and_without_bearer(monkeypatch, tmp_path, text):
    """From the environment, from a file and from standard input alike."""
    (tmp_path / "token").write_text(text)
    monkeypatch.setenv("SCIM_TOKEN", "another")
    assert read_token("token", prompt=False).reveal() == "s3cret"

    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert read_token("-", prompt=False).reveal() == "s3cret"

    monkeypatch.setenv("SCIM_TOKEN", text)
    assert read_token(None, prompt=False).reveal() == "s3cret"


@pytest.mark.parametrize("text", ["", "  \n", "Bearer ", "two\nlines", "tok\u00ebn"])
def test_a_token_that_cannot_be_sent_is_told(monkeypatch, text):
    """Without the token itself."""
    monkeypatch.setenv("SCIM_TOKEN", text)

    with pytest.raises(UserError, match="The secret token"):
        read_token(None, prompt=False)
