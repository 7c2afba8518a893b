package dev.bookend.evaluation.bench;

import dev.bookend.decoding.Decoding;
import dev.bookend.decoding.DecodingMetrics;
import dev.bookend.decoding.DecodingMetrics.Bytes;
import dev.bookend.decoding.DecodingMetrics.Times;
import dev.bookend.decoding.Generation;
import dev.bookend.evaluation.report.ResultLog;
import dev.bookend.link.LinkProfile;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.model.store.Progress;
import dev.bookend.remote.CloudTime;
import dev.bookend.session.Session;
import dev.bookend.session.SessionStats;
import dev.bookend.split.SplitModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Decodes prompts with several decoder configurations, side by side: each prompt over each link
 * with each configuration in turn, so that whatever else the machine does affects all alike. Every
 * answer has a session and drafters of its own, so that no drafter learns from one prompt for
 * another.
 */
public final class Bench {
  private static final int WARM_UP_TOKENS = 16;

  private final List<DecoderConfiguration> configurations;
  private final List<BenchPrompt> prompts;
  private final int maxTokens;
  private final OptionalInt draftTokens;
  private final String setting;
  private final ResultLog<Measurement> log;
  private final Progress progress;
  private final Set<String> notes = new LinkedHashSet<>();
  private int measured;

  /**
   * @param configurations how to decode; sequential decoding is measured in any case
   * @param draftTokens most draft tokens in a round trip; empty: as many as pay
   * @param setting all else that figures depend on: device, type, cloud
   * @param progress told the answers so far, and how many there will be
   */
  public Bench(
      List<DecoderConfiguration> configurations,
      List<BenchPrompt> prompts,
      int maxTokens,
      OptionalInt draftTokens,
      String setting,
      ResultLog<Measurement> log,
      Progress progress) {
    this.configurations = DecoderConfiguration.withSequential(configurations);
    this.prompts = List.copyOf(prompts);
    this.maxTokens = maxTokens;
    this.draftTokens = draftTokens;
    this.setting = setting;
    this.log = log;
    this.progress = progress;
  }

  /**
   * Measures what is not yet in the log.
   *
   * @param open opens the model in a scenario; other scenarios that differ only in the emulated
   *     link's profile use the same model
   * @return all measurements of these scenarios, old and new
   */
  public List<Measurement> run(List<Scenario> scenarios, Function<Scenario, SystemUnderTest> open) {
    List<Measurement> all = new ArrayList<>();
    int total = scenarios.size() * prompts.size() * configurations.size();
    int done = 0;
    for (List<Scenario> alike : alike(scenarios)) {
      Scenario first = alike.get(0);
      try (SystemUnderTest system = open.apply(first)) {
        List<DecoderConfiguration> possible = possible(system, first);
        Map<DecoderConfiguration, List<String>> known = system.knowledge(possible);
        done += (configurations.size() - possible.size()) * prompts.size() * alike.size();
        boolean warm = false;
        for (int prompt = 0; prompt < prompts.size(); prompt++) {
          for (int turn = 0; turn < alike.size() * possible.size(); turn++) {
            // Link and configuration change each time, so that a busy minute does not affect one
            // of them alone. Each takes its turn at coming first, when caches may be cold.
            int link = turn % alike.size();
            Scenario scenario = alike.get((prompt + link) % alike.size());
            DecoderConfiguration configuration =
                possible.get((prompt + link + turn / alike.size()) % possible.size());
            String key =
                key(system, scenario, configuration, prompts.get(prompt), known.get(configuration));
            if (log.get(key).isEmpty()) {
              if (!warm) {
                warmUp(system, possible);
                warm = true;
              }
              scenario.link().ifPresent(profile -> emulate(system.model(), profile));
              log.add(measure(system, scenario, configuration, prompt, key));
              measured++;
            }
            // An earlier run may have measured it as another of its prompts.
            all.add(log.get(key).orElseThrow().ofPrompt(prompt));
            progress.update("decoding", ++done, total);
          }
        }
      }
    }
    if (measured < all.size()) {
      notes.add(
          (all.size() - measured)
              + " answers were measured by an earlier run: compare speeds only if the machine was"
              + " equally busy then, and Bookend the same version.");
    }
    long lost = all.stream().filter(m -> m.counts().reconnects() > 0).count();
    if (lost > 0) {
      notes.add(
          lost + " answers lost the connection to the cloud; their times include reconnecting.");
    }
    return all;
  }

  /** Groups scenarios that need not open the model anew: only the link's profile differs. */
  private static Collection<List<Scenario>> alike(List<Scenario> scenarios) {
    return scenarios.stream()
        .collect(
            Collectors.groupingBy(
                scenario -> scenario.split() + " " + scenario.link().isPresent(),
                LinkedHashMap::new,
                Collectors.toList()))
        .values();
  }

  /** Changes the emulated link, and waits until everything that was under way has arrived. */
  private static void emulate(SplitModel model, LinkProfile profile) {
    model.links().setProfile(profile);
    CloudTime unused = model.statistics().cloudTime(); // its answer arrives behind all others
  }

  /** How many answers were generated for the measurements, rather than found in the log. */
  public int measured() {
    return measured;
  }

  /** What a reader of the measurements must know: what was left out, and why. */
  public List<String> notes() {
    return List.copyOf(notes);
  }

  private List<DecoderConfiguration> possible(SystemUnderTest system, Scenario scenario) {
    List<DecoderConfiguration> possible = new ArrayList<>();
    for (DecoderConfiguration configuration : configurations) {
      if (system.lacksDraftHead(configuration)) {
        notes.add(
            configuration.name()
                + " is left out at split "
                + scenario.split()
                + ": no draft head has been trained before, and one that learns from the measured"
                + " prompts would say nothing about others.");
      } else {
        possible.add(configuration);
      }
    }
    return possible;
  }

  /** Until the JVM has compiled the code, whatever is measured first would look slow. */
  private void warmUp(SystemUnderTest system, List<DecoderConfiguration> possible) {
    int[] prompt = system.encode().apply("Count from one to ten.");
    for (DecoderConfiguration configuration : possible) {
      try (Session session = system.model().newSession();
          Decoding decoding = system.decoding(configuration, draftTokens)) {
        decoding.decode(
            session, prompt, Math.min(WARM_UP_TOKENS, maxTokens), Set.of(), token -> true);
      }
    }
  }

  /** What a session had cost when its first token had arrived. */
  private record Start(SessionStats stats, CloudTime cloud, Bytes bytes, long nanos) {
    static Start now(SplitModel model, Session session) {
      CloudTime cloud = model.statistics().cloudTime();
      return new Start(session.stats(), cloud, bytes(model), System.nanoTime());
    }

    static Bytes bytes(SplitModel model) {
      return new Bytes(model.statistics().bytesSent(), model.statistics().bytesReceived());
    }

    /** The cost of an answer, with times and bytes from here on. */
    DecodingMetrics since(SplitModel model, DecodingMetrics whole, long end) {
      Bytes sinceStart = bytes(model).minus(bytes); // asking for the cloud's time sends bytes too
      int requests = whole.counts().requests() - stats.requests();
      Times times =
          whole
              .times()
              .minus(Times.of(stats))
              .withDecoding((end - nanos) / 1e6)
              .withCloud(model.statistics().cloudTime().share(cloud, requests) / 1e6);
      return whole.with(times).with(sinceStart);
    }
  }

  private Measurement measure(
      SystemUnderTest system,
      Scenario scenario,
      DecoderConfiguration configuration,
      int index,
      String key) {
    SplitModel model = system.model();
    BenchPrompt prompt = prompts.get(index);
    int[] tokens = system.encode().apply(prompt.prompt());
    Start[] start = new Start[1];
    try (Session session = model.newSession();
        Decoding decoding = system.decoding(configuration, draftTokens)) {
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
      if (start[0] == null) { // the answer is empty
        start[0] = Start.now(model, session);
        end = start[0].nanos();
      }
      return new Measurement(
          key,
          scenario.split().toString(),
          scenario.linkText(),
          scenario.roundTripMs(),
          configuration.name(),
          prompt.category(),
          index,
          generation.tokens(),
          generation.choices().stream().map(TokenChoice::margin).toList(),
          start[0].since(model, generation.metrics(), end));
    }
  }

  private String key(
      SystemUnderTest system,
      Scenario scenario,
      DecoderConfiguration configuration,
      BenchPrompt prompt,
      List<String> known) {
    List<String> parts =
        new ArrayList<>(
            List.of(
                system.model().contract().fingerprint(),
                scenario.split().toString(),
                scenario.linkText(),
                configuration.name(),
                Integer.toString(maxTokens),
                configuration.isSequential() ? "" : draftTokens.toString(),
                setting,
                system.model().wireType(),
                prompt.category(),
                Arrays.toString(system.encode().apply(prompt.prompt()))));
    parts.addAll(known);
    return ResultLog.key(parts);
  }
}
