package dev.bookend.evaluation.attack;

import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.DecoderRange;
import dev.bookend.model.runtime.OutputHead;
import java.util.Collection;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * All layers of a public model, cut at some depths, so that one pass gives the hidden states at
 * every cut, and the layers between two cuts can be run by themselves.
 */
final class CutLayers extends LayerRanges implements AutoCloseable {
  private final Decoder decoder;
  private final OutputHead head;
  private final SortedMap<Integer, DecoderRange> ranges;

  /**
   * @param decoder closed with this
   * @param cuts depths in [1,L)
   */
  CutLayers(Decoder decoder, Collection<Integer> cuts) {
    this(decoder, ranges(decoder, cuts));
  }

  private CutLayers(Decoder decoder, SortedMap<Integer, DecoderRange> ranges) {
    super(decoder.config(), decoder.embedding(), decoder::newScope, ranges);
    this.decoder = decoder;
    this.head = decoder.outputHead();
    this.ranges = ranges;
  }

  private static SortedMap<Integer, DecoderRange> ranges(
      Decoder decoder, Collection<Integer> cuts) {
    TreeSet<Integer> ends = new TreeSet<>(cuts);
    ends.add(decoder.config().layers());
    SortedMap<Integer, DecoderRange> ranges = new TreeMap<>();
    int from = 0;
    for (int to : ends) {
      ranges.put(to, decoder.range(from, to));
      from = to;
    }
    return ranges;
  }

  Decoder decoder() {
    return decoder;
  }

  OutputHead head() {
    return head;
  }

  @Override
  public void close() {
    ranges.values().forEach(DecoderRange::close);
    head.close();
    decoder.close();
  }
}
