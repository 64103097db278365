"""The Slack bot: Bolt's listeners, each of which acknowledges at once and leaves the work to a queue."""

import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

from slack_bolt import Ack, App, BoltContext, BoltResponse
from slack_bolt import Assistant as Pane
from slack_bolt.error import BoltError
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from rag.assistant import Assistant
from rag.config import masked_url
from rag.errors import ConfigError
from ui.slack.actions import Buttons, click_of
from ui.slack.answer import Answerer
from ui.slack.blocks import FEEDBACK, Button, fallback, fault_blocks, section
from ui.slack.events import Asked, heard, teams_of
from ui.slack.home import Home, help_blocks, prompts
from ui.slack.logs import slack_logger
from ui.slack.reading import said
from ui.slack.reply import Pace, Reply, ResponseReply, ThreadReply, retry_handlers
from ui.slack.settings import SlackSettings
from ui.slack.split import cut
from ui.slack.standing import Standing
from ui.slack.store import SlackStore
from ui.slack.stream import Streaming
from ui.slack.work import Work

COMMAND = "/papers"
_ANY = re.compile(".")
_LISTENERS = 16
"""Threads for listeners. They only claim and queue, so that acknowledging never waits for an answer."""
_ERRANDS = 4
"""Threads for short calls: buttons, the Home tab, saying that the queue is full."""
_BUSY = "Many questions are waiting just now; please try again in a minute."
_STOPPING = "I am being restarted; please try again in a minute."
_NOT_HERE = "Paperchat is not switched on here."


class SlackBot:
    """A Bolt app over an assistant. `app` is what a server or a socket dispatches to.

    Raises ConfigError where Slack refuses the bot token or cannot be reached.
    """

    def __init__(self, assistant: Assistant, settings: SlackSettings, debug: bool = False) -> None:
        self.settings = settings
        self.logger = slack_logger(debug)
        self.client = WebClient(settings.bot_token, base_url=settings.api_url, logger=self.logger, retry_handlers=retry_handlers())
        self.app = _app(self.client, settings, self.logger)
        self.workspace = self.client.auth_test()
        self._assistant = assistant
        self._home = Home(assistant)
        self._store = SlackStore(settings.home)
        self._pace = Pace(settings.edit_seconds)
        self._streaming = Streaming(settings.streaming)
        self._answerer = Answerer(assistant, self._store, self.client, str(self.workspace["user_id"]))
        self._buttons = Buttons(self.client, self._store, self._answerer, self._pace)
        self._answers = Work(settings.workers, settings.queue, "slack-answers")
        self._errands = Work(_ERRANDS, settings.queue, "slack-errands")
        self._standing = Standing(assistant, self._store, self.client, settings.standing, settings.standing_minutes)
        self._listen()

    def _listen(self) -> None:
        self.app.use(self._allowed)
        pane = Pane(app_name="paperchat", logger=self.logger)
        pane.thread_started(self._on_pane)
        pane.thread_context_changed(lambda: None)
        pane.user_message(self._on_message)
        self.app.use(pane)
        for event in ("app_mention", "message"):
            self.app.event(event)(self._on_message)
        self.app.event("app_home_opened")(self._on_home)
        self.app.command(COMMAND)(self._on_command)
        for action in (*(button.value for button in Button), FEEDBACK):
            self.app.action(action)(self._on_click)
        # What else Slack may send is acknowledged too; left alone, it would be sent again.
        self.app.event(_ANY)(lambda: None)
        self.app.action(_ANY)(lambda ack: ack())
        self.app.error(self._on_error)

    def close(self) -> None:
        """Finish the answers under way; those who still wait are told to try again."""
        self._standing.close()
        self.app.listener_runner.listener_executor.shutdown(wait=True)
        self._answers.close()
        self._errands.close()

    # --- listeners: run on Bolt's threads, and only claim and queue

    def _allowed(self, context: BoltContext, body: dict[str, Any], next_: Callable[[], BoltResponse]) -> BoltResponse:
        if body.get("response_url") and not self.settings.answers_at(body["response_url"]):
            self.logger.warning("a delivery that wants its answer sent elsewhere than to Slack was left alone")
            return context.ack()
        if self.settings.allows(teams_of(body) | frozenset(filter(None, (context.team_id,))), context.channel_id or ""):
            return next_()
        return context.ack(_NOT_HERE) if "command" in body else context.ack()

    def _on_message(self, event: dict[str, Any], context: BoltContext) -> None:
        asked = heard(event, context.team_id or "", context.bot_user_id or "", self._follows)
        if asked is None or not self._store.claim(asked.key):
            return
        reply = ThreadReply(self.client, asked, self._pace, streaming=self._streaming)
        if asked.question:
            self._ask(asked, reply)
        else:
            self._errands.submit(lambda: reply.final([help_blocks()]))

    def _follows(self, channel: str, thread: str) -> bool:
        return self.settings.follow_ups and self._store.took_part(channel, thread)

    def _on_command(self, ack: Ack, command: dict[str, Any], context: BoltContext) -> None:
        text = said(str(command.get("text") or ""), context.bot_user_id or "")
        first, _, rest = text.partition(" ")
        share = first.lower() == "share"
        question = rest.strip() if share else text
        if not question or question.lower() == "help":
            ack(text="How to ask", blocks=help_blocks())
            return
        ack(response_type="ephemeral", text="Reading the papers", blocks=[section(f"Reading the papers for: {cut(question, 200)}")])
        if self._store.claim(f"command:{command['trigger_id']}"):
            asked = Asked(context.team_id or "", command["channel_id"], command["user_id"], question, share=share)
            self._ask(asked, ResponseReply(command["response_url"], share))

    def _ask(self, asked: Asked, reply: Reply) -> None:
        answer_id = uuid4().hex[:16]

        def put_off(sentence: str) -> None:
            self._store.keep(answer_id, asked)
            reply.final([fault_blocks(sentence, answer_id, 0)])

        if not self._answers.submit(lambda: self._answerer.answer(asked, answer_id, reply), lambda: put_off(_STOPPING), asked.user):
            self._errands.submit(lambda: put_off(_BUSY))

    def _on_click(self, ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
        ack()
        click = click_of(body, action)
        if not self._store.claim(click.key):
            return
        if click.button is not Button.RETRY:
            self._errands.submit(lambda: self._buttons.press(click), whose=click.user)
        else:
            queued = self._answers.submit(lambda: self._buttons.press(click), lambda: self._buttons.busy(click, _STOPPING), click.user)
            if not queued:
                self._errands.submit(lambda: self._buttons.busy(click, _BUSY))

    def _on_home(self, event: dict[str, Any]) -> None:
        if event.get("tab") == "home":
            self._errands.submit(lambda: self._publish(event["user"]))

    def _publish(self, user: str) -> None:
        self.client.views_publish(user_id=user, view=self._home.view())

    def _on_pane(self, event: dict[str, Any]) -> None:
        thread = event["assistant_thread"]
        self._errands.submit(lambda: self._greet(thread["channel_id"], thread["thread_ts"]))

    def _greet(self, channel: str, thread: str) -> None:
        blocks = [section(f"Ask me about the {len(self._assistant.index):,} papers that I hold.")]
        self.client.chat_postMessage(channel=channel, thread_ts=thread, text=fallback(blocks), blocks=blocks)
        self.client.assistant_threads_setSuggestedPrompts(channel_id=channel, thread_ts=thread, prompts=prompts())

    def _on_error(self, error: Exception) -> None:
        self.logger.error("a listener failed: %s", type(error).__name__)
        self.logger.debug("the listener's error", exc_info=error)


def _app(client: WebClient, settings: SlackSettings, logger: logging.Logger) -> App:
    try:
        return App(
            name="paperchat", client=client, logger=logger, signing_secret=settings.signing_secret or "",
            request_verification_enabled=settings.app_token is None,
            listener_executor=ThreadPoolExecutor(_LISTENERS, thread_name_prefix="slack-listeners"),
        )  # fmt: skip
    except BoltError as error:
        cause = error.__context__
        reason = cause.response["error"] if isinstance(cause, SlackApiError) else "it was not accepted"
        raise ConfigError(f"SLACK_BOT_TOKEN: Slack says {reason}; copy it again from “OAuth & Permissions” of the app") from None
    except OSError as error:
        raise ConfigError(f"Slack cannot be reached at {masked_url(settings.api_url)}: {getattr(error, 'reason', error)}") from None
