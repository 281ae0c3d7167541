"""How many tries ended, which ``/metrics`` shows."""

from django.db import models

from jobs.states import End


class EndedTries(models.Model):
    """How many tries of a job type one thing ended: the sum of its rows, whose number never falls.

    Triggers on the tries write them, as those of the tally do (``jobs.tally``). On PostgreSQL each statement that
    ends tries adds rows, so that no transaction waits for another; one in sixteen folds those of the job type. On
    SQLite, where writers wait for each other anyway, there is one row for each job type and end.
    """

    job_type_id = models.BigIntegerField(db_index=True, help_text="The job type.")
    end = models.CharField(max_length=9, choices=End.choices, help_text="What ended the tries.")
    tries = models.BigIntegerField(help_text="How many tries it ended.")

    class Meta:
        default_permissions = ()  # Nobody edits it.

    def __str__(self) -> str:
        return f"{self.tries} {self.end}"
