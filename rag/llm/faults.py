"""What went wrong at a model's endpoint, told in one line: read from its status, its code and its own words."""

import re
from urllib.parse import urlsplit

import httpx
import openai

from rag.config import Config
from rag.errors import ModelError
from rag.llm.address import base_url, shown_url
from rag.llm.options import names_an_option
from rag.llm.said import DECLINES, Fault, fault_of, reason

_OVERFLOW = re.compile(
    r"context[ _-]?(?:length|window|size|limit)|\bn_ctx\b|(?:maximum|max\.?|allowed|supported) (?:context|input|prompt|sequence|model)\b"
    r"|maximum (?:number of )?(?:input )?tokens|too many (?:input |prompt )?tokens|model_max_length|string_above_max_length"
    r"|(?:prompts?|inputs?|requests?|messages?|sequence|content"
    r"|conversation)\b[^.]{0,60}?\b(?:too (?:long|large|big)|longer than|larger than"
    r"|must (?:have|be) (?:less|fewer|shorter|at most|<))"
    r"|(?:prompts?|inputs?|requests?|messages?|sequence|content"
    r"|conversation)\b.{0,60}?\bexceed[^.]{0,60}\b(?:tokens?|context|length|size|characters)\b"
    r"|tokens?\b[^.]{0,50}\bexceed|exceeds?\b[^.]{0,50}\b(?:tokens|context)|reduce (?:the|your) (?:length|input"
    r"|prompt|messages?|number of tokens)"
    r"|range of input length|(?:input|prompt) token count|\bmaxLength\b|max_(?:seq_len|model_len|num_tokens)"
    r"|prompt_tokens|current length is \d+|context the overflows"
    r"|(?:prompt|输入|上下文|内容|消息)[^.。]{0,12}(?:超长|过长|超过|超出|太长)"
    r"|shorten (?:the|your) (?:input|prompt|messages?)|tokens requested|(?:requested|given):? \d+ tokens|request too large",
    re.IGNORECASE,
)
_QUOTA = re.compile(
    r"insufficient[_ ](?:quota|balance|funds|credits?)|billing|\bcredits?\b|exceeded your (?:current |monthly |daily )?quota|out of quota"
    r"|quota (?:is |has been )?(?:exceeded|exhausted|used up)|payment|spend(?:ing)?[_ ](?:limit|cap)|hard limit"
    r"|subscription|arrears|top[- ]?up"
    r"|recharge|per[- ]day|daily (?:limit|quota)"
    r"|good standing|\barrearage|budget|can only afford|(?:key|total) limit|wallet|trial (?:has |period )?(?:expired|ended|is over)"
    r"|(?:run|ran) out of|余额|欠费|充值|额度(?:不足|已用)|资源包"
    r"|free (?:tier|plan|requests)|account[^.]{0,30}(?:deactivated|suspended|balance)|monthly (?:limit|usage)|usage limit",
    re.IGNORECASE,
)
_SOON = re.compile(r"retry ?(?:after|delay|in)|try again (?:in|after)|per[- ](?:second|sec|minute|min|hour)\b|\b[rt]p[ms]\b", re.IGNORECASE)
_DAILY = re.compile(r"\b(?:per|a|each) ?(?:day|week|month)\b|\b(?:daily|weekly|monthly) |\b[rt]pd\b", re.IGNORECASE)
_WAITS = re.compile(rf"{_SOON.pattern}|rate.?limit|too many requests|throttl|请求过于频繁|速率限制", re.IGNORECASE)
_NO_KEY = re.compile(
    r"(?:invalid|incorrect|wrong|missing|no|expired|revoked|unknown)\b.{0,20}\b(?:api[ _-]?keys?|tokens?|credentials?)\b"
    r"|api[ _-]?key\b.{0,30}\b(?:not valid|invalid|incorrect|malformed|expired|missing|required|not found)"
    r"|API_KEY_INVALID|invalid_api_key|unauthorized|authentication (?:error|fail|required|token)|authorization header|invalid_issuer"
    r"|(?:api|access)[ _-]?(?:key|token)\b.{0,30}\b(?:revoked|disabled|deleted|inactive)|proxy server token"
    r"|身份验证|密钥.{0,6}(?:无效|错误|过期)",
    re.IGNORECASE,
)
_NO_MODEL = re.compile(
    r"model_not_found|deployment_?not_?found|deployment[^.]{0,60}\b(?:not exist|not found)"
    r"|\bno models? (?:is |are )?(?:loaded|available|found)"
    r"|access to (?:the )?model|model[^.]{0,80}\b(?:not found|not exist|does ?n.t exist|unknown|not available|unavailable"
    r"|not supported|not a valid|invalid"
    r"|deprecated|decommissioned|not loaded|try pulling)"
    r"|(?:unknown|invalid|no such|not a valid|unsupported|find the|pull the|access|channels? for) (?:the )?model\b|no endpoints found"
    r"|模型.{0,10}(?:不存在|无效|未找到|不支持|下线)",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"\b(?:countr|region|territor|location)|\b(?:blocked|banned|firewall|cloudflare|captcha|vpn|ip address|ip range|allow-?list|network)\b"
    r"|zscaler|forcepoint|fortigu|denied by|(?:security|web|access) policy",
    re.IGNORECASE,
)
_NO_CHAT = re.compile(
    r"not a chat model|does ?n.?o?t support (?:the )?(?:chat|text|generat)|chat(?: completions?)? (?:is|are) not supported"
    r"|(?:not|n't) (?:be used|work|available|intended)\b.{0,20}\b(?:chat|generation)|\bchat_?completions?\b.{0,40}\bdoes not work"
    r"|not in v1/chat/completions|\bchat template\b|\b(?:embeddings?|reranker?|reranking) model\b",
    re.IGNORECASE,
)
_PLAIN_HTTP = re.compile(r"HTTP request (?:was sent )?to (?:an |the )?HTTPS", re.IGNORECASE)
_LOADING = re.compile(r"loading|warming up|starting|is not ready|cold start", re.IGNORECASE)
_FILTERED = re.compile(
    r"content[_ ](?:filter|policy|management)|responsible_?ai|safety system|moderation|flagged|data_inspection|inappropriate"
    r"|content exists risk|usage polic|(?:unsafe|harmful|sensitive) (?:content|input|words?|information)|敏感|不安全|违规",
    re.IGNORECASE,
)
_OPTIONS = re.compile(r"(?:requested|these|following) parameters?", re.IGNORECASE)
_BUSY = (408, 409, 423, 425, 499)
"""Statuses below 500 that tell of the moment, and not of the request."""


class ContextOverflow(ModelError):
    """The prompt is longer than what the model can read."""


class Refused(ModelError):
    """The endpoint refused the request as such, or broke on it: it may lack an option that was asked for.

    `said` are its own words, for reading only; `broke` tells a 5xx.
    """

    def __init__(self, message: str, said: str = "", *, broke: bool = False) -> None:
        super().__init__(message)
        self.said, self.broke = said, broke


class TooSlow(ModelError):
    """Nothing came within the time that a call may take."""


class Filtered(ModelError):
    """The endpoint's content filter refused the prompt or ended the reply."""


class Unreadable(ModelError):
    """The model's reply has not the shape that was asked for, twice."""


class CutShort(ContextOverflow):
    """The reply was cut off by its length: what was asked for at once was too much."""


# --- what it means


def explained(error: Exception, config: Config) -> ModelError:
    """What went wrong and what to do, in one line."""
    where = shown_url(base_url(config))
    if isinstance(error, ModelError):
        return error
    if isinstance(error, openai.APITimeoutError | TimeoutError | httpx.TimeoutException):
        return TooSlow(f"the model did not answer within {config.llm_timeout:g} s; raise PAPERCHAT_LLM_TIMEOUT, or check {where}")
    if isinstance(error, openai.APIConnectionError) and not isinstance(error, openai.APIResponseValidationError):
        if isinstance(error.__cause__, httpx.LocalProtocolError | UnicodeError):
            return ModelError("OPENAI_API_KEY holds a character that no key has; copy it again")
        if isinstance(error.__cause__, httpx.UnsupportedProtocol | httpx.InvalidURL):
            return ModelError("OPENAI_BASE_URL is no URL; write, for example, http://localhost:11434/v1")
        return ModelError(f"the model endpoint {where} cannot be reached; start it, or correct OPENAI_BASE_URL")
    if isinstance(error, openai.APIError) and (isinstance(error, openai.APIStatusError) or error.body):
        return told(fault_of(error), config)
    if isinstance(error, httpx.TransportError):
        return ModelError(f"the connection to the model endpoint {where} broke off; ask again")
    if isinstance(error, UnicodeEncodeError):
        return ModelError("OPENAI_API_KEY holds a character that no key has; copy it again")
    return ModelError(
        f"the model endpoint {where} sent a reply that is not of the OpenAI protocol; check OPENAI_BASE_URL (does it end in /v1?)"
    )


def told(fault: Fault, config: Config) -> ModelError:
    """A fault as what it is, with the endpoint's own reason."""
    kind, message = _told(fault, config)
    if why := reason(fault, config):
        message = f"{message} (it says: {why})"
    return kind(message, fault.said, broke=fault.status >= 500) if kind is Refused else kind(message)


def _told(fault: Fault, config: Config) -> tuple[type[ModelError], str]:
    status, said = fault.status, fault.said
    number = f" ({status})" if status else ""
    where = shown_url(base_url(config))
    if overflows(fault):
        return ContextOverflow, "the prompt is longer than the model can read; set PAPERCHAT_LLM_CONTEXT_WINDOW to the model's own"
    if empties(fault):
        return ModelError, f"the account at the model endpoint is used up{number}; top it up or change its plan, or set another endpoint"
    if status == 400 and _PLAIN_HTTP.search(said):
        return ModelError, f"the model endpoint speaks https only{number}; set OPENAI_BASE_URL to {where.replace('http:', 'https:', 1)}"
    if status in (400, 404, 422, 501) and _NO_CHAT.search(said):
        return ModelError, f"{config.llm_model} is no chat model at {where}{number}; set PAPERCHAT_LLM_MODEL to one"
    if status == 401 or (status in (400, 403, 422, 500) and _NO_KEY.search(said)):
        return ModelError, f"the model endpoint refused the key{number}; set OPENAI_API_KEY to a valid one"
    if status == 451 or (status == 403 and _ELSEWHERE.search(said)):
        return ModelError, f"the model endpoint {where} lets nobody in from here{number}; ask who runs it, or set another endpoint"
    if fault.code == DECLINES:
        return Filtered, "the model declined to reply; ask in other words, or set another model"
    if status in (0, 400, 403, 422) and _FILTERED.search(said):
        return Filtered, f"the model endpoint's content filter refused the request{number}; ask in other words"
    if status == 429 or (status in (0, 400, 403, 408) and _WAITS.search(said)):
        return ModelError, f"the model endpoint's rate limit is reached{number}; wait a little, or lower PAPERCHAT_LLM_CONCURRENCY"
    if status == 404 and (_OPTIONS.search(said) or names_an_option(said)):
        return _failed(fault, config, where, number)
    named = _NO_MODEL.search(said) or (status == 404 and re.search(r"\bmodels?\b", said))
    if status in (400, 403, 404, 422, 503) and named and not re.search("response_format|parameter|role", said):
        return (
            ModelError,
            f"the model endpoint {where} has no model {config.llm_model!r}{number}; `paperchat doctor` lists those that it has",
        )
    if status in (404, 405, 410):
        return ModelError, _no_path(config, where, number)
    if status == 403:
        return ModelError, f"the model endpoint refused the key{number}; set OPENAI_API_KEY to one that may use {config.llm_model!r}"
    return _failed(fault, config, where, number)


def _failed(fault: Fault, config: Config, where: str, number: str) -> tuple[type[ModelError], str]:
    if 400 <= fault.status < 500 and fault.status not in _BUSY:
        return Refused, f"the model endpoint refused the request{number}; check that {config.llm_model} is a chat model"
    if _LOADING.search(fault.said) and fault.status in (0, 500, 503):
        return ModelError, f"the model endpoint is still loading {config.llm_model}{number}; ask again in a moment"
    broke = fault.status == 500 or (fault.status in (501, 503) and names_an_option(fault.said))
    return (Refused if broke else ModelError), f"the model endpoint failed{number}; ask again later, or check {where}"


def _no_path(config: Config, where: str, number: str) -> str:
    path = urlsplit(base_url(config)).path.strip("/")
    fix = (
        "is OPENAI_BASE_URL the right address?"
        if path
        else f"an address like this one usually ends in /v1: set OPENAI_BASE_URL to {where.rstrip('/')}/v1"
    )
    return f"the model endpoint {where} has nothing at /chat/completions{number}; {fix}"


def overflows(fault: Fault) -> bool:
    """Whether the prompt was too long, in any provider's words."""
    if fault.status in (401, 402, 403, 404, 414, 431):
        return False
    if fault.status == 413:
        return True
    if fault.status == 429:
        return bool(re.search(r"request too large", fault.said, re.IGNORECASE))
    said = re.sub(r"context_window", "", fault.said)
    about_reply = re.search(r"\bmax_(?:completion_|output_|new_)?tokens\b", said) and not re.search(
        r"context|input|prompt|messages|`inputs`", said, re.IGNORECASE
    )
    return bool(_OVERFLOW.search(fault.said)) and not about_reply


def empties(fault: Fault) -> bool:
    """Whether an account is used up, so that no waiting helps."""
    if fault.status == 402 or "insufficient_quota" in fault.code:
        return True
    if fault.status not in (0, 400, 401, 403, 429) or (fault.status == 401 and _NO_KEY.search(fault.said)):
        return False
    daily = _DAILY.search(fault.message) and (fault.status == 429 or _WAITS.search(fault.said))
    return bool(daily) or (bool(_QUOTA.search(fault.said)) and not _SOON.search(fault.message))
