package dev.bookend.evaluation.plan;

import dev.bookend.link.LinkProfile;
import dev.bookend.model.runtime.WeightType;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a plan assumes.
 *
 * @param edgeType what the edge computes in
 * @param cloudNumberBytes size of the cloud's numbers, also of hidden states on the way: 4 or 2
 * @param int8Weights whether the cloud stores its matrices as INT8
 * @param link between them
 * @param context tokens of a session
 * @param sessions sessions in the cloud at a time
 * @param accepted tokens accepted in a round trip with speculative decoding
 * @param draftTokens tokens sent in a round trip then, besides the last one
 * @param cloudStep time of a step in the cloud; empty: as long as a GPU reads the weights at {@link
 *     #GPU_BYTES_PER_SECOND}
 * @param edgeMemory bytes that the edge has; empty: any number
 * @param cloudMemory bytes that the cloud has; empty: any number
 */
public record PlanOptions(
    WeightType edgeType,
    int cloudNumberBytes,
    boolean int8Weights,
    LinkProfile link,
    int context,
    int sessions,
    double accepted,
    int draftTokens,
    Optional<Duration> cloudStep,
    OptionalLong edgeMemory,
    OptionalLong cloudMemory) {

  /** What middling GPUs read: between an L4 (300 GB/s) and an A100 (2,000 GB/s). */
  public static final double GPU_BYTES_PER_SECOND = 800e9;

  /** What Java, PyTorch's code, the tokenizer and drafters take at the edge, as measured. */
  static final long PROGRAM_BYTES = 400_000_000;

  /** What a step costs a server besides: starting kernels, and the network stack. */
  static final double CLOUD_OVERHEAD_MILLIS = 1;
}
