"""A backend, written from docs/aid2-mqtt-binding.md and the .proto files alone: one provisioning and one deletion."""

import sys

from binding import Link, generate

types, backend, vehicle = generate()


def main(host, port):
    link = Link(host, int(port), "python-backend", "$share/cmp/aid2/v1/+/cmp/+", 3600)
    print("python backend: ready", flush=True)
    seen, sequences = [], []
    deleted = answers = 0
    while deleted == 0 or answers < 2:
        vin, name, payload, message = link.receive("cmp")
        sequence = dict(message.properties.UserProperty).get("aid2-seq")
        if sequence in sequences:
            link.done(message)
            continue
        sequences.append(sequence)
        seen.append(name)
        if name == "RequestActivationCode":
            request = backend.RequestActivationCode.FromString(payload)
            request_id = request.requestId
            assert request_id.vehicleID == vin
            assert message.properties.ResponseTopic == f"aid2/v1/{vin}/vehicle/{name}.Response"
            assert message.properties.CorrelationData == str(request_id.timestamp).encode()
            if request.cmpUserId == "nobody":
                refusal = backend.RequestActivationCode.Response(result=types.UNKNOWN_VIN)
                link.publish("vehicle", f"{name}.Response", request_id, refusal)
            else:
                code = vehicle.SendActivationCode(
                    requestId=request_id, cmpUserId=request.cmpUserId, activationCode="1$smdp.example.com$CODE"
                )
                link.publish("vehicle", "SendActivationCode", request_id, code)
        elif name == "SendProfileDownloadInstallInfo":
            info = backend.SendProfileDownloadInstallInfo.FromString(payload)
            assert info.result == types.PROFILE_INSTALLATION_SUCCESS and info.activationCode == "1$smdp.example.com$CODE"
            order_id = types.RequestId(vehicleID=vin, timestamp=info.requestId.timestamp + 1000)
            order = vehicle.RequestDeleteProfile(requestId=order_id, cmpUserId=info.cmpUserId, iccid=info.iccid)
            # Twice: the vehicle answers both, and carries out one.
            link.publish("vehicle", "RequestDeleteProfile", order_id, order)
            link.publish("vehicle", "RequestDeleteProfile", order_id, order)
        elif name == "SendCSIMStatus":
            status = backend.SendCSIMStatus.FromString(payload)
            deleted += sum(profile.status == types.DELETED for profile in status.profiles)
        elif name == "RequestDeleteProfile.Response":
            response = vehicle.RequestDeleteProfile.Response.FromString(payload)
            assert response.result == types.DELETE_PROFILE_SUCCESS
            assert message.properties.CorrelationData == str(order_id.timestamp).encode()
            answers += 1
        else:
            raise AssertionError(name)
        link.done(message)
    assert deleted == 1, "the order was carried out twice"
    link.close()
    print("python backend: done,", " ".join(seen))


main(*sys.argv[1:])
