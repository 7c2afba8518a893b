package dev.bookend.evaluation.attack;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.evaluation.attack.AttackResult.Target;
import dev.bookend.evaluation.attack.Trial.Attack;
import dev.bookend.evaluation.attack.VocabularyMatching.Otherwise;
import dev.bookend.evaluation.report.Provenance;
import dev.bookend.evaluation.report.Report;
import dev.bookend.evaluation.report.ResultLog;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.safetensors.LowRankAdapter;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.OutputHead.Candidate;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.model.store.Progress;
import dev.bookend.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Attacks on a model with public weights: answers documents as a user would, and recovers prompts
 * and answers from the hidden states at the cuts. Everything runs in this process, in FP32 on the
 * CPU.
 */
public final class AttackStudy {
  /** How many documents the control of slow attacks is made of. */
  private static final int SLOW_CONTROLS = 1;

  /** How many of the user's own tokens an attacker may know together with their states. */
  private static final int[] KNOWN = {1100, 10_000};

  private static final int RANKS = 5;
  private static final int SIGNAL_PAIRS = 1000;
  private static final long SEED = 1;

  private final AttackPlan plan;
  private final Progress progress;
  private final Checkpoint checkpoint;
  private final CutLayers layers; // the public ones
  private final Tokenizer tokenizer;
  private final Framing framing;
  private final List<Document> documents;
  private final ResultLog<Round> log;
  private final List<AttackResult> results = new ArrayList<>(); // of the current round
  private final Map<Integer, Integer> changed = new TreeMap<>(); // edge layers, by depth
  private String edge; // hash of the private change of its layers; empty: there is none

  private AttackStudy(
      AttackPlan plan,
      Progress progress,
      Checkpoint checkpoint,
      CutLayers layers,
      Tokenizer tokenizer,
      Framing framing,
      ResultLog<Round> log) {
    this.plan = plan;
    this.progress = progress;
    this.checkpoint = checkpoint;
    this.layers = layers;
    this.tokenizer = tokenizer;
    this.framing = framing;
    this.log = log;
    this.documents =
        plan.corpus().isEmpty()
            ? HeldOutDocuments.make(plan.documents(), SEED)
            : plan.corpus().stream().limit(plan.documents()).map(Document::of).toList();
    for (int i = 0; i < documents.size(); i++) {
      int length = framing.prompt(documents.get(i).text()).tokens().length + plan.answerTokens();
      if (length > checkpoint.config().contextLength()) {
        throw new BookendException(
            ErrorCode.CONTEXT_FULL,
            "document "
                + (i + 1)
                + " and its answer take "
                + length
                + " tokens, but the model's context holds "
                + checkpoint.config().contextLength());
      }
    }
  }

  /**
   * Attacks.
   *
   * @param checkpoint stays open; has more than twice as many layers as the largest depth
   * @param provenance for the report
   * @param log of rounds; those that it has are not attacked again
   */
  public static Report run(
      Checkpoint checkpoint,
      AttackPlan plan,
      Provenance provenance,
      ResultLog<Round> log,
      Progress progress) {
    TreeSet<Integer> cuts = new TreeSet<>(plan.depths());
    plan.depths().forEach(k -> cuts.add(checkpoint.config().layers() - k));
    try (CutLayers layers =
            new CutLayers(Decoder.open(checkpoint, Device.cpu(), WeightType.F32), cuts);
        Tokenizer tokenizer = Tokenizer.of(checkpoint.tokenizer())) {
      Framing framing = new Framing(tokenizer, checkpoint.tokenizer());
      AttackStudy study =
          new AttackStudy(plan, progress, checkpoint, layers, tokenizer, framing, log);
      List<Round> rounds = study.attack();
      return new AttackReport(
              plan,
              study.documents.size(),
              study.changed,
              rounds.stream().flatMap(round -> round.results().stream()).toList(),
              rounds.stream().map(Round::cost).toList())
          .report(provenance);
    }
  }

  private List<Round> attack() {
    // This finds out at once whether the adapter fits the model.
    Optional<LowRankAdapter> adapter = plan.edge().map(edge -> edge.adapter(checkpoint));
    adapter.ifPresent(this::countChanged);
    edge = adapter.map(LowRankAdapter::fingerprint).orElse("");
    List<Integer> depths =
        plan.depths().stream()
            .filter(depth -> plan.wires().stream().anyMatch(wire -> isMissing(depth, wire)))
            .toList();
    if (!depths.isEmpty()) {
      attack(depths, adapter);
    }
    return plan.depths().stream()
        .flatMap(
            depth -> plan.wires().stream().map(wire -> log.get(key(depth, wire)).orElseThrow()))
        .toList();
  }

  private boolean isMissing(int depth, Wire wire) {
    return log.get(key(depth, wire)).isEmpty();
  }

  private String key(int depth, Wire wire) {
    List<String> parts =
        new ArrayList<>(
            List.of(
                checkpoint.fingerprint(),
                edge,
                Integer.toString(depth),
                wire.toString(),
                plan.wires().get(0).toString(), // only the first wire has the control of 'exact'
                Integer.toString(plan.seeds()),
                Integer.toString(plan.answerTokens()),
                Integer.toString(plan.pairs()),
                Integer.toString(plan.perceptronPairs()),
                Boolean.toString(plan.exact())));
    documents.forEach(document -> parts.add(document.text()));
    return ResultLog.key(parts);
  }

  private void attack(List<Integer> depths, Optional<LowRankAdapter> adapter) {
    try (NDManager kept = layers.newScope()) {
      Map<Integer, Pairs> pairs =
          new PairCollector(layers, depths).collect(kept, texts(SEED), plan.pairs(), progress);
      int[] beginning = framing.beginning();
      int[] before = beginning.length > 0 ? beginning : tokenizer.encodePrompt("The");
      Map<Integer, NDArray> books = Codebook.make(layers, depths, kept, before, progress);
      NDArray embedding = layers.wholeEmbedding(kept);
      if (adapter.isPresent()) {
        attackPrivate(depths, adapter.get(), books, embedding, pairs);
        return;
      }
      List<Observation> seen = answers(kept, new Victim(layers, depths));
      for (int depth : depths) {
        attack(layers, seen, depth, books.get(depth), embedding, pairs.get(depth), List.of());
      }
    }
  }

  /**
   * Attacks a victim whose layers at the edge have been changed; attackers have the public ones.
   */
  private void attackPrivate(
      List<Integer> depths,
      LowRankAdapter adapter,
      Map<Integer, NDArray> books,
      NDArray embedding,
      Map<Integer, Pairs> pairs) {
    for (int depth : depths) {
      int upper = layers.layers() - depth;
      Checkpoint changed = adapter.appliedTo(checkpoint, layer -> layer < depth || layer >= upper);
      try (CutLayers own =
              new CutLayers(
                  Decoder.open(changed, Device.cpu(), WeightType.F32), List.of(depth, upper));
          NDManager kept = own.newScope()) {
        List<Observation> seen = answers(kept, new Victim(own, List.of(depth)));
        int most = KNOWN[KNOWN.length - 1];
        Pairs known =
            new PairCollector(own, List.of(depth))
                .collect(kept, texts(SEED + 1), most, progress)
                .get(depth);
        attack(own, seen, depth, books.get(depth), embedding, pairs.get(depth), List.of(known));
      }
    }
  }

  private void countChanged(LowRankAdapter adapter) {
    for (int depth : plan.depths()) {
      int upper = layers.layers() - depth;
      long count = adapter.layers().stream().filter(at -> at < depth || at >= upper).count();
      if (count == 0) {
        throw new BookendException(
            ErrorCode.ADAPTER_UNSUITABLE,
            "the adapter changes layers "
                + adapter.layers()
                + ", none of which is at the edge at depth "
                + depth
                + " (layers 0 to "
                + (depth - 1)
                + ", "
                + upper
                + " to "
                + (layers.layers() - 1)
                + ")");
      }
      changed.put(depth, (int) count);
    }
  }

  private Iterator<PromptTokens> texts(long seed) {
    TrainingText text =
        new TrainingText(Vocabulary.words(tokenizer, layers.vocabularySize()), seed);
    return Stream.generate(() -> framing.prompt(text.next())).iterator();
  }

  private List<Observation> answers(NDManager kept, Victim victim) {
    return answers(prompt -> victim.answer(kept, prompt, plan.answerTokens()));
  }

  private List<Observation> answers(Function<PromptTokens, Observation> answer) {
    List<Observation> seen = new ArrayList<>();
    for (Document document : documents) {
      seen.add(answer.apply(framing.prompt(document.text())));
      progress.update("answering", seen.size(), documents.size());
    }
    return seen;
  }

  /**
   * Attacks at one depth over all wires.
   *
   * @param own layers of the victim
   * @param usual observations of the answers that are given without a wire
   * @param known pairs of the victim's that an attacker may know; may be empty
   */
  private void attack(
      CutLayers own,
      List<Observation> usual,
      int depth,
      NDArray book,
      NDArray embedding,
      Pairs pairs,
      List<Pairs> known) {
    for (List<Wire> alike : alike()) {
      List<Wire> missing = alike.stream().filter(wire -> isMissing(depth, wire)).toList();
      if (missing.isEmpty()) {
        continue;
      }
      try (Learned learned =
          Learned.over(alike.get(0), layers, plan, book, embedding, pairs, progress)) {
        for (Wire wire : missing) {
          results.clear();
          Quality quality = Quality.over(wire, own, depth, usual);
          try (NDManager scope = layers.newScope()) {
            attack(learned, depth, wire, over(wire, own, depth, scope, usual), pairs);
            for (Pairs some : known) {
              fitted(depth, wire, usual, some.over(wire, scope, Wire.draws("knowing")), book);
            }
          }
          WireCost cost = new WireCost(depth, wire.toString(), quality, signal(wire, book));
          log.add(new Round(key(depth, wire), cost, List.copyOf(results)));
        }
      }
    }
  }

  /**
   * Groups wires for which the same is learned: rounding to fp16 changes a state far less than the
   * context does.
   */
  private Collection<List<Wire>> alike() {
    return plan.wires().stream()
        .collect(
            Collectors.groupingBy(
                wire -> wire instanceof Wire.Floats ? Wire.Floats.class : wire,
                LinkedHashMap::new,
                Collectors.toList()))
        .values();
  }

  /** Observations of the answers that the model gives over a wire. */
  private List<Observation> over(
      Wire wire, CutLayers own, int depth, NDManager kept, List<Observation> usual) {
    if (wire instanceof Wire.Floats) {
      return usual;
    }
    Victim victim = new Victim(own, List.of(depth));
    return answers(prompt -> victim.answerOver(wire, kept, prompt, plan.answerTokens()));
  }

  private Trial trial(int depth, Wire wire, List<Observation> seen) {
    return new Trial(layers.newScope(), documents, seen, depth, wire, tokenizer::decode, progress);
  }

  private void attack(Learned learned, int depth, Wire wire, List<Observation> seen, Pairs pairs) {
    int frequent = mostFrequent(pairs.tokens());
    int all = documents.size();
    try (Trial trial = trial(depth, wire, seen)) {
      if (wire instanceof Wire.Noisy noisy) {
        LikelihoodMatching matching =
            new LikelihoodMatching(
                layers, depth, noisy.size(), learned.nearest(), framing.beginning());
        List<Attack> likeliest = List.of(Attack.of(matching::recover));
        results.addAll(trial.up("likelihood matching", likeliest, SLOW_CONTROLS, Target.PROMPT));
      } else {
        Otherwise otherwise = plan.edge().isPresent() ? Otherwise.TAKE_NEAREST : Otherwise.END;
        onTexts(trial, "vocabulary matching", matching(depth, wire, learned, otherwise));
        if (plan.exact() && plan.edge().isEmpty()) {
          results.addAll(
              trial.up(
                  "vocabulary matching, exact",
                  List.of(matching(depth, wire, learned, Otherwise.TRY_ALL)),
                  wire.equals(plan.wires().get(0)) ? SLOW_CONTROLS : 0,
                  Target.PROMPT));
        }
      }
      onTexts(trial, "codebook alone", ranked(learned.nearest()));
      onPrompts(trial, "linear discriminant", ranked(learned.linear()));
      onPrompts(trial, "perceptron", ranked(learned.perceptrons()));
      onPrompts(trial, "perceptron, imprinted", ranked(learned.imprinted()));
      onPrompts(trial, "logit lens", this::lens);
      onPrompts(trial, "most frequent token", Attack.of(states -> repeated(frequent, states)));
      OutputDecoding decoding = new OutputDecoding(layers, depth);
      Attack decode = Attack.of(decoding::recover);
      results.add(trial.down("output decoding", List.of(decode), all));
      results.add(trial.down("logit lens, output", List.of(this::lens), all));
    }
  }

  private void onPrompts(Trial trial, String name, Attack... seeds) {
    results.addAll(trial.up(name, List.of(seeds), documents.size(), Target.PROMPT));
  }

  /** Attacks prompts and answers: each answered token is sent up as well, for the next one. */
  private void onTexts(Trial trial, String name, Attack attack) {
    results.addAll(trial.up(name, List.of(attack), documents.size(), Target.PROMPT, Target.ANSWER));
  }

  private Attack matching(int depth, Wire wire, Learned learned, Otherwise otherwise) {
    VocabularyMatching matching =
        new VocabularyMatching(
            layers, depth, wire, learned.nearest(), framing.beginning(), otherwise);
    return Attack.of(matching::recover);
  }

  /** Attacks as one who has the public codebook and some of the user's text with its states. */
  private void fitted(int depth, Wire wire, List<Observation> seen, Pairs known, NDArray book) {
    try (Trial trial = trial(depth, wire, seen)) {
      for (int count : KNOWN) {
        int[] rows = IntStream.range(0, Math.min(count, known.size())).toArray();
        try (Inverter inverter = DiscriminantInverter.linear(layers, book, known, rows)) {
          String name =
              String.format(Locale.ROOT, "codebook fitted to %,d known tokens", rows.length);
          onTexts(trial, name, ranked(inverter));
        }
      }
    }
  }

  /**
   * The median distance between the states of two tokens, in standard deviations of the noise; null
   * without noise.
   */
  private static Double signal(Wire wire, NDArray book) {
    if (!(wire instanceof Wire.Noisy noisy)) {
      return null;
    }
    int[] order =
        new Random(SEED).ints(2 * SIGNAL_PAIRS, 0, (int) book.getShape().get(0)).toArray();
    try (NDManager scope = book.getManager().newSubManager()) {
      NDArray one = Pairs.rows(scope, book, Arrays.copyOf(order, SIGNAL_PAIRS));
      NDArray other =
          Pairs.rows(scope, book, Arrays.copyOfRange(order, SIGNAL_PAIRS, order.length));
      float[] apart = one.sub(other).square().sum(new int[] {1}).sqrt().toFloatArray();
      Arrays.sort(apart);
      return apart[SIGNAL_PAIRS / 2] / noisy.size();
    }
  }

  /** The LM head's best tokens for states, as if no layers were in between (logit lens). */
  private int[][] lens(NDArray states) {
    return layers.head().candidates(states, RANKS).stream()
        .map(row -> row.stream().mapToInt(Candidate::token).toArray())
        .toArray(int[][]::new);
  }

  private static Attack ranked(Inverter inverter) {
    return states -> inverter.best(states, RANKS);
  }

  private static Attack[] ranked(List<Inverter> inverters) {
    return inverters.stream().map(AttackStudy::ranked).toArray(Attack[]::new);
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
