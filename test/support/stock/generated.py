"""A client generated from openapi.yml by openapi-python-client: the folder that holds it, then what walk.py takes."""
import json
import sys

folder, url, email, password, conversation, content = sys.argv[1:]
sys.path.insert(0, folder)

from generated.api.auth import users_login
from generated.api.conversations import chat_messages, chat_send
from generated.client import AuthenticatedClient, Client
from generated.models import ChatSendBody, UsersLoginBody

session = users_login.sync(client=Client(base_url=url), body=UsersLoginBody(email=email, password=password))
client = AuthenticatedClient(base_url=url, token=session.data.access_token)
sent = chat_send.sync(conversation, client=client, body=ChatSendBody(content=content), idempotency_key="generated")
assert sent.data.content == content, sent
print(json.dumps(chat_messages.sync(conversation, client=client).to_dict()))
