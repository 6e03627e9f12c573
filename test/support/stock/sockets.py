"""python-socketio as it is: logs in, sends over a socket, hears it, and prints the list as it is acknowledged."""

import json
import sys
import threading

import requests
import socketio

base, email, password, conversation, content = sys.argv[1:6]
login = requests.post(base + "/auth/login", json={"email": email, "password": password}, timeout=200)
token = login.json()["data"]["accessToken"]

heard = threading.Event()
client = socketio.Client(reconnection=False)


@client.on("message:created", namespace="/chat")
def on_message(message):
    if message["content"] == content:
        heard.set()


client.connect(base, namespaces=["/chat"], auth={"token": token}, wait_timeout=200)
sent = client.call("message:send", {"conversationId": conversation, "content": content}, namespace="/chat", timeout=200)
assert sent["ok"], sent
assert heard.wait(20), "message:created was not heard"
print(json.dumps(client.call("message:list", {"conversationId": conversation}, namespace="/chat", timeout=200)))
client.disconnect()
