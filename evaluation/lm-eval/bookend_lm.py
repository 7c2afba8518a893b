"""lm-evaluation-harness on a split model, by way of `bookend eval`.

    pip install lm-eval
    python bookend_lm.py run --model bookend --model_args "flags=--split 4:4" --tasks capitals --include_path .

Takes what lm-eval itself takes. Model arguments: `command`, the launcher (./bookend), and `flags`, passed
on to `bookend eval`. With `chat=true` prompts to be answered go through the model's chat template.
"""

import json
import shlex
import subprocess

from lm_eval.__main__ import cli_evaluate
from lm_eval.api.model import LM
from lm_eval.api.registry import register_model


@register_model("bookend")
class Bookend(LM):
    def __init__(self, command="./bookend", flags="", chat=False, **_):
        super().__init__()
        self.command = [command, "eval", *shlex.split(str(flags)), "-"]
        self.chat = chat in (True, "true", "True")

    def loglikelihood(self, requests):
        results = self._run([self._likelihood(*request.args) for request in requests])
        return [(r["log_likelihood"], r.get("is_greedy", False)) for r in results]

    @staticmethod
    def _likelihood(context, continuation):
        # Without a context there is nothing that foretells the first token: the others count.
        return {"context": context, "continuation": continuation} if context else {"text": continuation}

    def loglikelihood_rolling(self, requests):
        return [r["log_likelihood"] for r in self._run([{"text": q.args[0]} for q in requests])]

    def generate_until(self, requests):
        tasks = []
        for request in requests:
            prompt, settings = request.args
            if settings.get("do_sample") and settings.get("temperature", 0) > 0:
                raise ValueError("the task samples; give --temperature in flags, and do_sample: false")
            stop = settings.get("until") or []
            tasks.append({
                "prompt": prompt,
                "raw": not self.chat,
                "stop": [stop] if isinstance(stop, str) else [text for text in stop if text],
                "max_tokens": int(settings.get("max_gen_toks", 256)),
            })
        return [r["answer"] for r in self._run(tasks)]

    def _run(self, tasks):
        if not tasks:
            return []
        script = "".join(json.dumps(task) + "\n" for task in tasks)
        # What it says on stderr, progress too, is for whoever runs this.
        done = subprocess.run(self.command, input=script, stdout=subprocess.PIPE, encoding="utf-8")
        results = [json.loads(line) for line in done.stdout.splitlines()]
        errors = [r["error"] for r in results if "error" in r]
        if done.returncode or errors or len(results) != len(tasks):
            raise RuntimeError(f"bookend eval ended with {done.returncode}: {errors[:3]}")
        return results


if __name__ == "__main__":
    cli_evaluate()
