"""Compression of large answers, for clients that accept it."""

import gzip
import json

import pytest
from rest_framework.test import APIClient

from core.http.compression import SMALLEST
from tests.factories import make_job_type

URL = "/v6/job-types/"


@pytest.fixture
def many(db: None) -> None:
    for number in range(12):
        make_job_type(f"name-{number}")


@pytest.mark.parametrize(
    "accepted", ["gzip", "GZIP", "deflate, gzip;q=0.5", "br;q=1.0, gzip ; q=0.001, *;q=0", "x-gzip", "a,gzip,b"]
)
def test_a_large_answer_is_compressed_for_those_who_accept_it(many: None, anyone: APIClient, accepted: str) -> None:
    plain = anyone.get(URL)
    assert not plain.has_header("Content-Encoding")
    packed = anyone.get(URL, headers={"Accept-Encoding": accepted})
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert int(packed["Content-Length"]) == len(packed.content) < len(plain.content) / 4


@pytest.mark.parametrize(
    "accepted", ["", "identity", "br", "gzip;q=0", "gzip;q=0.000, br", "gzipped", "no-gzip", "gzip;q=0 , deflate"]
)
def test_an_answer_is_plain_for_those_who_do_not_accept_gzip(many: None, anyone: APIClient, accepted: str) -> None:
    answer = anyone.get(URL, headers={"Accept-Encoding": accepted})
    assert not answer.has_header("Content-Encoding")
    assert len(json.loads(answer.content)["results"]) == 12


def test_answers_vary_on_accept_encoding_compressed_or_not(many: None, anyone: APIClient) -> None:
    for accepted in ("", "gzip"):
        answer = anyone.get(URL, headers={"Accept-Encoding": accepted})
        assert "accept-encoding" in answer["Vary"].lower()


def test_a_small_answer_is_not_compressed(anyone: APIClient, db: None) -> None:
    answer = anyone.get(URL, headers={"Accept-Encoding": "gzip"})
    assert len(answer.content) < SMALLEST
    assert not answer.has_header("Content-Encoding")


def test_pages_are_compressed_to_another_length_each_time(many: None, anyone: APIClient) -> None:
    accept = {"Accept-Encoding": "gzip", "Accept": "text/html"}
    answers = [anyone.get(URL, headers=accept) for _ in range(8)]
    assert {answer["Content-Encoding"] for answer in answers} == {"gzip"}
    assert b"<!DOCTYPE html>" in gzip.decompress(answers[0].content)
    assert len({len(answer.content) for answer in answers}) > 1


def test_the_api_document_is_compressed(anyone: APIClient, db: None) -> None:
    answer = anyone.get("/v6/schema/", headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert b"openapi: 3.1.0" in gzip.decompress(answer.content)


def test_the_tags_of_compressed_and_plain_answers_both_give_a_304(many: None, anyone: APIClient) -> None:
    strong = anyone.get(URL)["ETag"]
    weak = anyone.get(URL, headers={"Accept-Encoding": "gzip"})["ETag"]
    assert weak == f"W/{strong}"
    for tag in (strong, weak):
        for accepted in ("", "gzip"):
            answer = anyone.get(URL, headers={"If-None-Match": tag, "Accept-Encoding": accepted})
            assert answer.status_code == 304
            assert answer.content == b""
