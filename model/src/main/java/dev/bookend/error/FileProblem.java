package dev.bookend.error;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Why a file could not be used, in words: Java's exceptions often have its path for a message. */
public final class FileProblem {
  private FileProblem() {}

  /** The reason, as the end of a sentence. */
  public static String of(IOException problem) {
    if (problem instanceof NoSuchFileException) {
      return "there is no such file or directory";
    } else if (problem instanceof AccessDeniedException) {
      return "permission denied";
    } else if (problem instanceof FileAlreadyExistsException) {
      return "there is a file of that name already";
    } else if (problem instanceof NotDirectoryException) {
      return "not a directory";
    } else if (problem instanceof DirectoryNotEmptyException) {
      return "the directory is not empty";
    } else if (problem instanceof CharacterCodingException) {
      return "it is not text in UTF-8, or has zeros in it";
    } else if (problem instanceof FileSystemException file && file.getReason() != null) {
      return file.getReason();
    }
    return String.valueOf(problem.getMessage());
  }
}
