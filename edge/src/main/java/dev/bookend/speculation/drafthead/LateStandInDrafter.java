package dev.bookend.speculation.drafthead;

import dev.bookend.speculation.DraftTree;
import dev.bookend.speculation.Drafter;
import dev.bookend.speculation.EdgeLayers;
import dev.bookend.speculation.ObservedTokens;
import java.util.Arrays;
import java.util.Optional;

/**
 * A {@link StandInDrafter} that proposes nothing until its head has been loaded, which begins when
 * draft tokens are first asked for: an answer's first token waits for no head. Not thread-safe.
 */
final class LateStandInDrafter implements Drafter {
  private final StandInSource source;
  private Optional<StandInDrafter> drafter = Optional.empty();
  private EdgeLayers session;

  /** The text, as long as there is no drafter that knows it. */
  private int[] text = {};

  LateStandInDrafter(StandInSource source) {
    this.source = source;
  }

  @Override
  public String name() {
    return StandInDrafter.NAME;
  }

  @Override
  public void follow(EdgeLayers layers) {
    session = layers;
    drafter.ifPresent(loaded -> loaded.follow(layers));
  }

  @Override
  public void observe(ObservedTokens observed) {
    if (drafter.isPresent()) {
      drafter.get().observe(observed);
      return;
    }
    int[] tokens = observed.tokens();
    text = Arrays.copyOf(text, observed.end());
    System.arraycopy(tokens, 0, text, observed.position(), tokens.length);
  }

  private void open(StandInHead head) {
    StandInDrafter loaded = new StandInDrafter(head);
    drafter = Optional.of(loaded);
    loaded.follow(session);
    loaded.observe(new ObservedTokens(0, text));
    text = new int[] {};
  }

  @Override
  public void propose(DraftTree tree) {
    if (drafter.isEmpty()) {
      source.head().ifPresent(this::open);
    }
    drafter.ifPresent(loaded -> loaded.propose(tree));
  }

  @Override
  public void close() {
    drafter.ifPresent(StandInDrafter::close);
  }
}
