package dev.bookend.cli;

import dev.bookend.link.LinkProfile;
import java.time.Duration;

/** Reads the time that a message takes: {@code 80ms}. */
final class LinkTime extends FlagValue<Duration> {
  LinkTime() {
    super(LinkProfile::parseTime);
  }
}
