"""The Django project of the job type service: settings, URLs, accounts, health and the read replica."""
