package dev.bookend.evaluation.attack;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import dev.bookend.evaluation.attack.Finding.Target;
import dev.bookend.model.store.Progress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What passes the cuts at one depth over one wire, for attacks to be tried on. */
final class Trial implements AutoCloseable {
  private static final long SEED = 1;

  private final NDManager manager;
  private final List<Document> documents;
  private final List<Observation> observations;
  private final int depth;
  private final Wire wire;
  private final Function<int[], String> decode;
  private final Progress progress;

  /** Gives tokens for each state, the likeliest first. */
  interface Attack {
    int[][] recover(NDArray states);

    /** An attack that gives one token for each. */
    static Attack of(Function<NDArray, int[]> single) {
      return states ->
          Arrays.stream(single.apply(states)).mapToObj(t -> new int[] {t}).toArray(int[][]::new);
    }
  }

  /**
   * @param manager closed with this
   * @param observations of the documents, in their order
   * @param decode from tokens to text
   */
  Trial(
      NDManager manager,
      List<Document> documents,
      List<Observation> observations,
      int depth,
      Wire wire,
      Function<int[], String> decode,
      Progress progress) {
    this.manager = manager;
    this.documents = documents;
    this.observations = observations;
    this.depth = depth;
    this.wire = wire;
    this.decode = decode;
    this.progress = progress;
  }

  /**
   * Tries an attack.
   *
   * @param seeds the same attack, trained with one seed each
   * @param controls most documents that the control is made of
   */
  Finding measure(String name, Target target, List<Attack> seeds, int controls) {
    List<NDArray> states = states(target);
    String what = name + " at depth " + depth + ", " + wire;
    long start = System.nanoTime();
    List<Recovery> recovered = recover(what, target, seeds, states);
    double seconds = (System.nanoTime() - start) / 1e9;
    long tokens = states.stream().mapToLong(some -> some.getShape().get(0)).sum();
    List<NDArray> shuffled = shuffled(states);
    List<Recovery> control =
        recover(
            what + ", control",
            target,
            seeds,
            shuffled.subList(0, Math.min(controls, shuffled.size())));
    return new Finding(
        name, target, depth, wire, recovered, control, seconds / tokens / seeds.size());
  }

  /** Of a prompt what the lower layers put out, of an answer what the middle puts out. */
  private List<NDArray> states(Target target) {
    List<NDArray> states = new ArrayList<>();
    Random noise = new Random(SEED);
    for (Observation observation : observations) {
      Observation.Seen seen = observation.byDepth().get(depth);
      // The cloud has its own output as it leaves.
      states.add(
          target == Target.PROMPT
              ? wire.carry(
                  seen.lower().get(manager, new NDIndex("0:{}", observation.prompt().to())), noise)
              : wire.carryBack(seen.middle().get(manager, new NDIndex(":"))));
    }
    return states;
  }

  /** The same number of states for each document, but of any document and position. */
  private List<NDArray> shuffled(List<NDArray> states) {
    NDArray all = NDArrays.concat(new NDList(states));
    List<Integer> order =
        IntStream.range(0, (int) all.getShape().get(0)).boxed().collect(Collectors.toList());
    Collections.shuffle(order, new Random(SEED));
    int[] rows = order.stream().mapToInt(Integer::intValue).toArray();
    List<NDArray> shuffled = new ArrayList<>();
    int from = 0;
    for (NDArray some : states) {
      int to = from + (int) some.getShape().get(0);
      shuffled.add(Pairs.rows(manager, all, Arrays.copyOfRange(rows, from, to)));
      from = to;
    }
    return shuffled;
  }

  private List<Recovery> recover(
      String what, Target target, List<Attack> seeds, List<NDArray> states) {
    List<Recovery> all = new ArrayList<>();
    for (int i = 0; i < states.size(); i++) {
      Observation seen = observations.get(i);
      Recovery sum = null;
      for (Attack attack : seeds) {
        Recovery one = compare(target, documents.get(i), seen, attack.recover(states.get(i)));
        sum = sum == null ? one : sum.plus(one);
      }
      all.add(sum);
      progress.update(what, i + 1, states.size());
    }
    return all;
  }

  private Recovery compare(Target target, Document document, Observation seen, int[][] guess) {
    int[] tokens = seen.tokens();
    if (target == Target.PROMPT) {
      Prompt prompt = seen.prompt();
      return Recovery.of(
          Arrays.copyOfRange(tokens, prompt.from(), prompt.to()),
          Arrays.copyOfRange(guess, prompt.from(), prompt.to()),
          document,
          decode);
    }
    // What comes out at a position is the token after it.
    int[] truth = Arrays.copyOfRange(tokens, seen.answerFrom(), tokens.length);
    return Recovery.of(
        truth,
        Arrays.copyOfRange(guess, seen.answerFrom() - 1, tokens.length - 1),
        Document.of(decode.apply(truth)),
        decode);
  }

  @Override
  public void close() {
    manager.close();
  }
}
