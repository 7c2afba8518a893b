package dev.bookend.evaluation.attack;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.bookend.evaluation.attack.Finding.Target;
import dev.bookend.evaluation.report.Provenance;
import dev.bookend.evaluation.report.Report;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.decoder.Decoder;
import dev.bookend.model.store.Progress;
import dev.bookend.model.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Attacks on a model with public weights: answers invented documents as a user would, and recovers
 * prompts and answers from what passes the cuts. All in this process, in FP32 on the CPU.
 */
public final class AttackStudy {
  /** Documents: on each the control goes through the whole vocabulary, which takes a while. */
  static final int MATCHING_CONTROLS = 1;

  /** As many pairs as Cunningham (2026) had, and a network of the same width. */
  static final int FEW_PAIRS = 1100;

  private static final Training TRAINING = new Training(2048, 20, 128, 1e-3f);
  private static final long SEED = 1;

  private final AttackPlan plan;
  private final Progress progress;
  private final CutLayers layers;
  private final Tokenizer tokenizer;
  private final Framing framing;
  private final List<Document> documents;
  private final List<Finding> findings = new ArrayList<>();

  private AttackStudy(
      AttackPlan plan, Progress progress, CutLayers layers, Tokenizer tokenizer, Framing framing) {
    this.plan = plan;
    this.progress = progress;
    this.layers = layers;
    this.tokenizer = tokenizer;
    this.framing = framing;
    this.documents = HeldOutDocuments.make(plan.documents(), SEED);
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
      return new AttackReport(plan, study.findings).report(provenance);
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
    int[] rows = IntStream.range(0, pairs.size()).toArray();
    int frequent = mostFrequent(pairs.tokens());
    List<Inverter> opened = new ArrayList<>();
    try (Inverter nearest = DiscriminantInverter.ofCodebook(layers, book, pairs, rows);
        Inverter linear = DiscriminantInverter.linear(layers, embedding, pairs, rows)) {
      for (int seed = 1; seed <= plan.seeds(); seed++) {
        int[] few = pairs.sample(FEW_PAIRS, new Random(seed));
        opened.add(new ClassifierInverter(layers, pairs, few, TRAINING, seed));
        progress.update("learning at depth " + depth, seed, plan.seeds());
      }
      for (Wire wire : plan.wires()) {
        try (Trial trial =
            new Trial(
                layers.newScope(), documents, seen, depth, wire, tokenizer::decode, progress)) {
          VocabularyMatching matching =
              new VocabularyMatching(layers, depth, wire, nearest, framing.beginning());
          OutputDecoding decoding = new OutputDecoding(layers, depth);
          int all = documents.size();
          findings.add(
              trial.measure(
                  "vocabulary matching",
                  Target.PROMPT,
                  List.of(matching::recover),
                  MATCHING_CONTROLS));
          findings.add(
              trial.measure("codebook alone", Target.PROMPT, List.of(first(nearest)), all));
          findings.add(
              trial.measure("linear discriminant", Target.PROMPT, List.of(first(linear)), all));
          findings.add(
              trial.measure(
                  "perceptron",
                  Target.PROMPT,
                  opened.stream().map(AttackStudy::first).toList(),
                  all));
          findings.add(
              trial.measure(
                  "most frequent token",
                  Target.PROMPT,
                  List.of(states -> repeated(frequent, states)),
                  all));
          findings.add(
              trial.measure("output decoding", Target.ANSWER, List.of(decoding::recover), all));
        }
      }
    } finally {
      opened.forEach(Inverter::close);
    }
  }

  /** Takes an inverter's first guess. */
  private static Trial.Attack first(Inverter inverter) {
    return states ->
        Arrays.stream(inverter.best(states, 1)).mapToInt(guesses -> guesses[0]).toArray();
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
