package dev.bookend.evaluation.attack;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import dev.bookend.evaluation.attack.AttackResult.Target;
import dev.bookend.model.store.Progress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Tries attacks on the hidden states at one depth over one wire. */
final class Trial implements AutoCloseable {
  private static final long SEED = 1;

  private final NDManager manager;
  private final List<Document> documents;
  private final List<Observation> observations;
  private final int depth;
  private final Wire wire;
  private final Function<int[], String> decode;
  private final Progress progress;

  /** Recovers tokens from states: for each state some tokens, the best first. */
  interface Attack {
    int[][] recover(NDArray states);

    /** An attack that gives one token for each state. */
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
   * Tries an attack on the output of the lower layers, which the edge sends up.
   *
   * @param seeds the same attack, trained with one random seed each
   * @param controls most documents that the control is made of
   * @param targets what to recover; the last token of an answer is never sent
   */
  List<AttackResult> up(String name, List<Attack> seeds, int controls, Target... targets) {
    return measure(name, true, List.of(targets), seeds, controls);
  }

  /** Tries an attack on the output of the middle layers, which the cloud sends down. */
  AttackResult down(String name, List<Attack> seeds, int controls) {
    return measure(name, false, List.of(Target.ANSWER), seeds, controls).get(0);
  }

  private List<AttackResult> measure(
      String name, boolean up, List<Target> targets, List<Attack> seeds, int controls) {
    List<NDArray> states = up ? up(targets.contains(Target.ANSWER)) : down();
    String what = name + " at depth " + depth + ", " + wire;
    long start = System.nanoTime();
    List<Map<Target, Recovery>> recovered = recover(what, up, targets, seeds, states);
    double seconds = (System.nanoTime() - start) / 1e9;
    long tokens = states.stream().mapToLong(some -> some.getShape().get(0)).sum();
    List<NDArray> shuffled = shuffled(states);
    List<Map<Target, Recovery>> control =
        recover(
            what + ", control",
            up,
            targets,
            seeds,
            shuffled.subList(0, Math.min(controls, shuffled.size())));
    return targets.stream()
        .map(
            target ->
                new AttackResult(
                    name,
                    target,
                    depth,
                    wire.toString(),
                    recovered.stream().map(all -> all.get(target)).toList(),
                    control.stream().map(all -> all.get(target)).toList(),
                    seconds / tokens / seeds.size()))
        .toList();
  }

  /** The states as they arrive, of prompts, or of prompts and answers. */
  private List<NDArray> up(boolean answers) {
    List<NDArray> states = new ArrayList<>();
    Random noise = Wire.draws("sending");
    for (Observation seen : observations) {
      int to = answers ? seen.tokens().length - 1 : seen.prompt().to();
      NDArray lower = seen.byDepth().get(depth).lower().get(manager, new NDIndex("0:{}", to));
      states.add(wire.carryText(lower, 0, seen.prompt(), noise));
    }
    return states;
  }

  /** The middle's output; the cloud has it before it is sent. */
  private List<NDArray> down() {
    return observations.stream()
        .map(seen -> seen.byDepth().get(depth).middle().get(manager, new NDIndex(":")))
        .map(wire::carryBack)
        .toList();
  }

  /** As many states for each document, but drawn from all documents and positions. */
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

  private List<Map<Target, Recovery>> recover(
      String what, boolean up, List<Target> targets, List<Attack> seeds, List<NDArray> states) {
    List<Map<Target, Recovery>> all = new ArrayList<>();
    for (int i = 0; i < states.size(); i++) {
      Map<Target, Recovery> sums = new EnumMap<>(Target.class);
      for (Attack attack : seeds) {
        int[][] ranked = attack.recover(states.get(i));
        for (Target target : targets) {
          sums.merge(
              target,
              target == Target.PROMPT
                  ? prompt(documents.get(i), observations.get(i), ranked)
                  : answer(observations.get(i), ranked, up),
              Recovery::plus);
        }
      }
      all.add(sums);
      progress.update(what, i + 1, states.size());
    }
    return all;
  }

  private Recovery prompt(Document document, Observation seen, int[][] ranked) {
    PromptTokens prompt = seen.prompt();
    return Recovery.of(
        Arrays.copyOfRange(seen.tokens(), prompt.from(), prompt.to()),
        Arrays.copyOfRange(ranked, prompt.from(), prompt.to()),
        document,
        decode);
  }

  /** The state that comes down at a position tells the next token, which goes up at the next. */
  private Recovery answer(Observation seen, int[][] ranked, boolean up) {
    int to = seen.tokens().length - (up ? 1 : 0);
    int from = Math.min(seen.answerFrom(), to);
    int[] truth = Arrays.copyOfRange(seen.tokens(), from, to);
    int shift = up ? 0 : 1;
    return Recovery.of(
        truth,
        Arrays.copyOfRange(ranked, from - shift, to - shift),
        Document.of(decode.apply(truth)),
        decode);
  }

  @Override
  public void close() {
    manager.close();
  }
}
