package dev.bookend.cli.chat;

import java.util.List;

/** A command of the shell, written with a slash. */
public interface SlashCommand {
  /** Its name, without the slash. */
  String name();

  /** Other names for it. */
  default List<String> aliases() {
    return List.of();
  }

  /** How its argument is written; empty: it has none. */
  default String argument() {
    return "";
  }

  /** What it does, in a line. */
  String summary();

  /** More of that, for its own help. */
  default String details(Chat chat) {
    return "";
  }

  /**
   * Does it.
   *
   * @param argument what stands behind the name, without white space around it
   * @throws IllegalArgumentException if the argument is wrong; the message is for the user
   * @throws dev.bookend.error.BookendException if it cannot be done
   */
  void run(Chat chat, String argument);

  /**
   * What the argument may be that begins like this.
   *
   * @param begun what is typed of it, up to the cursor
   */
  default List<Proposal> complete(Chat chat, String begun) {
    return List.of();
  }

  /**
   * A way to go on.
   *
   * @param text the whole argument then
   * @param description in a few words; may be empty
   * @param isWhole whether a space follows
   * @param shown how it is listed: the part of it that is still to be chosen
   */
  record Proposal(String text, String description, boolean isWhole, String shown) {
    /** One that is shown as it is. */
    public Proposal(String text, String description, boolean isWhole) {
      this(text, description, isWhole, text);
    }

    /** A whole argument, without a description. */
    public static Proposal of(String text) {
      return new Proposal(text, "", true);
    }
  }
}
