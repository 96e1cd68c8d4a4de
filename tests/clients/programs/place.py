"""Place, follow and be refused, by the generated client for Python: place.py ORIGIN."""

from __future__ import annotations

import json
import sys
import time

from callback_gateway import ApiClient, CallbackRequest, CallbacksApi, Configuration, Problem
from callback_gateway.exceptions import ApiException

api = CallbacksApi(ApiClient(Configuration(host=sys.argv[1])))


def refusal(number: str, key: str) -> Problem:
    try:
        api.start_callback("default", CallbackRequest(number=number), key)
    except ApiException as error:
        return Problem.from_json(error.body)
    raise AssertionError("not refused")


wish = CallbackRequest(number="14163662811")
callback, again = (api.start_callback("default", wish, "python" * 5) for _ in range(2))
while not (progress := api.get_callback(callback.id)).final:
    time.sleep(0.1)
fault = refusal("12", "a-python-key-of-a-fault")
print(
    json.dumps(
        {
            "same": callback == again,
            "end": progress.status.value,
            "fault": fault.errors[0].code.value,
            "unknown": refusal("14163670006", "a-python-key-without-end").code.value,
        }
    )
)
