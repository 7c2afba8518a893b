package dev.bookend.speculation;

import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.model.runtime.TokenRules;
import dev.bookend.speculation.LearnedCosts.OfDrafter;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The drafters of one session: merges the trees that they propose at the common root, and selects
 * the draft tokens that pay. Not thread-safe.
 */
public final class DraftMerger implements AutoCloseable {
  private static final double LEARNING = 0.1;

  private final List<DrafterState> drafters;
  private final CostModel costs;
  private final Pipelining pipelining;
  private final LongSupplier nanoTime;
  private final TokenBuffer text = new TokenBuffer();

  /** All that was proposed for the last round trip, and how probable it is. */
  private DraftTree tree;

  private Reach reach;

  /** The draft that was sent ahead of an answer which then led to it. */
  private Draft ahead;

  /** Whether the last draft sent ahead was in vain: the next round trip waits behind it. */
  private boolean isBehindRejected;

  private double secondsPerRoundTrip;
  private double tokensPerRoundTrip = 1;
  private int lastSize = 1;
  private long nanos;

  /**
   * Merges what some drafters propose.
   *
   * @param drafters closed with this; none: each draft is its root alone
   * @param draftTokens how many draft tokens to send each time; empty: as many as pay
   */
  public DraftMerger(List<Drafter> drafters, OptionalInt draftTokens, Pipeline pipeline) {
    this(drafters, draftTokens, pipeline, System::nanoTime);
  }

  DraftMerger(
      List<Drafter> drafters, OptionalInt draftTokens, Pipeline pipeline, LongSupplier nanoTime) {
    this.costs = new CostModel(draftTokens);
    boolean never = pipeline == Pipeline.AUTO && draftTokens.isPresent();
    this.pipelining = new Pipelining(never ? Pipeline.NEVER : pipeline);
    this.nanoTime = nanoTime;
    this.drafters = drafters.stream().map(drafter -> new DrafterState(drafter, nanoTime)).toList();
  }

  /**
   * Begins with what another session has learned. To be called before the first draft; has no
   * effect where the number of draft tokens is fixed.
   */
  public void begin(CostMemory memory) {
    if (!costs.isFixed()) {
      memory.get().ifPresent(this::begin);
    }
  }

  private void begin(LearnedCosts learned) {
    if (learned.times().counts().get(0) == 0) {
      return; // everything is compared with a round trip of one token
    }
    costs.begin(learned);
    secondsPerRoundTrip = costs.seconds(1);
    drafters.forEach(
        state -> {
          OfDrafter known = learned.drafters().get(state.name());
          if (known != null) {
            state.begin(known);
          }
        });
  }

  /** Leaves to later sessions what was learned. */
  public void remember(CostMemory memory) {
    if (!costs.isFixed()) {
      Map<String, OfDrafter> all =
          drafters.stream()
              .collect(
                  Collectors.toMap(
                      DrafterState::name, DrafterState::learned, (first, same) -> first));
      memory.put(new LearnedCosts(costs.times(), costs.trust(), all));
    }
  }

  /**
   * What a drafter has contributed so far.
   *
   * @param drafter its name
   * @param sent tokens sent that the drafter had proposed, whether or not others had as well: draft
   *     tokens and probes
   * @param accepted how many of the tokens sent were accepted
   */
  public record Contribution(String drafter, int sent, int accepted) {}

  /** How many of the model's most probable tokens the drafters want to see in each place. */
  public int rankedTokens() {
    return drafters.stream().mapToInt(DrafterState::rankedTokens).max().orElse(0);
  }

  /** The layers whose inputs the drafters read, as {@link EdgeLayers#tapped} has them. */
  public List<Integer> taps() {
    return drafters.stream().flatMap(state -> state.taps().stream()).distinct().sorted().toList();
  }

  /** Tells the drafters which session they follow. */
  public void follow(EdgeLayers session) {
    drafters.forEach(state -> state.follow(session));
  }

  /** Tells the drafters what the text is now, as far as they do not know it. */
  public void begin(int[] tokens) {
    int common = text.commonPrefix(tokens);
    if (common < text.length() || common < tokens.length) {
      text.truncate(common);
      observe(Arrays.copyOfRange(tokens, common, tokens.length));
    }
  }

  /** Tells the drafters how the text goes on. */
  public void observe(int... tokens) {
    long start = nanoTime.getAsLong();
    ObservedTokens observed = new ObservedTokens(text.length(), tokens);
    drafters.forEach(state -> state.observe(observed));
    text.add(tokens);
    nanos += nanoTime.getAsLong() - start;
  }

  /**
   * Makes the draft for the next round trip.
   *
   * @param root the text's last token, which the drafters have not observed yet
   * @param maxNodes the number of tokens below the root at most
   * @param maxDepth how far a token may be below the root
   * @param rules of the answer, before the root
   */
  public Draft draft(int root, int maxNodes, int maxDepth, TokenRules rules) {
    long start = nanoTime.getAsLong();
    boolean isWanted = maxNodes > 0 && maxDepth > 0 && !costs.wantsNoDraft();
    double secondsPerToken = secondsPerRoundTrip / tokensPerRoundTrip;
    double worth = costs.isFixed() ? Double.POSITIVE_INFINITY : secondsPerToken;
    DraftTree all = new DraftTree(root, Integer.MAX_VALUE, maxDepth, worth);
    for (boolean extenders : new boolean[] {false, true}) {
      drafters.stream()
          .filter(state -> state.extendsOthers() == extenders)
          .forEach(
              state -> {
                boolean ask = isWanted && state.pays(costs, lastSize, secondsPerToken);
                state.propose(ask, all, maxNodes);
              });
    }
    all.forbid(rules);
    tree = all;
    reach = Reach.ofMerged(all);
    Draft draft = Draft.of(all, DraftTree.ROOT, reach, selected(maxNodes));
    nanos += nanoTime.getAsLong() - start;
    return draft;
  }

  /**
   * Which nodes to send: all probes, if there is room for them, and the likeliest of the others.
   */
  private boolean[] selected(int maxNodes) {
    boolean[] selected = new boolean[tree.size()];
    int probes = 0;
    for (int node = 1; node < selected.length; node++) {
      selected[node] = tree.isProbe(node);
      probes += selected[node] ? 1 : 0;
    }
    if (probes > maxNodes) {
      Arrays.fill(selected, false);
      probes = 0;
    }
    int[] likeliest = reach.likeliest(node -> !selected[node], maxNodes - probes);
    double[] falling = IntStream.of(likeliest).mapToDouble(reach::at).toArray();
    int best = costs.draftTokens(falling, 1 + probes);
    IntStream.of(likeliest).limit(best).forEach(node -> selected[node] = true);
    return selected;
  }

  /**
   * Makes a draft to send behind the likeliest branch of the last one, before that is answered. Its
   * root is the token that is expected to follow the branch. Empty if it does not pay.
   *
   * @param draft the last draft
   * @param maxNodes the number of tokens at most
   */
  public Optional<Draft> ahead(Draft draft, int maxNodes) {
    if (maxNodes < 1) {
      return Optional.empty();
    }
    long start = nanoTime.getAsLong();
    int leaf = draft.node(draft.likeliestBranch().size() - 1);
    Optional<Draft> next =
        IntStream.range(leaf + 1, tree.size())
            .filter(node -> tree.parent(node) == leaf && reach.at(node) > 0)
            .boxed()
            .max(Comparator.comparingDouble(reach::at))
            .filter(root -> pipelining.pays(reach.at(root) / reach.at(draft.node(0))))
            .map(root -> Draft.of(tree, root, reach, selectedBelow(root, maxNodes)));
    nanos += nanoTime.getAsLong() - start;
    return next;
  }

  /** Which nodes to send of those below a node that is sent as a root. */
  private boolean[] selectedBelow(int root, int maxNodes) {
    boolean[] below = new boolean[tree.size()];
    below[root] = true;
    for (int node = root + 1; node < below.length; node++) {
      below[node] = below[tree.parent(node)];
    }
    int[] likeliest = reach.likeliest(node -> node > root && below[node], maxNodes - 1);
    double[] falling =
        IntStream.of(likeliest).mapToDouble(node -> reach.at(node) / reach.at(root)).toArray();
    int best = costs.draftTokensBehind(falling, 1);
    boolean[] selected = new boolean[below.length];
    selected[root] = true;
    IntStream.of(likeliest).limit(best).forEach(node -> selected[node] = true);
    return selected;
  }

  /**
   * Takes note of whether the text came to a draft that was sent ahead.
   *
   * @param draft behind which it was sent
   * @param next what was sent
   * @param isAccepted whether the model chose the likeliest branch of the one and then the root of
   *     the other
   */
  public void sentAhead(Draft draft, Draft next, boolean isAccepted) {
    pipelining.sent(reach.at(next.node(0)) / reach.at(draft.node(0)), isAccepted);
    ahead = isAccepted ? next : null;
    isBehindRejected = !isAccepted;
  }

  /** The names of the drafters that proposed a token of a draft. */
  public List<String> proposers(Draft draft, int index) {
    return drafters.stream()
        .filter(state -> state.sentNodes(draft).anyMatch(node -> node == index))
        .map(DrafterState::name)
        .toList();
  }

  /**
   * Tells the drafters which tokens the model has chosen after a draft's tokens.
   *
   * @param choices the model's choice after each token of the draft
   * @param branch the tokens of the draft that were accepted, the root among them
   * @param seconds how long the round trip took
   */
  public void verified(Draft draft, TokenChoice[] choices, int[] branch, double seconds) {
    long start = nanoTime.getAsLong();
    boolean[] accepted = new boolean[draft.size()];
    IntStream.of(branch).forEach(node -> accepted[node] = true);
    double least = leastReach(draft);
    int[] alone =
        drafters.stream().mapToInt(state -> owedTo(state, draft, branch, least)).toArray();
    for (int i = 0; i < alone.length; i++) {
      drafters.get(i).verified(draft, choices, accepted, alone[i]);
    }
    learnTime(draft, seconds, branch.length - 1);
    if (secondsPerRoundTrip == 0) {
      secondsPerRoundTrip = seconds;
    }
    secondsPerRoundTrip += LEARNING * (seconds - secondsPerRoundTrip);
    tokensPerRoundTrip += LEARNING * (branch.length - tokensPerRoundTrip);
    lastSize = draft.size();
    nanos += nanoTime.getAsLong() - start;
  }

  /** How likely the text comes to the least likely token of a draft that is no probe alone. */
  private double leastReach(Draft draft) {
    double atRoot = reach.at(draft.node(0));
    return IntStream.range(1, draft.size())
        .mapToDouble(index -> reach.at(draft.node(index)) / atRoot)
        .filter(value -> value > 0) // probes go in any case
        .min()
        .orElse(0);
  }

  /**
   * How many accepted tokens would not have been sent without a drafter. That others name them too
   * is not enough: they must hold them as likely as the least likely token that was sent.
   */
  private int owedTo(DrafterState one, Draft draft, int[] branch, double least) {
    double without = 1;
    for (int i = 1; i < branch.length; i++) {
      int node = draft.node(branch[i]);
      without *=
          drafters.stream()
              .filter(state -> state != one)
              .mapToDouble(state -> state.probability(node))
              .max()
              .orElse(0);
      if (without < least) {
        return branch.length - i;
      }
    }
    return 0;
  }

  private void learnTime(Draft draft, double seconds, int accepted) {
    if (draft == ahead) {
      pipelining.waited(seconds / costs.seconds(draft.size()));
      costs.recordBehind();
    } else if (isBehindRejected) {
      pipelining.waitedBehindRejected(seconds / costs.seconds(draft.size()));
      costs.record(accepted);
    } else {
      costs.record(draft.size(), seconds, accepted);
    }
    ahead = null;
    isBehindRejected = false;
  }

  /** What each drafter has contributed so far, in the order in which the drafters were given. */
  public List<Contribution> contributions() {
    return drafters.stream().map(DrafterState::contribution).toList();
  }

  /** Nanoseconds that drafting has taken so far. */
  public long nanos() {
    return nanos;
  }

  @Override
  public void close() {
    closeAll(drafters);
  }

  /** Closes the others too where one fails. */
  private static void closeAll(List<DrafterState> states) {
    if (!states.isEmpty()) {
      try {
        states.get(0).close();
      } finally {
        closeAll(states.subList(1, states.size()));
      }
    }
  }
}
