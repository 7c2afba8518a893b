import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def initialize(self, args):
        self.sums = {}

    def execute(self, requests):
        responses = []
        for request in requests:
            def value(name):
                return pb_utils.get_input_tensor_by_name(request, name).as_numpy()

            key = int(value("ID").flat[0])
            before = 0 if value("START").flat[0] else self.sums[key]
            self.sums[key] = before + value("value")
            sum = pb_utils.Tensor("sum", self.sums[key])
            responses.append(pb_utils.InferenceResponse([sum]))
        return responses
