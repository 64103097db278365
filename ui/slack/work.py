"""Work that goes on after Slack was acknowledged: so many at a time, and a queue with an end."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from slack_sdk.errors import SlackApiError

log = logging.getLogger("paperchat.slack")


class Work:
    """A pool of `workers` threads behind a queue of `limit` jobs."""

    def __init__(self, workers: int, limit: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix=name)
        self._limit = workers + limit
        self._lock = Lock()
        self._held = 0
        self._closing = False

    def submit(self, job: Callable[[], None], otherwise: Callable[[], None] = lambda: None) -> bool:
        """Queue a job; False where the queue is full. `otherwise` runs in its stead if it is still queued at `close`."""
        with self._lock:
            if self._closing or self._held >= self._limit:
                return False
            self._held += 1
        self._pool.submit(self._run, job, otherwise)
        return True

    def _run(self, job: Callable[[], None], otherwise: Callable[[], None]) -> None:
        try:
            (otherwise if self._closing else job)()
        except Exception as error:  # a job's fault must not end its thread, and its text may be a person's
            log.error("a job failed: %s", error.response["error"] if isinstance(error, SlackApiError) else type(error).__name__)
            log.debug("the job's error", exc_info=True)
        finally:
            with self._lock:
                self._held -= 1

    def close(self) -> None:
        """Take no more jobs; returns when the running ones are done and the queued ones were called off."""
        with self._lock:
            self._closing = True
        self._pool.shutdown(wait=True)
