"""Scores of lm-evaluation-harness on a server: python lm_eval_client.py URL KEY DIRECTORY.

The directory holds choices.jsonl ({"question", "choices", "gold"}), texts.jsonl ({"text"}) and
questions.jsonl ({"question"}). Prints one JSON object.
"""

import json
import os
import pathlib
import sys

URL, KEY, DIRECTORY = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
os.environ["OPENAI_API_KEY"] = KEY
os.environ["HF_HUB_OFFLINE"] = os.environ["HF_DATASETS_OFFLINE"] = "1"
os.environ["HF_HOME"] = str(DIRECTORY / "hf")

import lm_eval
from lm_eval.tasks import TaskManager

COMMON = """
task: {name}
dataset_path: json
dataset_kwargs:
  data_files:
    test: {file}
test_split: test
"""
TASKS = {
    "choices": """
output_type: multiple_choice
doc_to_text: "{{question}}"
doc_to_choice: choices
doc_to_target: gold
target_delimiter: " "
metric_list:
  - metric: acc
  - metric: acc_norm
""",
    "texts": """
output_type: loglikelihood_rolling
doc_to_text: ""
doc_to_target: "{{text}}"
metric_list:
  - metric: bits_per_byte
""",
    "questions": """
output_type: generate_until
doc_to_text: "{{question}}"
doc_to_target: ""
generation_kwargs:
  until: ["\\n\\n"]
  max_gen_toks: 12
  do_sample: false
metric_list:
  - metric: exact_match
""",
}
for name, text in TASKS.items():
    common = COMMON.format(name="bookend_" + name, file=DIRECTORY / (name + ".jsonl"))
    (DIRECTORY / f"{name}.yaml").write_text(common + text)


def evaluated(model, endpoint, names, **more):
    results = lm_eval.simple_evaluate(
        model=model,
        model_args={
            "model": "sample",
            "base_url": URL + endpoint,
            "num_concurrent": 2,
            "max_retries": 1,
            "header": {"Authorization": "Bearer " + KEY},
            **more.pop("args", {}),
        },
        tasks=["bookend_" + name for name in names],
        task_manager=TaskManager(include_path=str(DIRECTORY), include_defaults=False),
        bootstrap_iters=0,
        **more,
    )
    return {
        name: {
            "scores": {
                metric.split(",")[0]: value
                for metric, value in results["results"]["bookend_" + name].items()
                if isinstance(value, float)
            },
            "responses": [
                sample["filtered_resps"] for sample in results["samples"]["bookend_" + name]
            ],
        }
        for name in names
    }


print(
    json.dumps(
        {
            "completions": evaluated(
                "local-completions",
                "/v1/completions",
                ["choices", "texts", "questions"],
                args={"auth_token": KEY},
                batch_size=4,
            ),
            "chat": evaluated(
                "local-chat-completions",
                "/v1/chat/completions",
                ["questions"],
                apply_chat_template=True,
            ),
        }
    )
)
