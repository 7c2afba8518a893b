package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringReader;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class VersionTest {
  private static String commit(String build) throws Exception {
    Properties properties = new Properties();
    properties.load(new StringReader(build));
    return Version.commit(properties);
  }

  @Test
  void namesTheCommitThatWasBuilt() throws Exception {
    String build = "git.commit.id.abbrev=38cec13f9\ngit.commit.time=2026-11-29\ngit.dirty=";
    assertEquals(" (38cec13f9 of 2026-11-29)", commit(build + "false"));
    assertEquals(" (38cec13f9 of 2026-11-29, with changes)", commit(build + "true"));
    assertEquals("", commit(""));
  }

  @Test
  void namesJavaAndPyTorch() {
    String version = String.join("\n", new Version().getVersion());
    assertTrue(
        version.matches("(?s)bookend .*\nJava \\d+.*, \\S+\nPyTorch \\d+\\.\\d+\\.\\d+"), version);
  }
}
