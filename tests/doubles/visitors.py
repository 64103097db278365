"""Visitors of the page without a browser: the requests that a browser makes, at whatever pace and of whatever size a test wants."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx

Json = dict[str, Any]


class Visitor:
    """One visitor of a page: `memory` is what its browser keeps."""

    def __init__(self, url: str, config: Json | None = None) -> None:
        self.client = httpx.Client(base_url=url.rstrip("/"), timeout=60)
        self.config = config or self.client.get("/config").json()
        self.session = uuid4().hex[:11]
        self.memory: Any = {}
        self._kinds = {component["id"]: component["type"] for component in self.config["components"]}
        self._names = {component["id"]: component["props"].get("elem_id") for component in self.config["components"]}

    def close(self) -> None:
        self.client.close()

    @contextmanager
    def present(self) -> Iterator[None]:
        """The page is open in a tab: Gradio hears of it when it is closed."""
        with self.client.stream("GET", f"/gradio_api/heartbeat/{self.session}") as alive:
            beats = alive.iter_lines()  # kept: dropping it would close the stream
            next(beats)
            yield

    def load(self) -> list[Json]:
        """Open the page; returns what the server said."""
        return self.event(None, "load")

    def ask(self, question: Any) -> list[Json]:
        """Ask in the box."""
        return self.event("pc-question", "submit", **{"pc-question": question})

    def event(self, name: str | None, kind: str, data: Any = None, **values: Any) -> list[Json]:
        """An event of the part with that id, with the values of other parts by their ids; returns what the server said."""
        dependency = self.dependency(name, kind)
        return self.sent(dependency["id"], [self._value(at, values) for at in dependency["inputs"]], data)

    def dependency(self, name: str | None, kind: str) -> Json:
        """What the page does at an event; of several the one that changes most."""
        found = [d for d in self.config["dependencies"] if any(self._names.get(at) == name and on == kind for at, on in d["targets"])]
        return max(found, key=lambda dependency: len(dependency["outputs"]))

    def sent(self, number: int, values: Sequence[Any], data: Any = None) -> list[Json]:
        """The call of one function, as the browser sends it."""
        self.join(number, values, data).raise_for_status()
        return self.heard()

    def join(self, number: int, values: Sequence[Any], data: Any = None) -> httpx.Response:
        """Queue a call, without listening for what comes of it."""
        body = {"fn_index": number, "data": list(values), "event_data": data, "session_hash": self.session, "trigger_id": None}
        return self.client.post("/gradio_api/queue/join", json=body)

    def heard(self) -> list[Json]:
        """All that the server says until the calls have ended."""
        messages = []
        with self.client.stream("GET", "/gradio_api/queue/data", params={"session_hash": self.session}) as lines:
            for line in lines.iter_lines():
                if line.startswith("data:"):
                    messages.append(json.loads(line[5:]))
                    if messages[-1]["msg"] == "close_stream":
                        break
        return messages

    def _value(self, at: int, values: Json) -> Any:
        if self._kinds[at] == "browserstate":
            return values.get("memory", self.memory)
        return values.get(self._names[at] or "", "" if self._kinds[at] == "textbox" else None)


def failures(messages: Sequence[Json]) -> list[str]:
    """The faults among what a server said, each as its sentence."""
    ended = [message for message in messages if message["msg"] == "process_completed" and not message["success"]]
    return [str(message["output"].get("error")) for message in ended]
