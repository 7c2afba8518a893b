package dev.bookend.cli.chat;

import dev.bookend.Bookend;
import dev.bookend.BookendOptions;
import dev.bookend.evaluation.attack.PromptReader;
import dev.bookend.link.LinkProfile;
import dev.bookend.model.store.Progress;
import dev.bookend.remote.CloudListener;
import dev.bookend.speculation.DraftSpec;
import dev.bookend.split.SplitModel;
import java.util.Optional;

/**
 * The model that the shell talks with: opened anew where the user chooses another model, split or
 * cloud, and given other drafters while it stays open.
 */
public final class ChatModel implements AutoCloseable {
  private final ModelOpener opener;
  private final CloudListener listener;
  private ModelChoice choice;
  private Bookend opened; // owns the model
  private Bookend current; // the same, or beside it with other drafters
  private PromptReader reader; // null until somebody attacks

  /**
   * Takes over a model that is open.
   *
   * @param opened closed with this
   * @param listener hears what happens on the way to the cloud, of every other that is opened
   */
  public ChatModel(ModelOpener opener, ModelChoice choice, Bookend opened, CloudListener listener) {
    this.opener = opener;
    this.listener = listener;
    this.choice = choice;
    this.opened = opened;
    this.current = opened;
  }

  /** What is open. */
  public ModelChoice choice() {
    return choice;
  }

  /** The front door that answers. */
  public Bookend bookend() {
    return current;
  }

  /** Edge and cloud of the model. */
  public SplitModel split() {
    return opened.model().model();
  }

  /**
   * Opens another choice in the place of this one. There is room for one model only, so the old one
   * is closed first; if the new one fails, the old one is opened again.
   *
   * @param progress hears how far a download has come
   * @throws RuntimeException why the new one cannot be opened
   */
  public void change(ModelChoice next, Progress progress) {
    Optional<BookendOptions> beside =
        current == opened ? Optional.empty() : Optional.of(current.options());
    close();
    try {
      open(next, progress);
    } catch (RuntimeException e) {
      try {
        open(choice, progress);
        beside.ifPresent(this::decode);
      } catch (RuntimeException again) {
        e.addSuppressed(again);
        throw e;
      }
      throw e;
    }
    choice = next;
    beside.ifPresent(this::decode);
  }

  private void open(ModelChoice next, Progress progress) {
    opened = opener.open(next, listener, progress);
    current = opened;
  }

  /**
   * Gives the emulated link another profile, where there is a link.
   *
   * @param link empty: one that adds nothing
   * @return whether there is one; if not, the model has to be opened again with it
   * @throws IllegalArgumentException if it is no link; the message is for the user
   */
  public boolean changeLink(Optional<String> link) {
    LinkProfile profile = link.map(LinkProfile::parse).orElse(LinkProfile.NONE);
    if (split().links().profile().isEmpty()) {
      return false;
    }
    split().links().setProfile(profile);
    choice = choice.withLink(link);
    return true;
  }

  /**
   * Takes other drafters from now on.
   *
   * @param drafters empty: those that suit the model
   */
  public void draft(Optional<DraftSpec> drafters) {
    decode(current.options().withDrafters(drafters));
  }

  /** Decodes one token a round trip from now on. */
  public void sequential() {
    decode(current.options().sequential());
  }

  private void decode(BookendOptions options) {
    Bookend next = opened.beside(options);
    if (current != opened) {
      current.close();
    }
    current = next;
  }

  /** The names of the drafters in use; empty where one token a round trip is decoded. */
  public Optional<DraftSpec> drafters() {
    BookendOptions options = current.options();
    return options.speculative()
        ? Optional.of(options.drafters().orElseGet(opened.model()::usualDrafters))
        : Optional.empty();
  }

  /** The attacker, who keeps the codebook of this model once it is made. */
  public PromptReader reader() {
    if (reader == null) {
      reader = new PromptReader(opened.model());
    }
    return reader;
  }

  @Override
  public void close() {
    if (reader != null) {
      reader.close();
      reader = null;
    }
    if (current != opened) {
      current.close();
      current = opened;
    }
    opened.close();
  }
}
