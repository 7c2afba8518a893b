"""What ollama's client makes of the server: python ollama_client.py URL KEY."""

import json
import sys

import ollama

URL, KEY = sys.argv[1], sys.argv[2]
client = ollama.Client(host=URL, headers={"Authorization": "Bearer " + KEY})
QUESTION = [{"role": "user", "content": "What is the capital of France?"}]
ANSWER = "The capital of France is Paris."
GREEDY = {"temperature": 0, "num_predict": 40}


def get_weather(city: str) -> str:
    """The weather.

    Args:
        city: where
    """
    return "sunny"


def refused(status, call):
    try:
        call()
    except ollama.ResponseError as error:
        assert error.status_code == status, error
        return error.error
    raise AssertionError("not refused")


assert "sample:latest" in [m.model for m in client.list().models]
assert client.show("sample").modelinfo["llama.context_length"] > 0
whole = client.chat(model="sample", messages=QUESTION, options=GREEDY)
assert whole.message.content == ANSWER and whole.done_reason == "stop", whole
assert whole.eval_count > 0 and whole.total_duration > 0
parts = list(client.chat(model="sample:latest", messages=QUESTION, options=GREEDY, stream=True))
assert "".join(p.message.content for p in parts) == ANSWER
assert parts[-1].done and len(parts) > 3
assert (
    client.generate(model="sample", prompt="The capital of France is", raw=True, options={**GREEDY, "stop": ["."]})
    .response.startswith(" Paris")
)
text = "".join(p.response for p in client.generate(
    model="sample", prompt=QUESTION[0]["content"], stream=True, options=GREEDY))
assert text == ANSWER, text
call = client.chat(
    model="sample",
    messages=[{"role": "user", "content": "What is the weather in Rome?"}],
    tools=[get_weather],
    options=GREEDY,
).message.tool_calls[0]
assert call.function.name == "get_weather" and call.function.arguments == {"city": "Rome"}, call
thinking = client.chat(model="sample", messages=QUESTION, think=True, options={**GREEDY, "num_predict": 4})
assert thinking.message.thinking and not thinking.message.content

schema = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 20}, "large": {"type": "boolean"}},
    "required": ["name", "large"],
}
city = client.chat(model="sample", messages=QUESTION, format=schema, options={"temperature": 0})
assert sorted(json.loads(city.message.content)) == ["large", "name"], city

# A client that has enough.
parts = client.chat(model="smollm2", messages=QUESTION, options={"num_predict": 2000}, stream=True)
next(parts)
parts.close()

refused(404, lambda: client.chat(model="other", messages=QUESTION))
assert "options.sparkle" in refused(
    400, lambda: client.generate(model="sample", prompt="x", options={"sparkle": 1})
)
refused(401, lambda: ollama.Client(host=URL).list())
print("done")
