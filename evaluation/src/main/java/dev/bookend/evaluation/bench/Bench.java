package dev.bookend.evaluation.bench;

import dev.bookend.decoding.Decoding;
import dev.bookend.decoding.Generation;
import dev.bookend.decoding.SequentialDecoding;
import dev.bookend.decoding.SpeculativeDecoding;
import dev.bookend.evaluation.report.ResultLog;
import dev.bookend.link.LinkProfile;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.model.store.Progress;
import dev.bookend.remote.CloudTime;
import dev.bookend.session.Session;
import dev.bookend.session.SessionStats;
import dev.bookend.speculation.DraftMerger.Contribution;
import dev.bookend.split.SplitModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Decodes prompts in several ways, side by side: each prompt over each link and in each way in
 * turn, so that whatever else the machine does hits all alike. Every answer has a session and
 * drafters of its own, so that nothing is learned from one prompt for another.
 */
public final class Bench {
  private static final int WARM_UP_TOKENS = 16;

  private final List<DecoderConfiguration> ways;
  private final List<Prompt> prompts;
  private final int maxTokens;
  private final OptionalInt guesses;
  private final String setting;
  private final ResultLog<Measurement> log;
  private final Progress progress;
  private final Set<String> notes = new LinkedHashSet<>();
  private int measured;

  /**
   * @param ways how to decode; sequential decoding is measured in any case
   * @param guesses how many to send at most each time; empty: as many as pay
   * @param setting all else that figures depend on: device, type, cloud
   * @param progress told the answers so far, and how many there will be
   */
  public Bench(
      List<DecoderConfiguration> ways,
      List<Prompt> prompts,
      int maxTokens,
      OptionalInt guesses,
      String setting,
      ResultLog<Measurement> log,
      Progress progress) {
    Set<DecoderConfiguration> all = new LinkedHashSet<>();
    all.add(DecoderConfiguration.SEQUENTIAL);
    all.addAll(ways);
    this.ways = List.copyOf(all);
    this.prompts = List.copyOf(prompts);
    this.maxTokens = maxTokens;
    this.guesses = guesses;
    this.setting = setting;
    this.log = log;
    this.progress = progress;
  }

  /**
   * Measures what is not yet in the log.
   *
   * @param open opens the model under a condition; its link then becomes that of others
   * @return all measurements of these conditions, old and new
   */
  public List<Measurement> run(
      List<Scenario> conditions, Function<Scenario, SystemUnderTest> open) {
    List<Measurement> all = new ArrayList<>();
    int total = conditions.size() * prompts.size() * ways.size();
    int done = 0;
    for (List<Scenario> alike : alike(conditions)) {
      Scenario first = alike.get(0);
      try (SystemUnderTest subject = open.apply(first)) {
        List<DecoderConfiguration> possible = possible(subject, first);
        Map<DecoderConfiguration, List<String>> known = known(subject, possible);
        done += (ways.size() - possible.size()) * prompts.size() * alike.size();
        boolean warm = false;
        for (int prompt = 0; prompt < prompts.size(); prompt++) {
          for (int turn = 0; turn < alike.size() * possible.size(); turn++) {
            // Link and way change each time: no busy minute hits one of them alone. Each comes
            // first once: what comes first may find caches cold.
            int link = turn % alike.size();
            Scenario condition = alike.get((prompt + link) % alike.size());
            DecoderConfiguration way =
                possible.get((prompt + link + turn / alike.size()) % possible.size());
            String key = key(subject, condition, way, prompts.get(prompt), known.get(way));
            if (log.get(key).isEmpty()) {
              if (!warm) {
                warmUp(subject, possible);
                warm = true;
              }
              condition.link().ifPresent(profile -> emulate(subject.model(), profile));
              log.add(measure(subject, condition, way, prompt, key));
              measured++;
            }
            // An earlier run may have had it among other prompts.
            all.add(log.get(key).orElseThrow().ofPrompt(prompt));
            progress.update("decoding", ++done, total);
          }
        }
      }
    }
    if (measured < all.size()) {
      notes.add(
          (all.size() - measured)
              + " answers were measured by an earlier run: compare speeds only where the machine was"
              + " as busy then, and Bookend the same");
    }
    long lost = all.stream().filter(measurement -> measurement.reconnects() > 0).count();
    if (lost > 0) {
      notes.add(lost + " answers lost the cloud on the way; their times include getting it back");
    }
    return all;
  }

  /** Conditions that need not open the model anew: only the emulated link's profile differs. */
  private static Collection<List<Scenario>> alike(List<Scenario> conditions) {
    return conditions.stream()
        .collect(
            Collectors.groupingBy(
                condition -> condition.split() + " " + condition.link().isPresent(),
                LinkedHashMap::new,
                Collectors.toList()))
        .values();
  }

  /** Changes the emulated link, and waits until all that was under way has arrived. */
  private static void emulate(SplitModel model, LinkProfile profile) {
    model.links().setProfile(profile);
    CloudTime unused = model.statistics().cloudTime(); // its answer arrives behind all others
  }

  /** How many answers were generated for the measurements, rather than found in the log. */
  public int measured() {
    return measured;
  }

  /** What was left out, and why. */
  public List<String> notes() {
    return List.copyOf(notes);
  }

  private List<DecoderConfiguration> possible(SystemUnderTest subject, Scenario condition) {
    List<DecoderConfiguration> possible = new ArrayList<>();
    for (DecoderConfiguration way : ways) {
      if (way.usesStandin() && !subject.model().draftHeads().hasTrainedStandIn()) {
        notes.add(
            way.name()
                + " is left out at split "
                + condition.split()
                + ": there is no draft head that was trained before, and one that learns from the"
                + " measured prompts would say nothing about others");
      } else {
        possible.add(way);
      }
    }
    return possible;
  }

  /** Until the JVM has compiled what is run, the first way would look slower than the others. */
  private void warmUp(SystemUnderTest subject, List<DecoderConfiguration> possible) {
    int[] prompt = subject.encode().apply("Count from one to ten.");
    for (DecoderConfiguration way : possible) {
      try (Session session = subject.model().newSession();
          Decoding decoding = decoding(subject, way)) {
        decoding.decode(
            session, prompt, Math.min(WARM_UP_TOKENS, maxTokens), Set.of(), token -> true);
      }
    }
  }

  private Decoding decoding(SystemUnderTest subject, DecoderConfiguration way) {
    return way.isSequential()
        ? SequentialDecoding.GREEDY
        : new SpeculativeDecoding(
            Sampling.GREEDY, subject.drafters().apply(way.drafters()), guesses, way.pipeline());
  }

  /** What a session had cost when the first token was there. */
  private record Start(SessionStats stats, CloudTime cloud, long sent, long received, long nanos) {
    static Start now(SplitModel model, Session session) {
      CloudTime cloud = model.statistics().cloudTime();
      return new Start(
          session.stats(),
          cloud,
          model.statistics().bytesSent(),
          model.statistics().bytesReceived(),
          System.nanoTime());
    }
  }

  private Measurement measure(
      SystemUnderTest subject,
      Scenario condition,
      DecoderConfiguration way,
      int index,
      String key) {
    SplitModel model = subject.model();
    Prompt prompt = prompts.get(index);
    int[] tokens = subject.encode().apply(prompt.prompt());
    Start[] start = new Start[1];
    try (Session session = model.newSession();
        Decoding decoding = decoding(subject, way)) {
      Generation generation =
          decoding.decode(
              session,
              tokens,
              maxTokens,
              model.config().endTokens(),
              token -> {
                if (start[0] == null) {
                  start[0] = Start.now(model, session);
                }
                return true;
              });
      long end = System.nanoTime();
      if (start[0] == null) { // the model said nothing at all
        start[0] = Start.now(model, session);
        end = start[0].nanos();
      }
      Start from = start[0];
      long sent = model.statistics().bytesSent() - from.sent();
      long received = model.statistics().bytesReceived() - from.received();
      SessionStats now = session.stats();
      SessionStats before = from.stats();
      int requests = now.requests() - before.requests();
      long cloud = model.statistics().cloudTime().share(from.cloud(), requests);
      long waiting = now.waitingNanos() - before.waitingNanos();
      return new Measurement(
          key,
          condition.split().toString(),
          condition.linkText(),
          condition.millis(),
          way.name(),
          prompt.category(),
          index,
          generation.tokens(),
          generation.choices().stream().map(TokenChoice::margin).toList(),
          now.roundTrips(),
          now.roundTripsAhead(),
          now.sentTokens(),
          now.acceptedTokens(),
          generation.drafters().stream().mapToInt(Contribution::sent).sum(),
          now.reconnects(),
          generation.timeToFirstToken() / 1e6,
          (end - from.nanos()) / 1e6,
          Math.max(0, waiting - cloud) / 1e6,
          cloud / 1e6,
          (now.edgeNanos() - before.edgeNanos()) / 1e6,
          (now.serializationNanos() - before.serializationNanos()) / 1e6,
          generation.draftNanos() / 1e6,
          sent,
          received);
    }
  }

  /** Hashes of what each way's drafters know before a session begins: megabytes, read once. */
  static Map<DecoderConfiguration, List<String>> known(
      SystemUnderTest subject, List<DecoderConfiguration> ways) {
    Map<String, Optional<String>> hashes = new HashMap<>();
    Map<DecoderConfiguration, List<String>> known = new HashMap<>();
    for (DecoderConfiguration way : ways) {
      known.put(
          way,
          way.drafters().names().stream()
              .map(drafter -> hashes.computeIfAbsent(drafter, subject.knowledge()))
              .flatMap(Optional::stream)
              .toList());
    }
    return known;
  }

  private String key(
      SystemUnderTest subject,
      Scenario condition,
      DecoderConfiguration way,
      Prompt prompt,
      List<String> known) {
    List<String> parts =
        new ArrayList<>(
            List.of(
                subject.model().contract().fingerprint(),
                condition.split().toString(),
                condition.linkText(),
                way.name(),
                Integer.toString(maxTokens),
                way.isSequential() ? "" : guesses.toString(),
                setting,
                subject.model().wireType().toString(),
                prompt.category(),
                Arrays.toString(subject.encode().apply(prompt.prompt()))));
    parts.addAll(known);
    return ResultLog.key(parts);
  }
}
