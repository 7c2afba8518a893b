package dev.bookend.triton;

/**
 * What a version of a model has run since it was loaded (ModelStatistics of Triton's statistics
 * extension), over the requests of all clients. Statistics by batch size, of caches and of memory
 * are left out.
 *
 * @param name the model's name
 * @param version the model's version
 * @param lastInferenceMillis when the last inference was requested, in milliseconds since the
 *     epoch; 0 where there was none
 * @param inferenceCount successful inferences; each of a batch counts
 * @param executionCount successful executions of the model; a batch counts once
 * @param inferenceStats what became of the requests, and where their time went
 */
public record ModelStatistics(
    String name,
    String version,
    long lastInferenceMillis,
    long inferenceCount,
    long executionCount,
    InferStatistics inferenceStats) {

  /**
   * Requests and their cumulative times.
   *
   * @param success successful requests, from receipt to answer
   * @param fail failed requests, from receipt to answer
   * @param queue waiting in the scheduler's and other queues
   * @param computeInput preparing the input tensors for the model
   * @param computeInfer executing the model
   * @param computeOutput taking the output tensors from the model
   */
  public record InferStatistics(
      StatisticDuration success,
      StatisticDuration fail,
      StatisticDuration queue,
      StatisticDuration computeInput,
      StatisticDuration computeInfer,
      StatisticDuration computeOutput) {}

  /**
   * A number of requests and the time that they took together.
   *
   * @param count the number of requests
   * @param nanoseconds the sum of their times, in nanoseconds
   */
  public record StatisticDuration(long count, long nanoseconds) {}

  static ModelStatistics of(dev.bookend.triton.proto.ModelStatistics message) {
    var times = message.getInferenceStats();
    return new ModelStatistics(
        message.getName(),
        message.getVersion(),
        message.getLastInference(),
        message.getInferenceCount(),
        message.getExecutionCount(),
        new InferStatistics(
            duration(times.getSuccess()),
            duration(times.getFail()),
            duration(times.getQueue()),
            duration(times.getComputeInput()),
            duration(times.getComputeInfer()),
            duration(times.getComputeOutput())));
  }

  private static StatisticDuration duration(dev.bookend.triton.proto.StatisticDuration message) {
    return new StatisticDuration(message.getCount(), message.getNs());
  }
}
