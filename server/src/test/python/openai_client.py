"""What openai's client makes of the server: python openai_client.py URL KEY."""

import json
import sys
import time

import openai
import pydantic

URL, KEY = sys.argv[1], sys.argv[2]
client = openai.OpenAI(base_url=URL + "/v1", api_key=KEY, max_retries=0)
QUESTION = [{"role": "user", "content": "What is the capital of France?"}]
ANSWER = "The capital of France is Paris."
WEATHER = [{"role": "user", "content": "What is the weather in Rome?"}]
TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "strict": True,  # the client's own stream helper takes no other
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


def chat(**more):
    given = {"model": "sample", "messages": QUESTION, "temperature": 0, **more}
    return client.chat.completions.create(**given)


def refused(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"not refused with {kind.__name__}")


# Whole and streamed.
whole = chat(logprobs=True, top_logprobs=2)
assert whole.choices[0].message.content == ANSWER, whole
assert whole.choices[0].finish_reason == "stop"
assert len(whole.choices[0].logprobs.content[0].top_logprobs) == 2
assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens
chunks = list(chat(stream=True, stream_options={"include_usage": True}))
assert chunks[0].choices[0].delta.role == "assistant"
assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == ANSWER
assert chunks[-2].choices[0].finish_reason == "stop"
assert chunks[-1].usage.completion_tokens == whole.usage.completion_tokens
with client.chat.completions.stream(model="sample", messages=QUESTION, temperature=0) as stream:
    assert stream.get_final_completion().choices[0].message.content == ANSWER

# Stop strings, echo.
assert chat(stop=[" is"]).choices[0].message.content == "The capital of France"
echo = client.completions.create(
    model="sample", prompt="The capital", echo=True, logprobs=1, max_tokens=1, temperature=0
)
assert echo.choices[0].text.startswith("The capital"), echo
assert echo.choices[0].logprobs.token_logprobs[0] is None
assert len(echo.choices[0].logprobs.tokens) == 3

# Tools: there and back.
call = chat(messages=WEATHER, tools=[TOOL]).choices[0].message.tool_calls[0]
assert json.loads(call.function.arguments) == {"city": "Rome"}, call
with client.chat.completions.stream(
    model="sample", messages=WEATHER, tools=[TOOL], temperature=0
) as stream:
    names = [e.name for e in stream if e.type == "tool_calls.function.arguments.done"]
    final = stream.get_final_completion().choices[0]
assert names == ["get_weather"], names
assert final.finish_reason == "tool_calls"
assert json.loads(final.message.tool_calls[0].function.arguments) == {"city": "Rome"}
history = WEATHER + [
    {"role": "assistant", "tool_calls": [call.model_dump()]},
    {"role": "tool", "tool_call_id": call.id, "content": "sunny"},
]
assert chat(messages=history, tools=[TOOL], max_tokens=4).choices[0].finish_reason

# Responses.
response = client.responses.create(model="sample", input=QUESTION, temperature=0)
assert response.output_text == ANSWER, response
assert response.status == "completed"
with client.responses.stream(model="sample", input=QUESTION, temperature=0) as stream:
    deltas = [e.delta for e in stream if e.type == "response.output_text.delta"]
    assert stream.get_final_response().output_text == ANSWER
assert "".join(deltas) == ANSWER
flat = {"type": "function", **TOOL["function"]}
called = client.responses.create(model="sample", input=WEATHER, tools=[flat], temperature=0)
assert json.loads(called.output[0].arguments) == {"city": "Rome"}, called
error = refused(
    openai.BadRequestError,
    lambda: client.responses.create(model="sample", input="x", previous_response_id="resp_1"),
)
assert error.param == "previous_response_id", error

# Structured output, by a class of the client's side.
class City(pydantic.BaseModel):
    name: str = pydantic.Field(max_length=20)
    large: bool


parsed = client.chat.completions.parse(
    model="sample", messages=QUESTION, temperature=0, response_format=City
)
assert isinstance(parsed.choices[0].message.parsed, City), parsed
assert chat(model="smollm2").choices[0].message.content == ANSWER

# A client that takes its time.
slow = chat(logprobs=True, top_logprobs=20, stream=True)
text = ""
for part in slow:
    time.sleep(0.1)
    text += part.choices[0].delta.content or ""
assert text == ANSWER, text

# A client that has enough.
stream = chat(messages=[{"role": "user", "content": "Count to 1000."}], max_tokens=2000, stream=True)
next(iter(stream))
stream.close()

# What is wrong.
assert sorted(m.id for m in client.models.list()) == ["sample", "smollm2"]
assert refused(openai.NotFoundError, lambda: chat(model="other")).code == "model_not_found"
assert refused(openai.BadRequestError, lambda: chat(top_p=3)).param == "top_p"
assert refused(openai.BadRequestError, lambda: chat(extra_body={"guess": 1})).param == "guess"
assert refused(openai.BadRequestError, lambda: chat(tools=[TOOL], tool_choice="sometimes"))
large = [{"role": "user", "content": "word " * 2_000_000}]
assert refused(openai.APIStatusError, lambda: chat(messages=large)).status_code == 413
client = openai.OpenAI(base_url=URL + "/v1", api_key="wrong", max_retries=0)
refused(openai.AuthenticationError, chat)
print("done")
