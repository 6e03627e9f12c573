"""The walk of a stock client by urllib, or by requests where it is named: logs in, sends, lists. Prints the list."""
import json
import sys
import urllib.request

library, url, email, password, conversation, text = sys.argv[1:]


def by_urllib(method, path, body=None, token=None):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = "Bearer " + token
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data=data, headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=200) as answer:
        return json.load(answer)


def by_requests(method, path, body=None, token=None):
    import requests

    headers = {"Authorization": "Bearer " + token} if token else {}
    answer = requests.request(method, url + path, json=body, headers=headers, timeout=200)
    answer.raise_for_status()
    return answer.json()


ask = by_requests if library == "requests" else by_urllib
token = ask("POST", "/auth/login", {"email": email, "password": password})["data"]["accessToken"]
messages = "/conversations/" + conversation + "/messages"
ask("POST", messages, {"content": text}, token)
print(json.dumps(ask("GET", messages, None, token)))
