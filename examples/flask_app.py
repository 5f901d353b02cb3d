# A web app that asks the gateway in the name of its own user: it passes their Authorization header on.
# pip install flask requests; flask --app flask_app run; curl -H "Authorization: Bearer $(attach-gateway token)" -d "Sort a list" 127.0.0.1:5000/ask
import os

import requests
from flask import Flask, Response, request

GATEWAY = os.environ.get("ATTACH_URL", "http://127.0.0.1:8080").rstrip("/")
app = Flask(__name__)


@app.post("/ask")
def ask():
    identity = {"Authorization": request.headers.get("Authorization", "")}
    model = os.environ.get("MODEL")
    if not model:
        models = requests.get(f"{GATEWAY}/v1/models", headers=identity, timeout=10)
        if not models.ok:
            return passed_on(models)
        model = models.json()["data"][0]["id"]
    question = request.get_data(as_text=True)  # the body, whatever its content type
    chat = {"model": model, "messages": [{"role": "user", "content": question}]}
    return passed_on(requests.post(f"{GATEWAY}/v1/chat/completions", json=chat, headers=identity, timeout=120))


def passed_on(answer: requests.Response) -> Response:
    return Response(answer.content, answer.status_code, content_type=answer.headers.get("Content-Type"))
