"""Work that goes on after Slack was acknowledged: so many at a time, and a queue with an end in which people take turns."""

import logging
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from slack_sdk.errors import SlackApiError

log = logging.getLogger("paperchat.slack")

_SHARE = 4
"""One person's jobs are at most this part of the queue."""

Job = Callable[[], None]


class Work:
    """A pool of `workers` threads behind a queue of `limit` jobs. Whoever asked much waits for who asked little."""

    def __init__(self, workers: int, limit: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix=name)
        self._limit = workers + limit
        self._share = max(2, self._limit // _SHARE)
        self._lock = Lock()
        self._held: Counter[str] = Counter()
        self._waiting: OrderedDict[str, deque[tuple[Job, Job]]] = OrderedDict()
        self._closing = False

    def submit(self, job: Job, otherwise: Job = lambda: None, whose: str = "") -> bool:
        """Queue a job of a person's; False where the queue, or their part of it, is full.

        `otherwise` runs in its stead if it is still queued at `close`.
        """
        with self._lock:
            if self._closing or self._held.total() >= self._limit or (whose and self._held[whose] >= self._share):
                return False
            self._held[whose] += 1
            self._waiting.setdefault(whose, deque()).append((job, otherwise))
        self._pool.submit(self._run)
        return True

    def _next(self) -> tuple[str, Job]:
        """The next job of whose turn it is, who then goes to the end of the line."""
        with self._lock:
            whose, jobs = self._waiting.popitem(last=False)
            job, otherwise = jobs.popleft()
            if jobs:
                self._waiting[whose] = jobs
            return whose, otherwise if self._closing else job

    def _run(self) -> None:
        whose, job = self._next()
        try:
            job()
        except Exception as error:  # a job's fault must not end its thread, and its text may be a person's
            log.error("a job failed: %s", error.response["error"] if isinstance(error, SlackApiError) else type(error).__name__)
            log.debug("the job's error", exc_info=True)
        finally:
            with self._lock:
                self._held[whose] -= 1
                if not self._held[whose]:
                    del self._held[whose]

    def close(self) -> None:
        """Take no more jobs; returns when the running ones are done and the queued ones were called off."""
        with self._lock:
            self._closing = True
        self._pool.shutdown(wait=True)
