"""The main job on real HTTP: form, slots, start, status, cancel, against the simulator."""

from __future__ import annotations

from tests.running import CUSTOMER_SERVICE, Gateway, Simulator, poll

NUMBER = "14163662500"


def test_a_callback_goes_from_201_to_success(gateway: Gateway, simulator: Simulator) -> None:
    started = gateway.post("/v1/profiles/default/callbacks", json={"number": NUMBER})
    assert started.status_code == 201
    url = started.headers["Location"]
    assert started.json()["url"] == url
    assert started.json()["start_time"] is None

    final = poll(lambda: (body := gateway.get(url).json())["final"] and body)

    assert final["status"] == "Success"
    assert "Retry-After" not in gateway.get(url).headers
    form = simulator.calls()[-1]["form"]
    assert form == {"fc_number": NUMBER, "fc_option": CUSTOMER_SERVICE}


def test_a_scheduled_callback_is_placed_and_cancelled(
    gateway: Gateway, simulator: Simulator
) -> None:
    slots = gateway.get(f"/v1/profiles/default/options/{CUSTOMER_SERVICE}/slots").json()["slots"]
    start_time = slots[0]["start_time"]
    assert start_time == "2017-08-07T17:30:00-04:00"

    started = gateway.post(
        "/v1/profiles/default/callbacks",
        json={
            "number": "4163662500",
            "start_time": start_time,
            "questions": {"account_number": "12345"},
        },
    )

    assert started.status_code == 201
    assert started.json()["start_time"] == start_time
    assert simulator.calls()[-1]["form"] == {
        "fc_number": NUMBER,
        "fc_option": CUSTOMER_SERVICE,
        "fc_start_date": "2017-08-07 21:30:00",
        "account_number": "12345",
    }
    url = started.json()["url"]
    assert gateway.get(url).json()["status"] == "Scheduled"
    assert gateway.post(f"{url}/cancel").status_code == 204
    assert gateway.get(url).json() == {
        "id": started.json()["id"],
        "status": "Canceled",
        "final": True,
        "start_time": start_time,
        "duration": 0,
    }
