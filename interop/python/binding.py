"""The rules of docs/aid2-mqtt-binding.md that both roles need, written from that document alone."""

import importlib
import pathlib
import queue
import subprocess
import sys
import tempfile

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

ROOT = pathlib.Path(__file__).resolve().parents[2]


def generate():
    """Makes Python classes from the .proto files and gives the three modules."""
    out = tempfile.mkdtemp()
    proto = ROOT / "aid2-proto" / "proto"
    names = ["cmp_types", "cmp_backend", "cmp_vehicle"]
    files = [str(proto / f"{name}.proto") for name in names]
    subprocess.run(
        [sys.executable, "-m", "grpc_tools.protoc", f"-I{proto}", f"--python_out={out}", *files], check=True
    )
    sys.path.insert(0, out)
    return [importlib.import_module(f"{name}_pb2") for name in names]


# Section 1: message expiry of requests and their responses, in seconds.
EXPIRY = {"RequestActivationCode": 86400, "RequestCSIMInfo": 604800}


class Link:
    """A connection that subscribes once, and hands over what comes: acknowledged when the handler is done."""

    def __init__(self, host, port, client_id, subscription, session_expiry):
        self.inbox = queue.Queue()
        self.subscribed = queue.Queue()
        self.subscription = subscription
        self.client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2, client_id=client_id, protocol=mqtt.MQTTv5, manual_ack=True
        )
        self.client.on_connect = self.on_connect
        self.client.on_subscribe = lambda *_: self.subscribed.put(True)
        self.client.on_message = lambda _client, _data, message: self.inbox.put(message)
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = session_expiry
        properties.ReceiveMaximum = 16
        self.client.connect(host, port, keepalive=60, clean_start=False, properties=properties)
        self.client.loop_start()
        self.subscribed.get(timeout=10)

    def on_connect(self, client, _data, _flags, _reason, _properties):
        client.subscribe(self.subscription, options=SubscribeOptions(qos=1))

    def publish(self, to, name, request_id, message, sequence=None):
        """Publishes a message or a response: `name` as in the last level of the topic."""
        vin = request_id.vehicleID
        base = name.removesuffix(".Response")
        properties = Properties(PacketTypes.PUBLISH)
        properties.ContentType = "application/x-protobuf"
        if base in EXPIRY:
            properties.MessageExpiryInterval = EXPIRY[base]
        other = {"cmp": "vehicle", "vehicle": "cmp"}[to]
        if name.startswith("Request"):
            properties.CorrelationData = str(request_id.timestamp).encode()
            if base == name:
                properties.ResponseTopic = f"aid2/v1/{vin}/{other}/{name}.Response"
        if sequence is not None:
            properties.UserProperty = [("aid2-seq", sequence)]
        payload = message.SerializeToString(deterministic=True)
        info = self.client.publish(f"aid2/v1/{vin}/{to}/{name}", payload, qos=1, properties=properties)
        info.wait_for_publish(10)
        assert info.is_published(), f"{name} was not acknowledged"

    def receive(self, side, timeout=20):
        """The next message: (vin, name, payload, message)."""
        message = self.inbox.get(timeout=timeout)
        *root, vin, to, name = message.topic.split("/")
        assert root == ["aid2", "v1"] and to == side, message.topic
        assert message.properties.ContentType == "application/x-protobuf", name
        assert message.qos == 1 and not message.retain, name
        return vin, name, message.payload, message

    def done(self, message):
        self.client.ack(message.mid, message.qos)

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()
