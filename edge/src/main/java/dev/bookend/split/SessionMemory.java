package dev.bookend.split;

import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.runtime.KvCache;
import dev.bookend.model.runtime.Step;

/**
 * How much memory one session takes, on top of the model's weights, which all sessions share: KV
 * caches on both sides and, at the edge, the hidden states that a replay needs.
 */
public record SessionMemory(ModelConfig config, Split split) {

  /**
   * Bytes at the edge for a session of so many tokens. While the caches grow, for a moment half as
   * much again.
   *
   * @param numberBytes size of a number in the edge's layers, in bytes
   */
  public long edgeBytes(int tokens, int numberBytes) {
    long slots = KvCache.slotsFor(Step.capacityFor(tokens));
    long caches = slots * slotNumbers(split.lower() + split.upper()) * numberBytes;
    long statesThereAndBack = 2L * tokens * config.hiddenSize() * Float.BYTES;
    return caches + statesThereAndBack;
  }

  /**
   * Bytes on the server for a session of so many tokens; with implicit state Triton holds twice as
   * much.
   *
   * @param numberBytes size of a number in the middle's cache, in bytes
   */
  public long cloudBytes(int tokens, int numberBytes) {
    int layers = config.layers() - split.lower() - split.upper();
    return (long) Step.capacityFor(tokens) * slotNumbers(layers) * numberBytes;
  }

  /** Numbers in one slot: keys and values. */
  private long slotNumbers(int layers) {
    return 2L * layers * config.kvHeads() * config.headDim();
  }
}
