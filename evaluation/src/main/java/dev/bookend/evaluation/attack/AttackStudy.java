package dev.bookend.evaluation.attack;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.bookend.evaluation.attack.Finding.Target;
import dev.bookend.evaluation.attack.Trial.Attack;
import dev.bookend.evaluation.report.Provenance;
import dev.bookend.evaluation.report.Report;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.decoder.Decoder;
import dev.bookend.model.decoder.OutputHead.Candidate;
import dev.bookend.model.store.Progress;
import dev.bookend.model.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Attacks on a model with public weights: answers invented documents as a user would, and recovers
 * prompts and answers from what passes the cuts. All in this process, in FP32 on the CPU.
 */
public final class AttackStudy {
  /** Documents of which the control is made where it takes a while. */
  private static final int SLOW_CONTROLS = 1;

  private static final int RANKS = 5;
  private static final int SIGNAL_PAIRS = 1000;
  private static final long SEED = 1;

  private final AttackPlan plan;
  private final Progress progress;
  private final CutLayers layers;
  private final Tokenizer tokenizer;
  private final Framing framing;
  private final List<Document> documents;
  private final List<Finding> findings = new ArrayList<>();
  private final List<WireCost> costs = new ArrayList<>();

  private AttackStudy(
      AttackPlan plan, Progress progress, CutLayers layers, Tokenizer tokenizer, Framing framing) {
    this.plan = plan;
    this.progress = progress;
    this.layers = layers;
    this.tokenizer = tokenizer;
    this.framing = framing;
    this.documents =
        plan.corpus().isEmpty()
            ? HeldOutDocuments.make(plan.documents(), SEED)
            : plan.corpus().stream().limit(plan.documents()).map(Document::of).toList();
  }

  /**
   * Attacks.
   *
   * @param checkpoint stays open; of more than twice as many layers as the largest depth
   * @param provenance to be stated in the report
   */
  public static Report run(
      Checkpoint checkpoint, AttackPlan plan, Provenance provenance, Progress progress) {
    TreeSet<Integer> cuts = new TreeSet<>(plan.depths());
    plan.depths().forEach(k -> cuts.add(checkpoint.config().layers() - k));
    try (CutLayers layers =
            new CutLayers(Decoder.open(checkpoint, Device.cpu(), FloatType.F32), cuts);
        Tokenizer tokenizer = Tokenizer.of(checkpoint.tokenizer())) {
      Framing framing = new Framing(tokenizer, checkpoint.tokenizer());
      AttackStudy study = new AttackStudy(plan, progress, layers, tokenizer, framing);
      study.attack();
      return new AttackReport(plan, study.findings, study.costs).report(provenance);
    }
  }

  private void attack() {
    try (NDManager kept = layers.newScope()) {
      List<Observation> seen = new ArrayList<>();
      Victim victim = new Victim(layers, plan.depths());
      for (Document document : documents) {
        seen.add(victim.answer(kept, framing.prompt(document.text()), plan.answerTokens()));
        progress.update("answering", seen.size(), documents.size());
      }
      TrainingText text =
          new TrainingText(Vocabulary.words(tokenizer, layers.vocabularySize()), SEED);
      Iterator<Prompt> own = Stream.generate(() -> framing.prompt(text.next())).iterator();
      Map<Integer, Pairs> pairs =
          new PairCollector(layers, plan.depths()).collect(kept, own, plan.pairs(), progress);
      int[] beginning = framing.beginning();
      int[] before = beginning.length > 0 ? beginning : tokenizer.encodePrompt("The");
      Map<Integer, NDArray> books = Codebook.make(layers, plan.depths(), kept, before, progress);
      NDArray embedding = layers.wholeEmbedding(kept);
      for (int depth : plan.depths()) {
        attack(seen, depth, books.get(depth), embedding, pairs.get(depth));
      }
    }
  }

  private void attack(
      List<Observation> seen, int depth, NDArray book, NDArray embedding, Pairs pairs) {
    int frequent = mostFrequent(pairs.tokens());
    for (Wire wire : plan.wires()) {
      double perplexity = Quality.perplexity(layers, depth, wire, seen);
      costs.add(new WireCost(depth, wire, perplexity, signal(wire, book)));
      try (NDManager scope = layers.newScope();
          Learned learned = learn(scope, depth, wire, book, embedding, pairs);
          Trial trial =
              new Trial(
                  layers.newScope(), documents, seen, depth, wire, tokenizer::decode, progress)) {
        int all = documents.size();
        if (wire instanceof Wire.Noisy noisy) {
          LikelihoodMatching matching =
              new LikelihoodMatching(
                  layers, depth, noisy.size(), learned.nearest(), framing.beginning());
          findings.add(
              trial.measure(
                  "likelihood matching",
                  Target.PROMPT,
                  List.of(Attack.of(matching::recover)),
                  SLOW_CONTROLS));
        } else {
          findings.add(
              trial.measure(
                  "vocabulary matching",
                  Target.PROMPT,
                  List.of(Attack.of(matching(depth, wire, learned.nearest(), false)::recover)),
                  all));
          if (plan.exact()) {
            findings.add(
                trial.measure(
                    "vocabulary matching, exact",
                    Target.PROMPT,
                    List.of(Attack.of(matching(depth, wire, learned.nearest(), true)::recover)),
                    wire.equals(plan.wires().get(0)) ? SLOW_CONTROLS : 0));
          }
        }
        findings.add(
            trial.measure(
                "codebook alone", Target.PROMPT, List.of(ranked(learned.nearest())), all));
        findings.add(
            trial.measure(
                "linear discriminant", Target.PROMPT, List.of(ranked(learned.linear())), all));
        findings.add(
            trial.measure(
                "perceptron",
                Target.PROMPT,
                learned.perceptrons().stream().map(AttackStudy::ranked).toList(),
                all));
        findings.add(
            trial.measure(
                "perceptron, imprinted",
                Target.PROMPT,
                learned.imprinted().stream().map(AttackStudy::ranked).toList(),
                all));
        findings.add(trial.measure("logit lens", Target.PROMPT, List.of(this::lens), all));
        findings.add(
            trial.measure(
                "most frequent token",
                Target.PROMPT,
                List.of(Attack.of(states -> repeated(frequent, states))),
                all));
        if (wire instanceof Wire.Floats) {
          // Over the others the answer itself would be another; see the report's notes.
          OutputDecoding decoding = new OutputDecoding(layers, depth);
          findings.add(
              trial.measure(
                  "output decoding", Target.ANSWER, List.of(Attack.of(decoding::recover)), all));
          findings.add(
              trial.measure("logit lens, output", Target.ANSWER, List.of(this::lens), all));
        }
      }
    }
  }

  private VocabularyMatching matching(int depth, Wire wire, Inverter guesses, boolean exact) {
    return new VocabularyMatching(layers, depth, wire, guesses, framing.beginning(), exact);
  }

  /** What attackers have learned who know the model and the wire. */
  private record Learned(
      Inverter nearest, Inverter linear, List<Inverter> perceptrons, List<Inverter> imprinted)
      implements AutoCloseable {
    @Override
    public void close() {
      nearest.close();
      linear.close();
      perceptrons.forEach(Inverter::close);
      imprinted.forEach(Inverter::close);
    }
  }

  private Learned learn(
      NDManager scope, int depth, Wire wire, NDArray book, NDArray embedding, Pairs pairs) {
    Pairs own = pairs.over(wire, scope, new Random(SEED));
    int[] rows = IntStream.range(0, own.size()).toArray();
    DiscriminantInverter nearest =
        DiscriminantInverter.ofCodebook(layers, expected(scope, wire, book), own, rows);
    Pairs every = Pairs.ofCodebook(book).over(wire, scope, new Random(SEED));
    List<Inverter> perceptrons = new ArrayList<>();
    List<Inverter> imprinted = new ArrayList<>();
    for (int seed = 1; seed <= plan.seeds(); seed++) {
      int[] some = own.sample(plan.perceptronPairs(), new Random(seed));
      perceptrons.add(new ClassifierInverter(layers, own, some, Training.of(some.length), seed));
      imprinted.add(new ImprintedInverter(layers, nearest.precision(), every, own, seed));
      progress.update("learning at depth " + depth + ", " + wire, seed, plan.seeds());
    }
    return new Learned(
        nearest, DiscriminantInverter.linear(layers, embedding, own, rows), perceptrons, imprinted);
  }

  /** The codebook as it arrives on average: noise takes part of the scale. */
  private static NDArray expected(NDManager scope, Wire wire, NDArray book) {
    if (!(wire instanceof Wire.Noisy noisy)) {
      return book;
    }
    NDArray expected = book.div(Math.sqrt(1 + noisy.size() * noisy.size()));
    expected.attach(scope);
    return expected;
  }

  /** How far apart the states of two tokens typically are, in standard deviations of the noise. */
  private static OptionalDouble signal(Wire wire, NDArray book) {
    if (!(wire instanceof Wire.Noisy noisy)) {
      return OptionalDouble.empty();
    }
    int[] order =
        new Random(SEED).ints(2 * SIGNAL_PAIRS, 0, (int) book.getShape().get(0)).toArray();
    try (NDManager scope = book.getManager().newSubManager()) {
      NDArray one = Pairs.rows(scope, book, Arrays.copyOf(order, SIGNAL_PAIRS));
      NDArray other =
          Pairs.rows(scope, book, Arrays.copyOfRange(order, SIGNAL_PAIRS, order.length));
      float[] apart = one.sub(other).square().sum(new int[] {1}).sqrt().toFloatArray();
      Arrays.sort(apart);
      return OptionalDouble.of(apart[SIGNAL_PAIRS / 2] / noisy.size());
    }
  }

  /** What the LM head makes of states without the layers between. */
  private int[][] lens(NDArray states) {
    return layers.head().candidates(states, RANKS).stream()
        .map(row -> row.stream().mapToInt(Candidate::token).toArray())
        .toArray(int[][]::new);
  }

  private static Attack ranked(Inverter inverter) {
    return states -> inverter.best(states, RANKS);
  }

  private static int[] repeated(int token, NDArray states) {
    int[] tokens = new int[(int) states.getShape().get(0)];
    Arrays.fill(tokens, token);
    return tokens;
  }

  private int mostFrequent(int[] tokens) {
    int[] counts = new int[layers.vocabularySize()];
    int best = 0;
    for (int token : tokens) {
      if (++counts[token] > counts[best]) {
        best = token;
      }
    }
    return best;
  }
}
