package dev.bookend.cli;

import dev.bookend.cli.config.Configuration;
import dev.bookend.cli.config.ExampleFile;
import dev.bookend.cli.config.Flags;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.error.FileProblem;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code bookend config init}. */
@Command(
    name = "init",
    description =
        "Write a configuration file to begin with, all of it comments, for you alone to read.")
final class ConfigInitCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    Path file = Configuration.path(Main.variables(spec)).toAbsolutePath();
    boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
    FileAttribute<?>[] mine =
        posix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    try {
      Files.createDirectories(file.getParent());
      try (var out =
          Channels.newOutputStream(
              Files.newByteChannel(
                  file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), mine))) {
        out.write(ExampleFile.text(Flags.of(spec.root())).getBytes(StandardCharsets.UTF_8));
      }
    } catch (FileAlreadyExistsException e) {
      throw new BookendException(
          ErrorCode.TARGET_EXISTS, file + " is there already, and was left as it is", e);
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot write " + file + ": " + FileProblem.of(e), e);
    }
    System.out.println(file);
  }
}
