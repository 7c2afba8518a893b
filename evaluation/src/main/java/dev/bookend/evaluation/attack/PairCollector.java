package dev.bookend.evaluation.attack;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import dev.bookend.model.store.Progress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Makes pairs to learn from: runs an attacker's own documents through the public lower layers. */
final class PairCollector {
  private final CutLayers layers;
  private final Collection<Integer> depths;

  /**
   * @param layers cut at each depth
   */
  PairCollector(CutLayers layers, Collection<Integer> depths) {
    this.layers = layers;
    this.depths = depths;
  }

  /**
   * Collects pairs at every depth in one pass.
   *
   * @param kept what the pairs are attached to
   * @param documents no longer than the context; the chat template's tokens become no pairs
   * @param most pairs; fewer if the documents do not suffice
   */
  Map<Integer, Pairs> collect(
      NDManager kept, Iterator<PromptTokens> documents, int most, Progress progress) {
    int[] tokens = new int[most];
    List<Integer> starts = new ArrayList<>();
    Map<Integer, NDArray> states = new TreeMap<>();
    depths.forEach(k -> states.put(k, kept.create(new Shape(most, layers.hiddenSize()))));
    int deepest = depths.stream().max(Integer::compare).orElseThrow();
    int done = 0;
    while (done < most && documents.hasNext()) {
      PromptTokens document = documents.next();
      int from = document.from();
      int length = Math.min(document.to() - from, most - done);
      if (length == 0) {
        continue;
      }
      try (LayerRanges.Run run = layers.run(0, deepest);
          NDManager scope = layers.newScope()) {
        NDArray embedded = layers.embed(scope, Arrays.copyOf(document.tokens(), from + length));
        Map<Integer, NDArray> out = run.forward(embedded, CutLayers.chain(0, from + length));
        NDIndex rows = new NDIndex("{}:{}", done, done + length);
        NDIndex own = new NDIndex("{}:{}", from, from + length);
        states.forEach((k, all) -> all.set(rows, Pairs.scaled(out.get(k).get(own))));
      }
      starts.add(done);
      System.arraycopy(document.tokens(), from, tokens, done, length);
      done += length;
      progress.update("pairs to learn from", done, most);
    }
    int size = done;
    Map<Integer, Pairs> pairs = new TreeMap<>();
    states.forEach(
        (k, all) -> {
          NDArray used = all;
          if (size < most) {
            used = all.get(kept, new NDIndex("0:{}", size));
            all.close();
          }
          pairs.put(k, new Pairs(used, Arrays.copyOf(tokens, size), List.copyOf(starts)));
        });
    return pairs;
  }
}
