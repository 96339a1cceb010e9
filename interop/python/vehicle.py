"""A vehicle, written from docs/aid2-mqtt-binding.md and the .proto files alone: one provisioning and one deletion."""

import secrets
import sys
import time

from binding import Link, generate

types, backend, vehicle = generate()

EID = "89034011560010000000000000000121"
USER = "9876543210"
ICCID = "8944500805172032953"


def main(host, port, vin):
    link = Link(host, int(port), vin, f"aid2/v1/{vin}/vehicle/+", 30 * 24 * 3600)
    outbox, number = secrets.token_hex(8), 0

    def send(name, request_id, message):
        nonlocal number
        number += 1
        link.publish("cmp", name, request_id, message, f"{outbox}/{number}")

    def expect(wanted):
        _, name, payload, message = link.receive("vehicle")
        assert name == wanted, f"{name} instead of {wanted}"
        return payload, message

    # Nobody knows this user: the nested response, on the response topic, with our correlation data.
    refused = types.RequestId(vehicleID=vin, timestamp=int(time.time()))
    request = backend.RequestActivationCode(requestId=refused, cmpUserId="nobody", eid=EID)
    send("RequestActivationCode", refused, request)
    payload, message = expect("RequestActivationCode.Response")
    assert message.properties.CorrelationData == str(refused.timestamp).encode()
    assert backend.RequestActivationCode.Response.FromString(payload).result == types.UNKNOWN_VIN and payload == b""
    link.done(message)

    # An activation code, a download, a status.
    asked = types.RequestId(vehicleID=vin, timestamp=refused.timestamp + 1)
    send("RequestActivationCode", asked, backend.RequestActivationCode(requestId=asked, cmpUserId=USER, eid=EID))
    payload, message = expect("SendActivationCode")
    code = vehicle.SendActivationCode.FromString(payload)
    assert code.requestId == asked and code.cmpUserId == USER and code.activationCode.startswith("1$")
    info = backend.SendProfileDownloadInstallInfo(
        requestId=asked, cmpUserId=USER, iccid=ICCID, eid=EID, activationCode=code.activationCode
    )
    send("SendProfileDownloadInstallInfo", asked, info)
    profile = types.Profile(iccid=ICCID, cmpUserId=USER, status=types.ENABLED)
    send("SendCSIMStatus", asked, backend.SendCSIMStatus(requestId=asked, eid=EID, profiles=[profile]))
    link.done(message)

    # The order to delete it.
    payload, message = expect("RequestDeleteProfile")
    order = vehicle.RequestDeleteProfile.FromString(payload)
    assert order.iccid == ICCID and order.cmpUserId == USER
    assert message.properties.CorrelationData == str(order.requestId.timestamp).encode()
    assert message.properties.ResponseTopic == f"aid2/v1/{vin}/cmp/RequestDeleteProfile.Response"
    send("RequestDeleteProfile.Response", order.requestId, vehicle.RequestDeleteProfile.Response())
    profile.status = types.DELETED
    send("SendCSIMStatus", order.requestId, backend.SendCSIMStatus(requestId=order.requestId, eid=EID, profiles=[profile]))
    link.done(message)
    link.close()
    print("python vehicle: done")


main(*sys.argv[1:])
