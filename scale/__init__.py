"""The Django project of the job type service: settings, URLs and what every endpoint shares."""
