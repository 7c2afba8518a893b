package dev.bookend.decoding;

import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.session.Session;
import dev.bookend.session.TokenTree;
import dev.bookend.speculation.Draft;
import dev.bookend.speculation.DraftMerger;
import dev.bookend.speculation.DraftMerger.Contribution;
import dev.bookend.speculation.DraftTree;
import dev.bookend.speculation.Drafter;
import dev.bookend.speculation.Pipeline;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * Several tokens a round trip: sends guesses along with the last token and keeps the branch that
 * the model itself would have taken. The tokens are those of {@link SequentialDecoding}, whatever
 * is guessed.
 *
 * <p>That holds for sampled tokens as well, and is why no draft probabilities are needed: a node's
 * token is drawn from the model's distribution after it, whatever the guesses below it are, and a
 * guess is kept if it is what was drawn.
 *
 * <p>For one session, whose text the drafters follow. Not thread-safe.
 */
public final class SpeculativeDecoding implements Decoding {
  private final Sampling sampling;
  private final DraftMerger ensemble;

  /**
   * Sends as many guesses as pay.
   *
   * @param drafters where guesses come from; closed with this
   */
  public SpeculativeDecoding(Sampling sampling, List<Drafter> drafters) {
    this(sampling, drafters, OptionalInt.empty());
  }

  /**
   * Sends a fixed number of guesses, to compare drafters on any machine by what they guess.
   *
   * @param drafters where guesses come from; closed with this
   * @param guesses how many to send at most each time; empty: as many as pay
   */
  public SpeculativeDecoding(Sampling sampling, List<Drafter> drafters, OptionalInt guesses) {
    this(sampling, drafters, guesses, Pipeline.AUTO);
  }

  /**
   * As above.
   *
   * @param pipeline whether guesses are sent behind others before the answer to those is there
   */
  public SpeculativeDecoding(
      Sampling sampling, List<Drafter> drafters, OptionalInt guesses, Pipeline pipeline) {
    this.sampling = sampling;
    this.ensemble = new DraftMerger(drafters, guesses, pipeline);
  }

  @Override
  public Generation decode(
      Session session, int[] prompt, int maxTokens, Set<Integer> endTokens, IntPredicate onToken) {
    AnswerBuilder answer = new AnswerBuilder(session, maxTokens, endTokens, onToken);
    List<Contribution> before = ensemble.contributions();
    long draftNanos = ensemble.nanos();
    TokenChoice choice = session.prefill(prompt, sampling);
    boolean goesOn = answer.add(choice, session.isFull());
    ensemble.follow(session.draftLayers());
    ensemble.begin(prompt);
    Optional<Draft> ahead = Optional.empty();
    while (goesOn) {
      boolean wasSent = ahead.isPresent();
      Draft draft = wasSent ? ahead.get() : draft(session, choice, answer);
      ahead = ensemble.ahead(draft, session.largestTreeBehind(draft.size()));
      Optional<Session.Ahead> next =
          ahead.map(sent -> new Session.Ahead(draft.likeliestBranch(), tree(sent)));
      long start = System.nanoTime();
      TokenChoice[] choices =
          wasSent
              ? session.verifyAhead(sampling, next)
              : session.verify(tree(draft), sampling, next);
      double seconds = (System.nanoTime() - start) / 1e9;
      List<Integer> branch = new ArrayList<>();
      for (int node = 0; goesOn && node != DraftTree.NONE; ) {
        branch.add(node);
        choice = choices[node];
        goesOn = answer.add(choice, session.isFull(branch.size()));
        node = draft.child(node, choice.token());
        if (node != DraftTree.NONE && !session.isCertain(node, choices[node])) {
          node = DraftTree.NONE; // the next round trip runs it where it is
        }
      }
      commit(session, draft, choices, branch, seconds);
      if (ahead.isPresent()) {
        boolean isRight =
            goesOn
                && branch.equals(draft.likeliestBranch())
                && choice.token() == ahead.get().tokens()[0];
        ensemble.sentAhead(draft, ahead.get(), isRight);
        if (!isRight) {
          session.forgetAhead();
          ahead = Optional.empty();
        }
      }
    }
    return answer.build(difference(before), ensemble.nanos() - draftNanos);
  }

  private Draft draft(Session session, TokenChoice choice, AnswerBuilder answer) {
    // A guess is of use only if a token may come after it.
    int maxDepth = Math.min(session.longestBranch(), answer.left()) - 1;
    return ensemble.draft(choice.token(), session.largestTree() - 1, maxDepth);
  }

  private static TokenTree tree(Draft draft) {
    return new TokenTree(draft.tokens(), draft.parents());
  }

  private void commit(
      Session session, Draft draft, TokenChoice[] choices, List<Integer> branch, double seconds) {
    int[] nodes = branch.stream().mapToInt(Integer::intValue).toArray();
    int[] tokens = draft.tokens();
    session.commit(nodes);
    int[] chosen = Arrays.stream(choices).mapToInt(TokenChoice::token).toArray();
    ensemble.verified(draft, chosen, nodes, seconds);
    ensemble.observe(Arrays.stream(nodes).map(node -> tokens[node]).toArray());
  }

  /** What the drafters have contributed since then. */
  private List<Contribution> difference(List<Contribution> before) {
    List<Contribution> contributions = new ArrayList<>();
    for (Contribution now : ensemble.contributions()) {
      Contribution then = before.get(contributions.size());
      contributions.add(
          new Contribution(
              now.drafter(), now.sent() - then.sent(), now.accepted() - then.accepted()));
    }
    return contributions;
  }

  @Override
  public void close() {
    ensemble.close();
  }
}
