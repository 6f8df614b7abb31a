"""Drive the official Functions worker library (`azure-functions-runtime`) in this process, with plain objects for its messages."""

import asyncio
import importlib
import json
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any


class Message(SimpleNamespace):
    """Any message of the worker's protocol: a name and its fields."""


class TypedData(Message):
    """A value with its kind, such as `TypedData(json="{}")`."""

    def WhichOneof(self, _: str) -> str | None:  # noqa: N802 - the protocol's name
        return next(iter(vars(self)), None)


class ParameterBinding(Message):
    """A value by the name of its parameter."""

    def WhichOneof(self, _: str) -> str:  # noqa: N802 - the protocol's name
        return "data"


class StatusResult(Message):
    """How a request ended."""

    Failure, Success = 0, 1


class BindingInfo(Message):
    """A binding of an indexed function, with the protocol's directions."""

    undefined, out, inout = -1, 1, 2
    # `in` is a word of Python's own, and nobody asks for it by name


class _Protos:
    """The protocol's classes by name; those that have nothing of their own are plain messages."""

    TypedData, ParameterBinding, StatusResult, BindingInfo = TypedData, ParameterBinding, StatusResult, BindingInfo

    def __getattr__(self, name: str) -> type[Message]:
        return Message


@dataclass
class Answer:
    """What came of one invocation: the exception's text, the HTTP answer, the outputs by name."""

    error: str = ""
    http: Any = None
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])


class Worker:
    """The worker with one app.

    Raises:
        RuntimeError: the worker refused the app; its reason is in the text.
    """

    def __init__(self, root: Path) -> None:
        self._library: Any = importlib.import_module("azure_functions_runtime")
        self._library.start_threadpool_executor()
        wanted = Message(capabilities={}, function_app_directory=str(root))
        answer = self._ask("worker_init_request", wanted)
        if answer.result.status != StatusResult.Success:
            raise RuntimeError(answer.result.exception.message)
        found: list[Any] = self._ask("functions_metadata_request", Message()).function_metadata_results or []
        self.functions: dict[str, Any] = {str(item.name): item for item in found}
        self.invoked: set[str] = set()

    def close(self) -> None:
        self._library.stop_threadpool_executor()

    def load(self, name: str) -> str:
        """Why the worker does not load a function, or nothing."""
        result = self._ask("function_load_request", Message(function_id=self.functions[name].function_id)).result
        return "" if result.status == StatusResult.Success else str(result.exception.message)

    def http(self, name: str, request: dict[str, Any]) -> Answer:
        """Method, URL, headers, route parameters (`params`), query and body (bytes)."""
        given: dict[str, Any] = {"headers": {}, "params": {}, "query": {}, "body": b"", **request}
        data = TypedData(http=Message(**{**given, "body": TypedData(bytes=given["body"])}))
        return self._invoke(name, data, {})

    def message(self, name: str, body: str) -> Answer:
        told = {"Id": str(uuid.uuid4()), "DequeueCount": 1, "PopReceipt": "AgAAAAMAAAAAAAAA"}
        return self._invoke(name, TypedData(string=body), told)

    def timer(self, name: str) -> Answer:
        status = {"Last": "2026-11-24T10:00:00+00:00", "Next": "2026-11-24T10:05:00+00:00", "LastUpdated": ""}
        told = {"Schedule": {"AdjustForDST": False}, "ScheduleStatus": status, "IsPastDue": False}
        return self._invoke(name, TypedData(json=json.dumps(told)), {})

    def blob(self, name: str, connection: str, container: str, blob: str) -> Answer:
        """A pointer to the blob, as functions with an SDK type get it; its bytes never pass the worker."""
        content = json.dumps({"Connection": connection, "ContainerName": container, "BlobName": blob})
        pointer = Message(version="1.0", source="AzureStorageBlobs", content_type="application/json", content=content)
        return self._invoke(name, TypedData(model_binding_data=pointer), {"BlobTrigger": f"{container}/{blob}"})

    def _invoke(self, name: str, data: TypedData, told: dict[str, Any]) -> Answer:
        function = self.functions[name]
        (trigger,) = (given["name"] for given in map(json.loads, function.raw_bindings) if "Trigger" in given["type"])
        asked = Message(
            invocation_id=str(uuid.uuid4()),
            function_id=function.function_id,
            input_data=[ParameterBinding(name=trigger, data=data)],
            trigger_metadata={key: TypedData(json=json.dumps(value)) for key, value in told.items()},
            trace_context=Message(
                trace_parent=f"00-{uuid.uuid4().hex}-00f067aa0ba902b7-01", trace_state="", attributes={}
            ),
            retry_context=Message(retry_count=0, max_retry_count=0, exception=None),
        )
        self.invoked.add(name)
        answer = self._ask("invocation_request", asked)
        if answer.result.status != StatusResult.Success:
            return Answer(str(answer.result.exception.message))
        outputs = {output.name: output.data for output in answer.output_data}
        return Answer("", getattr(answer.return_value, "http", None), outputs)

    def _ask(self, kind: str, message: Message) -> Any:
        properties = {"host": "127.0.0.1", "protos": _Protos()}
        request = Message(request=Message(**{kind: message}), properties=properties)

        async def ask() -> Any:
            return await getattr(self._library, kind)(request)

        return asyncio.run(ask())
