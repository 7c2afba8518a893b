package dev.bookend.decoding;

import dev.bookend.model.runtime.Choosing;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.session.Session;
import dev.bookend.speculation.CostMemory;
import dev.bookend.speculation.Draft;
import dev.bookend.speculation.DraftMerger;
import dev.bookend.speculation.DraftMerger.Contribution;
import dev.bookend.speculation.DraftTree;
import dev.bookend.speculation.Drafter;
import dev.bookend.speculation.Pipeline;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Several tokens a round trip: sends draft tokens along with the last token, and accepts those that
 * the model itself chooses (Leviathan et al., Fast Inference from Transformers via Speculative
 * Decoding, ICML 2023; trees of draft tokens: Miao et al., SpecInfer, ASPLOS 2024). The tokens of
 * an answer are those of {@link SequentialDecoding}, whatever the drafters propose.
 *
 * <p>This holds for sampled tokens as well, and needs no probabilities of the drafters: after each
 * node, a token is drawn from the model's own distribution there, whatever the draft tokens below
 * the node are, and a draft token is accepted if it is the one that was drawn.
 *
 * <p>For one session, whose text the drafters follow. Not thread-safe.
 */
public final class SpeculativeDecoding implements Decoding {
  private static final List<String> NOBODY = List.of();

  private final Sampling sampling;
  private final DraftMerger merger;
  private final CostMemory memory;

  /**
   * Sends as many draft tokens as pay.
   *
   * @param drafters propose the draft tokens; closed with this
   */
  public SpeculativeDecoding(Sampling sampling, List<Drafter> drafters) {
    this(sampling, drafters, OptionalInt.empty());
  }

  /**
   * Sends as many draft tokens as pay, by what earlier sessions have learned too.
   *
   * @param drafters propose the draft tokens; closed with this
   * @param memory is told after each answer what this session has learned
   */
  public SpeculativeDecoding(Sampling sampling, List<Drafter> drafters, CostMemory memory) {
    this(sampling, drafters, OptionalInt.empty(), Pipeline.AUTO, memory);
  }

  /**
   * Sends a fixed number of draft tokens, to compare drafters independently of the machine's speed.
   *
   * @param drafters propose the draft tokens; closed with this
   * @param draftTokens how many to send at most each time; empty: as many as pay
   */
  public SpeculativeDecoding(Sampling sampling, List<Drafter> drafters, OptionalInt draftTokens) {
    this(sampling, drafters, draftTokens, Pipeline.AUTO);
  }

  /**
   * Sends a fixed number of draft tokens, or as many as pay, ahead of answers or not.
   *
   * @param drafters propose the draft tokens; closed with this
   * @param draftTokens how many to send at most each time; empty: as many as pay
   * @param pipeline whether a step is sent before the answer to the step before it is there
   */
  public SpeculativeDecoding(
      Sampling sampling, List<Drafter> drafters, OptionalInt draftTokens, Pipeline pipeline) {
    this(sampling, drafters, draftTokens, pipeline, CostMemory.ofThisProcess());
  }

  private SpeculativeDecoding(
      Sampling sampling,
      List<Drafter> drafters,
      OptionalInt draftTokens,
      Pipeline pipeline,
      CostMemory memory) {
    this.sampling = sampling;
    this.merger = new DraftMerger(drafters, draftTokens, pipeline);
    this.memory = memory;
    merger.begin(memory);
  }

  @Override
  public Sampling sampling() {
    return sampling;
  }

  @Override
  public Generation decode(
      Session session, int[] prompt, DecodingRequest request, DecodingListener listener) {
    AnswerBuilder answer = new AnswerBuilder(session, request, listener);
    List<Contribution> before = merger.contributions();
    long draftNanos = merger.nanos();
    Choosing choosing = request.choosing();
    session.rankTokens(merger.rankedTokens());
    session.keepTaps(merger.taps());
    merger.follow(session.draftLayers());
    TokenChoice choice = session.prefill(prompt, choosing);
    boolean goesOn = answer.add(choice, session.isFull());
    merger.begin(prompt);
    Optional<Draft> ahead = Optional.empty();
    while (goesOn) {
      boolean wasSent = ahead.isPresent();
      Draft draft = wasSent ? ahead.get() : draft(session, choice, choosing, answer);
      ahead = merger.ahead(draft, session.largestTreeBehind(draft.size()));
      Optional<Session.Ahead> next =
          ahead.map(sent -> new Session.Ahead(draft.likeliestBranch(), sent.tree()));
      long start = System.nanoTime();
      TokenChoice[] choices =
          wasSent
              ? session.verifyAhead(choosing, next)
              : session.verify(draft.tree(), choosing, next);
      double seconds = (System.nanoTime() - start) / 1e9;
      List<Integer> branch = new ArrayList<>();
      for (int node = 0; goesOn && node != DraftTree.NONE; ) {
        branch.add(node);
        choice = choices[node];
        goesOn = answer.add(choice, session.isFull(branch.size()));
        node = draft.tree().child(node, choice.token());
        if (node != DraftTree.NONE && !session.isCertain(node, choices[node])) {
          // The choice may depend on the slot: the next round trip runs the token in its own.
          node = DraftTree.NONE;
        }
      }
      answer.roundTrip(
          branch.stream().map(node -> choices[node]).toList(),
          drafters(draft, branch),
          draft.size(),
          wasSent,
          seconds);
      accept(session, draft, choices, branch, seconds);
      choosing = choosing.after(draft.tokens(branch));
      if (ahead.isPresent()) {
        boolean isAccepted =
            goesOn
                && branch.equals(draft.likeliestBranch())
                && choice.token() == ahead.get().tree().token(0);
        merger.sentAhead(draft, ahead.get(), isAccepted);
        if (!isAccepted) {
          session.forgetAhead();
          ahead = Optional.empty();
        }
      }
    }
    merger.remember(memory);
    return answer.build(difference(before), merger.nanos() - draftNanos);
  }

  private Draft draft(
      Session session, TokenChoice choice, Choosing choosing, AnswerBuilder answer) {
    // A draft token saves a round trip only if another token may follow it.
    int maxDepth = Math.min(session.longestBranch(), answer.left()) - 1;
    int maxNodes = Math.max(0, session.largestTree() - 1);
    return merger.draft(choice.token(), maxNodes, maxDepth, choosing.rules());
  }

  /** Who had proposed each choice after a branch's tokens: the next token of it, or nobody. */
  private List<List<String>> drafters(Draft draft, List<Integer> branch) {
    return IntStream.rangeClosed(1, branch.size())
        .mapToObj(i -> i < branch.size() ? merger.proposers(draft, branch.get(i)) : NOBODY)
        .toList();
  }

  private void accept(
      Session session, Draft draft, TokenChoice[] choices, List<Integer> branch, double seconds) {
    int[] nodes = branch.stream().mapToInt(Integer::intValue).toArray();
    session.accept(nodes);
    merger.verified(draft, choices, nodes, seconds);
    merger.observe(draft.tokens(branch));
  }

  /** What the drafters have contributed since an earlier time. */
  private List<Contribution> difference(List<Contribution> before) {
    List<Contribution> contributions = new ArrayList<>();
    for (Contribution now : merger.contributions()) {
      Contribution then = before.get(contributions.size());
      contributions.add(
          new Contribution(
              now.drafter(), now.sent() - then.sent(), now.accepted() - then.accepted()));
    }
    return contributions;
  }

  @Override
  public void close() {
    merger.close();
  }
}
