"""How the whole fleet is doing: what nodes have and run, and how the tries on them ended of late."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connections
from django.db.models import BooleanField, Case, Count, ExpressionWrapper, F, Q, QuerySet, When
from django.db.models.functions import Now

from core.reads.prepared import fetch
from errors.models import Category
from jobs.fleet import Amounts, in_millionths, in_units
from jobs.filters import STATUS_WINDOW
from jobs.models import Job, JobExecution, Node, Scheduler
from jobs.nodes import REMEMBERED
from jobs.selectors import brief_job_types, known_revisions
from jobs.states import Status

# The nodes that were heard of last; and the revisions with most running jobs, which are counted for each node.
MOST_NODES = 1_000
MOST_REVISIONS = 100
# How many of the latest tries are counted at most.
MOST_TRIES = 50_000
RESOURCES = ("cpus", "mem", "disk", "gpus")
