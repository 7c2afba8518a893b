package dev.bookend.cli.chat;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which terminals break what they show into rows of their new width when they get another one. None
 * of them can be asked.
 */
final class Rewrapping {
  private static final List<String> SET_BY_THOSE_THAT_DO =
      List.of(
          "VTE_VERSION",
          "KITTY_WINDOW_ID",
          "WEZTERM_PANE",
          "ALACRITTY_WINDOW_ID",
          "KONSOLE_VERSION",
          "ITERM_SESSION_ID",
          "WT_SESSION");
  private static final Set<String> PROGRAMS =
      Set.of("Apple_Terminal", "iTerm.app", "vscode", "WezTerm", "ghostty", "tmux");
  private static final List<String> TYPES =
      List.of("tmux", "xterm-kitty", "xterm-ghostty", "alacritty", "foot", "wezterm", "contour");

  private Rewrapping() {}

  /**
   * Whether this one surely does.
   *
   * @param environment by which terminals tell what they are
   */
  static boolean isKnown(Map<String, String> environment) {
    if (environment.containsKey("TMUX")) {
      return true;
    }
    if (environment.containsKey("STY") || environment.containsKey("XTERM_VERSION")) {
      return false; // GNU screen, and xterm, where it was not started in another terminal
    }
    String type = environment.getOrDefault("TERM", "");
    return SET_BY_THOSE_THAT_DO.stream().anyMatch(environment::containsKey)
        || PROGRAMS.contains(environment.getOrDefault("TERM_PROGRAM", ""))
        || TYPES.stream().anyMatch(type::startsWith);
  }
}
