import time

import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def execute(self, requests):
        responses = []
        for request in requests:
            millis = pb_utils.get_input_tensor_by_name(request, "millis").as_numpy()
            if millis[0] < 0:
                raise ValueError("time does not go back" + "!" * -int(millis[0]))
            time.sleep(int(millis[0]) / 1000)
            responses.append(
                pb_utils.InferenceResponse([pb_utils.Tensor("slept", millis)])
            )
        return responses
