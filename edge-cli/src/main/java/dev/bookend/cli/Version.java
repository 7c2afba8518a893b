package dev.bookend.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/**
 * The version in the jar's manifest, the commit that was built, and the Java and PyTorch that run
 * it.
 */
final class Version implements IVersionProvider {
  static String bookend() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  @Override
  public String[] getVersion() {
    // PyTorch itself is not asked: it takes a while to load.
    String pytorch = properties("/pytorch-engine.properties").getProperty("pytorch_version");
    return new String[] {
      "bookend " + bookend() + commit(properties("build.properties")),
      "Java " + System.getProperty("java.version") + ", " + System.getProperty("os.arch"),
      "PyTorch " + pytorch
    };
  }

  /** Of a build outside of a Git checkout nothing is known. */
  static String commit(Properties build) {
    String commit = build.getProperty("git.commit.id.abbrev", "");
    if (commit.isEmpty()) {
      return "";
    }
    boolean changed = Boolean.parseBoolean(build.getProperty("git.dirty"));
    return " (%s of %s%s)"
        .formatted(commit, build.getProperty("git.commit.time"), changed ? ", with changes" : "");
  }

  private static Properties properties(String resource) {
    Properties properties = new Properties();
    try (InputStream in = Version.class.getResourceAsStream(resource)) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties;
  }
}
